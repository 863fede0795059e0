// Files larger than the memory that images may take: read frame by frame, from disk and from the archive.
import { expect, type Page } from '@playwright/test';
import { join } from 'node:path';
import { dropOn, imported } from './support/drop.ts';
import { storeFolder, test } from './support/journey.ts';
import { FRAME_BYTES, heapBytes, rendererBytes, writeFrames } from './support/large-file.ts';

/** 4.2 GB by `npm run test:long`, else 630 MB. */
const FILE_FRAMES = process.env['GANTRY_TEST_LONG'] === undefined ? 1200 : 8100;
const ARCHIVE_FRAMES = 200;
/** What the page, its workers and its canvases may take beside 256 MiB of images. */
const MOST_BYTES = 700_000_000;

/** The grey in the middle of the picture. */
const grey = (page: Page): Promise<number | undefined> =>
  page
    .getByTestId('viewport')
    .locator('canvas')
    .first()
    .evaluate((element) => {
      const source = element as HTMLCanvasElement;
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [source.width, source.height];
      const context = copy.getContext('2d');
      context?.drawImage(source, 0, 0);
      return context?.getImageData(copy.width / 2, copy.height / 2, 1, 1).data[0];
    });

async function scrolledThrough(page: Page, frames: number): Promise<void> {
  const viewport = page.getByTestId('viewport');
  await expect(viewport).toHaveAttribute('data-status', 'shown');
  expect(await grey(page)).toBe(0);
  for (let i = 0; i < 60; i++) await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('End');
  await expect(viewport).toContainText(`${frames}/${frames}`);
  await expect(viewport).toHaveAttribute('data-status', 'shown');
  await expect.poll(() => grey(page)).toBe(255);
}

test('image memory is a setting that this browser keeps', async ({ page, journey }) => {
  await journey.open(await journey.startBridge());
  await page.getByRole('button', { name: 'Settings' }).click();
  const field = page.getByLabel('Image memory');
  await expect(field).toHaveValue('768');
  await field.selectOption('256');
  await page.reload();
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(field).toHaveValue('256');
});

test('who leaves the viewer has the memory of its images back', async ({ page, journey }) => {
  await writeFrames(join(journey.folder, 'frames.dcm'), 60);
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  const viewport = page.locator('[data-testid=viewport][data-status=shown]');
  const row = page.locator('[data-study-row]');
  const look = async () => {
    await row.dblclick();
    await viewport.waitFor();
    await page.keyboard.press('End');
    await expect(viewport).toContainText('60/60');
  };
  const leave = async () => {
    await page.keyboard.press('Escape');
    await row.waitFor();
  };
  // The viewer's own code is there then, what is compiled when it is used again included.
  for (let i = 0; i < 3; i++) {
    await look();
    await leave();
  }
  const start = await heapBytes(page);
  for (let i = 0; i < 3; i++) {
    await look();
    await expect.poll(() => heapBytes(page)).toBeGreaterThan(start + 10 * FRAME_BYTES);
    await leave();
    // A frame that was being decoded may still come, and goes then.
    await expect.poll(() => heapBytes(page)).toBeLessThan(1.1 * start);
  }
});

test('a file of many frames opens at once, and memory stays what it is set to', async ({
  page,
  browser,
  journey,
}) => {
  test.setTimeout(120_000);
  const path = join(journey.folder, 'large.dcm');
  await writeFrames(path, FILE_FRAMES);
  await journey.open(await journey.startBridge());
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('Image memory').selectOption('256');
  await page.getByRole('button', { name: 'Settings' }).click();
  await dropOn(page, path);
  await imported(page);
  await page.locator('[data-study-row]').dblclick();
  await scrolledThrough(page, FILE_FRAMES);
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Shift+ArrowUp');
    await expect(page.getByTestId('viewport')).toHaveAttribute('data-status', 'shown');
  }
  expect(await rendererBytes(browser)).toBeLessThan(MOST_BYTES);
});

test('of a file in the archive the frames that are looked at come, and no others', async ({
  page,
  journey,
}) => {
  test.setTimeout(120_000);
  const bridge = await journey.startBridge();
  await writeFrames(join(journey.folder, 'large.dcm'), ARCHIVE_FRAMES);
  await storeFolder(journey.folder, 'GANTRY', bridge.dicomPort);
  await journey.open(bridge);
  await page.getByRole('button', { name: 'Archive' }).click();
  let received = 0;
  page.on('response', (response) => {
    if (response.url().includes('/api/instances/')) {
      received += Number(response.headers()['content-length'] ?? 0);
    }
  });
  await page.locator('[data-study-row]').dblclick();
  const viewport = page.getByTestId('viewport');
  await expect(viewport).toHaveAttribute('data-status', 'shown');
  await page.keyboard.press('End');
  await expect(viewport).toContainText(`${ARCHIVE_FRAMES}/${ARCHIVE_FRAMES}`);
  await expect.poll(() => grey(page)).toBe(255);
  expect(received).toBeGreaterThan(FRAME_BYTES);
  expect(received).toBeLessThan((ARCHIVE_FRAMES / 2) * FRAME_BYTES);
});
