import { expect, type Page } from '@playwright/test';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { phantomIdentity } from '../bridge/src/samples/phantom/phantom-identity.ts';
import { seriousFindings } from './support/axe.ts';
import { dropOn, imported } from './support/drop.ts';
import { test, type Journey } from './support/journey.ts';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';

/** A window of 1280 by 800 at 200 %. */
const NARROW = { width: 640, height: 400 };
const SERIES = 3;

async function openNarrow(page: Page, journey: Journey): Promise<void> {
  const identity = phantomIdentity(3, 'CT of many series');
  for (let seriesNumber = 1; seriesNumber <= SERIES; seriesNumber++) {
    for (const { fileName, bytes } of ctSeries({ slices: 2, identity, seriesNumber })) {
      const name = `${seriesNumber}_${fileName.replaceAll('/', '_')}`;
      await writeFile(join(journey.folder, name), bytes);
    }
  }
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await page.getByRole('row', { name: /CT/ }).first().dblclick();
  await expect(page.locator('[data-testid=viewport][data-status=shown]').first()).toBeVisible();
  await page.setViewportSize(NARROW);
  await expect(page.getByRole('button', { name: 'More tools' })).toBeVisible();
}

/** Pairs of texts of a viewport that lie over each other. */
const overlaps = (page: Page) =>
  page.getByTestId('viewport').evaluateAll((viewports) =>
    viewports.flatMap((viewport) => {
      const texts = [...viewport.querySelectorAll('.corner span, .letter, .warnings > span')]
        .map((element) => ({ words: element.textContent, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 1 && box.height > 1);
      return texts.flatMap((a, i) =>
        texts
          .slice(i + 1)
          .filter(
            ({ box: b }) =>
              Math.min(a.box.right, b.right) - Math.max(a.box.left, b.left) > 1 &&
              Math.min(a.box.bottom, b.bottom) - Math.max(a.box.top, b.top) > 2,
          )
          .map((b) => `${a.words} over ${b.words}`),
      );
    }),
  );

test('at 200 % tools without room are in a menu, by mouse and by keyboard, and the images stay', async ({
  page,
  journey,
}) => {
  await openNarrow(page, journey);
  const bar = page.getByRole('toolbar');
  const rowsOf = async () => Math.round(((await bar.boundingBox())?.height ?? 0) / 32);
  expect(await rowsOf()).toBe(1);

  await page.getByRole('button', { name: 'More tools' }).focus();
  await page.keyboard.press('Enter');
  const menu = page.getByRole('menu', { name: 'More tools' });
  await expect(menu).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  // The keys of the menu turn no pages meanwhile.
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('viewport').first()).toContainText('1/2');
  await menu.getByRole('menuitem', { name: 'Invert' }).focus();
  await page.keyboard.press('Enter');
  await expect(menu).toHaveCount(0);
  await page.getByRole('button', { name: 'More tools' }).click();
  await menu.getByRole('menuitemcheckbox', { name: 'Ellipse' }).click();
  await page.getByRole('button', { name: 'More tools' }).click();
  await expect(menu.getByRole('menuitemcheckbox', { name: 'Ellipse' })).toBeChecked();
  await menu.getByRole('menuitem', { name: 'Window presets' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('menuitemradio', { name: /Lung/ }).click();
  await expect(page.getByTestId('viewport').first()).toContainText('W 1500 C -600');

  await page.setViewportSize({ width: 640, height: 800 });
  await expect.poll(rowsOf).toBe(2);
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect(page.getByRole('button', { name: 'More tools' })).toHaveCount(0);
  expect(await rowsOf()).toBe(2);
});

test('texts of small viewports give way to each other; name and ID are in each', async ({
  page,
  journey,
}) => {
  await openNarrow(page, journey);
  for (const layout of ['2 × 2', '2 × 4', '4 × 5']) {
    for (const size of [NARROW, { width: 1280, height: 800 }]) {
      await page.getByLabel('Layout').selectOption(layout);
      await page.setViewportSize(size);
      const [columns = 0, rows = 0] = layout.split(' × ').map(Number).reverse();
      const shown = page.locator('[data-testid=viewport][data-status=shown]');
      await expect(shown).toHaveCount(Math.min(SERIES, columns * rows));
      await expect.poll(() => overlaps(page), `${layout} at ${size.width}`).toEqual([]);
      for (const viewport of await shown.all()) {
        for (const words of await viewport.locator('.top.left span').all()) {
          const [text, box] = [await words.innerText(), await viewport.boundingBox()];
          const place = await words.boundingBox();
          if (!place) continue;
          expect(place.x + place.width, text).toBeLessThanOrEqual(
            (box?.x ?? 0) + (box?.width ?? 0),
          );
        }
        await expect(viewport.locator('.top.left span').nth(0)).toBeVisible();
        await expect(viewport.locator('.top.left span').nth(1)).toBeVisible();
        await expect(viewport.locator('.number')).toBeVisible();
      }
    }
  }
});
