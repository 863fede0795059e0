// Pictures that are handed out, held against a screenshot of the viewport by Chromium itself.
import { expect, type Locator, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { seriousFindings } from './support/axe.ts';
import { test } from './support/journey.ts';
import { openPhantoms, seenMarkers } from './support/measure-phantom.ts';

/** The share of pixels of a part that are bright in one picture and dark in the other, in thousandths. */
const difference = (page: Page, a: Buffer, b: Buffer, part: readonly [number, number]) =>
  page.evaluate(
    async ({ pictures, part: [from, to] }) => {
      const [first, second] = await Promise.all(
        pictures.map(async (picture) => {
          const image = await createImageBitmap(new Blob([Uint8Array.fromBase64(picture)]));
          const canvas = new OffscreenCanvas(image.width, image.height);
          const context = canvas.getContext('2d');
          context?.drawImage(image, 0, 0);
          return context?.getImageData(0, 0, image.width, image.height);
        }),
      );
      if (!first || !second) throw new Error('No picture.');
      if (first.width !== second.width || first.height !== second.height) return Infinity;
      let sum = 0;
      const [begin, end] = [from, to].map((share) => Math.floor(share * first.height));
      const [start = 0, stop = 0] = [begin, end].map((row) => (row ?? 0) * first.width * 4);
      for (let i = start; i < stop; i += 4) {
        if (Math.abs((first.data[i] ?? 0) - (second.data[i] ?? 0)) > 128) sum++;
      }
      return (sum / ((stop - start) / 4)) * 1000;
    },
    { pictures: [a.toString('base64'), b.toString('base64')], part },
  );

async function saved(page: Page, button: string): Promise<Buffer> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFile(await (await download).path());
}

/** The viewport alone, as Chromium paints it. */
async function screenshotOf(page: Page, viewport: Locator): Promise<Buffer> {
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  return viewport.screenshot();
}

/** Where names stand, of the height of the viewport. */
const TOP = [0, 0.1] as const;
const REST = [0.1, 1] as const;

test('a picture is what is seen, with the corner texts or without', async ({ page, journey }) => {
  await openPhantoms(page, journey, 2);
  const [a, , , d] = await seenMarkers(page);
  if (!a || !d) throw new Error('No marks.');
  await page.keyboard.press('m');
  await page.mouse.move(a.x, a.y);
  await page.mouse.down();
  await page.mouse.move(d.x, d.y, { steps: 3 });
  await page.mouse.up();
  // Handles are none of it.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  const viewport = page.getByTestId('viewport');

  await page.keyboard.press('x');
  await expect(page.getByRole('dialog')).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  const png = await saved(page, 'Save as PNG');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  const jpeg = await saved(page, 'Save as JPEG');
  expect(jpeg.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
  await page.getByLabel('With the texts in the corners').uncheck();
  const bare = await saved(page, 'Save as PNG');
  const seen = await screenshotOf(page, viewport);
  // Letters are smoothed otherwise; a missing line or text would be seen.
  expect(await difference(page, png, seen, [0, 1])).toBeLessThan(0.3);
  expect(await difference(page, jpeg, seen, [0, 1])).toBeLessThan(1);
  await viewport.evaluate((element) => {
    for (const corner of element.querySelectorAll('.corner')) corner.remove();
  });
  const without = await viewport.screenshot();
  expect(await difference(page, bare, without, [0, 1])).toBeLessThan(0.3);
  expect(await difference(page, png, without, TOP)).toBeGreaterThan(0.5);
});

test('of a de-identified study no picture has a name; a series comes as a ZIP, a copy by the clipboard', async ({
  page,
  journey,
}) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await openPhantoms(page, journey, 3, { [Tag.PatientIdentityRemoved]: 'YES' });
  const viewport = page.getByTestId('viewport');
  await page.keyboard.press('x');
  await expect(page.getByRole('dialog')).toContainText('The study is de-identified');
  const png = await saved(page, 'Save as PNG');
  await page.getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied.' })).toBeVisible();
  const copied = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const blob = await item?.getType('image/png');
    return new Uint8Array((await blob?.arrayBuffer()) ?? []).toBase64();
  });
  expect(await difference(page, Buffer.from(copied, 'base64'), png, [0, 1])).toBe(0);

  // The dialog of the browser can't be driven: a file of the origin's own file system stands in for the chosen one.
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle('out.zip', { create: true });
    Object.assign(window, { showSaveFilePicker: () => Promise.resolve(handle) });
  });
  await page.getByRole('button', { name: 'All 3 images as PNG' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
  const zip = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const file = await (await root.getFileHandle('out.zip')).getFile();
    return new Uint8Array(await file.arrayBuffer()).toBase64();
  });
  const entries = Object.entries(unzipSync(Buffer.from(zip, 'base64')));
  expect(entries.map(([name]) => name)).toEqual([
    'gantry-picture-1.png',
    'gantry-picture-2.png',
    'gantry-picture-3.png',
  ]);
  const pictures = entries.map(([, bytes]) => Buffer.from(bytes));
  const [first, , third] = pictures;
  if (!first || !third) throw new Error('Not three pictures.');
  expect(await difference(page, first, png, [0, 1])).toBe(0);
  // The number of the image, at least.
  expect(await difference(page, first, third, REST)).toBeGreaterThan(0);

  const seen = await screenshotOf(page, viewport);
  expect(await difference(page, png, seen, TOP)).toBeGreaterThan(0.5);
  await viewport.evaluate((element) => element.querySelector('.corner.top.left')?.remove());
  const nameless = await viewport.screenshot();
  expect(await difference(page, png, nameless, [0, 1])).toBeLessThan(0.3);
});
