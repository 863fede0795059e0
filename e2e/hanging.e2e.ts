import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { phantomFile } from '../bridge/src/samples/phantom/phantom-file.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { seriousFindings } from './support/axe.ts';
import { dropOn, imported } from './support/drop.ts';
import { test, type Journey } from './support/journey.ts';

const [ROWS, COLUMNS] = [64, 40];

/** A breast whose chest wall is at the right of the image or, mirrored, at the left. */
function view(number: number, laterality: string, position: string, orientation: string) {
  const isWallRight = orientation.startsWith('P');
  const pixels = Uint16Array.from({ length: ROWS * COLUMNS }, (_, i) => {
    const fromWall = isWallRight ? COLUMNS - 1 - (i % COLUMNS) : i % COLUMNS;
    return fromWall < 20 ? 4000 : 10;
  });
  return phantomFile('', {
    [Tag.SOPClassUID]: '1.2.840.10008.5.1.4.1.1.1.2',
    [Tag.SOPInstanceUID]: `1.2.826.0.1.3680043.10.6.${number}`,
    [Tag.StudyInstanceUID]: '1.2.826.0.1.3680043.10.6.0',
    [Tag.SeriesInstanceUID]: '1.2.826.0.1.3680043.10.6.0.1',
    [Tag.PatientID]: 'MG',
    [Tag.PatientName]: 'Phantom^Anna',
    [Tag.Modality]: 'MG',
    [Tag.InstanceNumber]: String(number),
    [Tag.ImageLaterality]: laterality,
    [Tag.ViewPosition]: position,
    [Tag.PatientOrientation]: orientation.split('\\'),
    [Tag.ImagerPixelSpacing]: ['0.1', '0.1'],
    [Tag.SamplesPerPixel]: 1,
    [Tag.PhotometricInterpretation]: 'MONOCHROME2',
    [Tag.Rows]: ROWS,
    [Tag.Columns]: COLUMNS,
    [Tag.BitsAllocated]: 16,
    [Tag.BitsStored]: 12,
    [Tag.HighBit]: 11,
    [Tag.PixelRepresentation]: 0,
    [Tag.WindowCenter]: '2048',
    [Tag.WindowWidth]: '4096',
    [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(pixels.buffer) },
  }).bytes;
}

const cells = (page: Page) => page.getByTestId('cell');

async function openStudy(page: Page): Promise<void> {
  await page
    .getByRole('row', { name: /Phantom/ })
    .first()
    .dblclick();
  await expect(page.locator('[data-testid="viewport"][data-status="shown"]').first()).toBeVisible();
}

async function openMammograms(page: Page, journey: Journey): Promise<void> {
  const made = [
    view(1, 'L', 'MLO', 'A\\F'),
    view(2, 'R', 'CC', 'P\\L'),
    view(3, 'R', 'MLO', 'A\\F'),
    view(4, 'L', 'CC', 'A\\R'),
  ];
  for (const [i, bytes] of made.entries()) {
    await writeFile(join(journey.folder, `${i}.dcm`), bytes);
  }
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await openStudy(page);
  await expect(cells(page)).toHaveCount(4);
  await expect(page.locator('[data-testid="viewport"][data-status="shown"]')).toHaveCount(4);
}

async function expectBackToBack(page: Page): Promise<void> {
  // In each row the bright chest walls meet in the middle.
  for (const [at, side] of (['right', 'left', 'right', 'left'] as const).entries()) {
    await expect
      .poll(() => brightness(page, at, side), { message: `${at} ${side}` })
      .toBeGreaterThan(120);
    expect(await brightness(page, at, side === 'right' ? 'left' : 'right')).toBeLessThan(60);
  }
}

test('four mammograms hang back to back where the processor draws, too', async ({
  page,
  journey,
}) => {
  await page.addInitScript(() => localStorage.setItem('gantry-drawing', 'processor'));
  await openMammograms(page, journey);
  await expectBackToBack(page);
});

test('four mammograms hang back to back; another layout is saved as a rule and opens so', async ({
  page,
  journey,
}, testInfo) => {
  await openMammograms(page, journey);
  await expectBackToBack(page);

  await page.getByLabel('Layout').selectOption('1 × 3');
  await expect(cells(page)).toHaveCount(3);
  await page.keyboard.press('Shift+Y');
  await expect(page.getByRole('dialog')).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Save this layout as a rule' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText(/Saved as “MG/)).toBeVisible();
  await page.screenshot({ path: testInfo.outputPath('rules.png') });
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await openStudy(page);
  await expect(cells(page)).toHaveCount(3);

  // Back to what is built in, by the keyboard.
  await page.keyboard.press('Shift+Y');
  await page.getByRole('button', { name: /Lay out as “Mammography: four/ }).focus();
  await page.keyboard.press('Enter');
  await expect(cells(page)).toHaveCount(4);
});

/** Of a strip at a side of a viewport, in the middle of its height. */
async function brightness(page: Page, at: number, side: 'left' | 'right'): Promise<number> {
  const box = await cells(page).nth(at).boundingBox();
  if (!box) return 0;
  const width = 16;
  const clip = {
    x: side === 'left' ? box.x + 3 : box.x + box.width - width - 3,
    ...{ y: box.y + box.height / 2 - 40, width, height: 16 },
  };
  const png = (await page.screenshot({ clip })).toString('base64');
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext('2d');
    context?.drawImage(image, 0, 0);
    const pixels = context?.getImageData(0, 0, image.width, image.height).data ?? [];
    let sum = 0;
    for (let i = 0; i < pixels.length; i += 4) sum += pixels[i] ?? 0;
    return (4 * sum) / pixels.length;
  }, png);
}
