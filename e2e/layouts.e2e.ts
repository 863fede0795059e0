import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { mrSeries } from '../bridge/src/samples/phantom/mr-series.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { COLUMNS, oddImage, ramp, rampAt, ROWS } from '../shared/pixels/testing/image-builder.ts';
import { dropOn, imported } from './support/drop.ts';
import { test } from './support/journey.ts';
import { asLocalizer, AXIAL, CORONAL, SAGITTAL } from './support/localizer.ts';

test('a localizer becomes a stack for each plane, and several are seen side by side, by keyboard too', async ({
  page,
  journey,
}) => {
  const [first] = ctSeries({ slices: 1 });
  if (!first) throw new Error('No phantom.');
  const planes = [AXIAL, AXIAL, SAGITTAL, CORONAL];
  for (const [i, plane] of planes.entries()) {
    await writeFile(
      join(journey.folder, `localizer-${i}.dcm`),
      await asLocalizer(first.bytes, i + 1, plane),
    );
  }
  for (const { fileName, bytes } of [...ctSeries({ slices: 3 }), ...mrSeries()]) {
    await writeFile(join(journey.folder, fileName.replaceAll('/', '_')), bytes);
  }
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await page.getByRole('row', { name: /CT/ }).first().dblclick();
  const strip = page.getByRole('complementary', { name: 'Series' });
  await expect(strip.getByRole('button', { name: /Localizer · axial/ })).toContainText('2 images');
  await expect(strip.getByRole('button', { name: /Localizer · sagittal/ })).toContainText(
    '1 image',
  );
  await expect(strip.getByRole('button', { name: /Localizer · coronal/ })).toBeVisible();
  // What was on screen is counted.
  const current = strip.locator('[aria-current=true]');
  await expect(current).toContainText('1 of 3 seen');
  for (const all of ['2 of 3 seen', 'all seen']) {
    await page.keyboard.press('ArrowDown');
    await expect(current).toContainText(all);
  }
  await expect(strip.getByText('seen')).toHaveCount(1);
  await page.keyboard.press('Home');

  const cells = page.getByTestId('cell');
  const active = page.locator('[data-testid="cell"][data-active="true"]');
  await expect(cells).toHaveCount(1);
  await page.getByLabel('Layout').selectOption('2 × 2');
  await expect(cells).toHaveCount(4);
  await expect(page.locator('[data-testid="viewport"][data-status="shown"]')).toHaveCount(4);

  // The arrow keys go to the next viewport, and what a tool does is done there alone.
  await page.keyboard.press('ArrowRight');
  await expect(cells.nth(1)).toHaveAttribute('data-active', 'true');
  const secondBefore = await cells.nth(1).innerText();
  await page.keyboard.press('PageDown');
  await expect.poll(() => cells.nth(1).innerText()).not.toBe(secondBefore);

  const corner = active.locator('.corner.bottom.right');
  const title = await corner.innerText();
  await page.keyboard.press('Enter');
  await expect(cells).toHaveCount(1);
  await expect.poll(() => corner.innerText()).toBe(title);
  await page.keyboard.press('Enter');
  await expect(cells).toHaveCount(4);
  await expect(cells.nth(1)).toHaveAttribute('data-active', 'true');

  await strip.getByRole('button', { name: /sagittal/ }).dragTo(cells.nth(3));
  await expect(cells.nth(3)).toHaveAttribute('data-active', 'true');
  await expect(cells.nth(3).getByText('H', { exact: true })).toBeVisible();
});

test('linked viewports scroll to the same place in the patient', async ({ page, journey }) => {
  for (const { fileName, bytes } of ctSeries({ slices: 6 })) {
    await writeFile(join(journey.folder, fileName.replaceAll('/', '_')), bytes);
  }
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await page.getByRole('row', { name: /CT/ }).first().dblclick();
  await page.getByLabel('Layout').selectOption('1 × 2');
  const cells = page.getByTestId('cell');
  const strip = page.getByRole('complementary', { name: 'Series' });
  // The same series twice: what one shows, the other must come to.
  await strip.getByRole('button').first().dragTo(cells.nth(1));
  await expect(cells.nth(1)).toContainText('1/6');
  await cells.nth(0).click();
  await page.keyboard.press('ArrowDown');
  await expect(cells.nth(0)).toContainText('2/6');
  await expect(cells.nth(1)).toContainText('1/6');
  await page.keyboard.press('k');
  await expect(cells.nth(1)).toContainText('2/6');
  await page.keyboard.press('End');
  await expect(cells.nth(0)).toContainText('6/6');
  await expect(cells.nth(1)).toContainText('6/6');
  await page.keyboard.press('k');
  await page.keyboard.press('Home');
  await expect(cells.nth(0)).toContainText('1/6');
  await expect(cells.nth(1)).toContainText('6/6');
});

test('frames of nuclear medicine are a series for each detector and energy window, and odd stacks say so', async ({
  page,
  journey,
}) => {
  const words = (...value: number[]) => ({ vr: 'US' as const, value });
  const study = { [Tag.StudyInstanceUID]: '1.2.826.0.1.3680043.10.7' };
  const bright = (frame: number) => ramp.map((value) => value / 2 + frame * 150);
  const frames = Array.from({ length: 12 }, (_, frame) => frame);
  await writeFile(
    join(journey.folder, 'nm.dcm'),
    oddImage({
      ...study,
      [Tag.Modality]: 'NM',
      [Tag.NumberOfFrames]: '12',
      [Tag.EnergyWindowVector]: words(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2),
      [Tag.DetectorVector]: words(1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2),
      [Tag.TimeSliceVector]: words(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3),
      [Tag.PixelData]: { vr: 'OW', value: frames.flatMap(bright) },
    }),
  );
  for (const [i, z] of [0, 2, 4, 10].entries()) {
    await writeFile(
      join(journey.folder, `ct${i}.dcm`),
      oddImage({
        ...study,
        [Tag.SeriesInstanceUID]: '1.2.826.0.1.3680043.10.7.2',
        [Tag.SeriesNumber]: '9',
        [Tag.Modality]: 'CT',
        [Tag.PixelSpacing]: '0.5\\0.5',
        [Tag.ImageOrientationPatient]: '1\\0\\0\\0\\1\\0',
        [Tag.ImagePositionPatient]: `0\\0\\${z}`,
      }),
    );
  }
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await page.locator('[data-study-row]').dblclick();
  const strip = page.getByRole('complementary', { name: 'Series' });
  const part = (name: string) => strip.getByRole('button', { name });
  const shown = page.locator('[data-testid="viewport"][data-status="shown"]');
  await part('energy window 2, detector 1').click();
  await page.getByLabel('Layout').selectOption('1 × 1');
  await expect(shown).toHaveCount(1);
  await expect(part('energy window 1, detector 2')).toContainText('3 images');
  const viewport = page.getByTestId('viewport');
  await expect(viewport.locator('.bottom.left')).toContainText('1/3');
  await expect(viewport.locator('.warnings')).toContainText('Not calibrated');
  // The seventh frame of the file, by its own pixels.
  await viewport.click();
  await page.keyboard.press('d');
  await page.keyboard.press('Enter');
  const middle = rampAt(ROWS * 0.5 * COLUMNS + COLUMNS * 0.5);
  const label = page.getByTestId('label');
  await expect(label).toContainText(String(Math.trunc(middle / 2 + 6 * 150)));
  await strip.getByRole('button', { name: /^9 · / }).click();
  await expect(viewport.locator('.warnings')).toContainText('Uneven spacing: 2 to 6 mm');
  await expect(viewport.locator('.warnings')).not.toContainText('Not calibrated');
  // What is seen as a whole is so in any layout.
  const corner = page.getByTestId('viewport').first().locator('.bottom.left');
  for (const layout of ['1 × 2', '2 × 2', '2 × 1']) {
    await page.getByLabel('Layout').selectOption(layout);
    await expect(shown).toHaveCount(layout === '2 × 2' ? 4 : 2);
    const found = await corner.innerText();
    await page.keyboard.press('=');
    await expect(corner).toHaveText(found, { useInnerText: true });
  }
});
