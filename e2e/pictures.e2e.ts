// What the viewport shows of each real file, held against pictures that are worked out without Cornerstone: window,
// look-up tables, palettes, colour spaces, aspect ratio and orientation all show in the means of a grid.
import { expect, type Locator, type Page } from '@playwright/test';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { bufferSource } from '../shared/dicom/byte-source.ts';
import { readInstance } from '../shared/dicom/read-instance.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { jpegXlImage, oddImages, perFrameImage } from '../shared/pixels/testing/odd-images.ts';
import { dropOn, imported } from './support/drop.ts';
import { realFiles, test } from './support/journey.ts';
import {
  AS_OPENED,
  referencePictures,
  type Reference,
  type View,
} from './support/reference-picture.ts';

const GRID = 24;
/** 16-bit textures and the means of a few pixels: of 255. */
const MEAN_TOLERANCE = 1.5;
const BLOCK_TOLERANCE = 12;
/** Edges of a picture of few pixels lie half a pixel apart where two programs stretch it. */
const FAR_SHARE = 0.05;
/** All of them by `npm run test:long`. */
const isLong = process.env['GANTRY_TEST_LONG'] !== undefined;
const SHARE = 3;
const MAX_BYTES = 6_000_000;

async function realPaths(): Promise<string[]> {
  const root = join(realFiles ?? '', 'dicom');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return paths.filter((_, i) => (sizes[i] ?? 0) < MAX_BYTES).sort();
}

/**
 * Means of what is seen within a rectangle of the viewport, without its texts, worked out in the page. Marks lie on a
 * canvas of their own: then only a screenshot has all.
 */
async function canvasMeans(
  viewport: Locator,
  rectangle: Reference['rectangle'],
): Promise<number[]> {
  const canvas = viewport.locator('canvas').first();
  const marks = viewport.getByTestId('marks');
  let seen: string | undefined;
  if (await marks.isVisible()) {
    await viewport.evaluate((element) => {
      for (const part of element.querySelectorAll<HTMLElement>(':scope > :not(.picture)')) {
        part.style.visibility = 'hidden';
      }
    });
    seen = (await canvas.screenshot()).toString('base64');
  }
  return canvas.evaluate(
    async (element, { rect, grid, png }) => {
      const bytes = Uint8Array.from(atob(png ?? ''), (character) => character.charCodeAt(0));
      const source = png
        ? await createImageBitmap(new Blob([bytes]))
        : (element as HTMLCanvasElement);
      const copy = document.createElement('canvas');
      copy.width = source.width;
      copy.height = source.height;
      const context = copy.getContext('2d');
      if (!context) throw new Error('No canvas.');
      context.drawImage(source, 0, 0);
      const { data } = context.getImageData(0, 0, copy.width, copy.height);
      const sums = new Array<number>(grid * grid * 3).fill(0);
      const counts = new Array<number>(grid * grid).fill(0);
      const block = (x: number, width: number) =>
        Math.min(grid - 1, Math.floor((x / width) * grid));
      for (let y = 0; y < Math.floor(rect.height); y++) {
        for (let x = 0; x < Math.floor(rect.width); x++) {
          const at = block(x, rect.width) + grid * block(y, rect.height);
          const from = ((Math.round(rect.top) + y) * copy.width + Math.round(rect.left) + x) * 4;
          for (let c = 0; c < 3; c++)
            sums[at * 3 + c] = (sums[at * 3 + c] ?? 0) + (data[from + c] ?? 0);
          counts[at] = (counts[at] ?? 0) + 1;
        }
      }
      return sums.map((sum, i) => sum / Math.max(1, counts[Math.floor(i / 3)] ?? 1));
    },
    { rect: rectangle, grid: GRID, png: seen },
  );
}

/** Opens a file; false where there is nothing to open. */
async function opened(page: Page, path: string): Promise<boolean> {
  await dropOn(page, path);
  await imported(page);
  const row = page.locator('[data-study-row]');
  if ((await row.count()) === 0) return false;
  await row.first().dblclick();
  return true;
}

async function closed(page: Page): Promise<void> {
  if ((await page.getByTestId('viewport').count()) > 0) await page.keyboard.press('Escape');
  const close = page.getByRole('button', { name: 'Close all' });
  if (await close.isVisible()) await close.click();
  await expect(page.locator('[data-study-row]')).toHaveCount(0);
}

/** How the viewport differs from the reference, in words; undefined when it doesn't. */
async function difference(page: Page, path: string, view?: View): Promise<string | undefined> {
  const viewport = page.locator(
    '[data-testid=viewport]:is([data-status=shown], [data-status=failed])',
  );
  await viewport.waitFor();
  const canvas = viewport.locator('canvas').first();
  const box = { width: 0, height: 0, ...(await canvas.boundingBox()) };
  const status = await viewport.getAttribute('data-status');
  const references = await referencePictures(path, box, GRID, view).catch(() => []);
  const [first] = references;
  if (!first || status === 'failed') {
    return first || status !== 'failed' ? `is ${status}, against the reference` : undefined;
  }
  const means = await canvasMeans(viewport, first.rectangle);
  const offs = references.map(({ blocks }) => offOf(means, blocks.means));
  const closest = offs.reduce((best, off) => (off.mean < best.mean ? off : best));
  if (closest.mean <= MEAN_TOLERANCE && closest.far <= FAR_SHARE) return undefined;
  const share = (closest.far * 100).toFixed(0);
  return `is off by ${closest.mean.toFixed(2)} in the mean, ${share} % of blocks by more than ${BLOCK_TOLERANCE}`;
}

function offOf(means: readonly number[], expected: readonly number[]) {
  const off = means.map((value, i) => Math.abs(value - (expected[i] ?? 0)));
  const far = off.filter((value) => value > BLOCK_TOLERANCE).length;
  return { mean: off.reduce((sum, value) => sum + value, 0) / off.length, far: far / off.length };
}

/** A CT whose pixels all have one value, in Hounsfield units, with a window. */
async function constantCt(folder: string, value: number, center: string, width: string) {
  const [phantom] = ctSeries({ slices: 1, size: 16, seed: 900 });
  if (!phantom) throw new Error('No phantom.');
  const { bytes } = phantom;
  const { dataset } = await readInstance(bufferSource(bytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const pixels = dataset.get(Tag.PixelData);
  for (let at = 0; pixels && at < pixels.length; at += 2) {
    view.setInt16(pixels.valueStart + at, value + 1024, true);
  }
  for (const [tag, text] of [
    [Tag.WindowCenter, center],
    [Tag.WindowWidth, width],
  ] as const) {
    const element = dataset.get(tag);
    if (element)
      bytes.set(new TextEncoder().encode(text.padEnd(element.length)), element.valueStart);
  }
  const path = join(folder, 'constant.dcm');
  await writeFile(path, bytes);
  return path;
}

for (const drawing of ['webgl', 'processor'] as const) {
  test.describe(`drawn by ${drawing}`, () => {
    test.beforeEach(async ({ page }) => {
      await page.addInitScript((choice) => localStorage.setItem('gantry-drawing', choice), drawing);
    });

    for (const [value, center, width, grey] of [
      [0, '40', '400', 102],
      [-1000, '40', '400', 0],
      [1000, '40', '400', 255],
    ] as const) {
      test(`a frame whose values are all ${value} is grey ${grey} in a window of 400 at 40`, async ({
        page,
        journey,
      }) => {
        await journey.open(await journey.startBridge());
        await dropOn(page, await constantCt(journey.folder, value, center, width));
        await imported(page);
        await page.locator('[data-study-row]').dblclick();
        const viewport = page.locator('[data-testid=viewport][data-status=shown]');
        await viewport.waitFor();
        const middle = { left: 500, top: 300, width: 100, height: 100 };
        const means = await canvasMeans(viewport, middle);
        expect(new Set(means.map(Math.round))).toEqual(new Set([grey]));
      });
    }

    test('every real picture on screen is the one that is worked out without the viewer', async ({
      page,
      journey,
    }) => {
      test.skip(realFiles === undefined, 'There are no real files on this machine.');
      test.setTimeout(600_000);
      await journey.open(await journey.startBridge());
      const differences: string[] = [];
      const paths = await realPaths();
      const chosen = isLong ? paths : paths.filter((_, i) => i % SHARE === 0);
      for (const path of chosen) {
        const words = (await opened(page, path)) ? await difference(page, path) : undefined;
        if (words !== undefined) differences.push(`${path.split('/').at(-1) ?? ''} ${words}`);
        await closed(page);
      }
      expect(chosen.length).toBeGreaterThan(20);
      expect(differences).toEqual([]);
    });

    test('what objects ask for is seen: windows, look-up tables, overlays, shutters, padding, palettes', async ({
      page,
      journey,
    }) => {
      test.setTimeout(180_000);
      await journey.open(await journey.startBridge());
      const path = join(journey.folder, 'odd.dcm');
      const differences: string[] = [];
      const images = [...oddImages(), { name: 'JPEG XL', bytes: jpegXlImage() }];
      for (const { name, bytes } of images) {
        await writeFile(path, bytes);
        expect(await opened(page, path)).toBe(true);
        const words = await difference(page, path);
        if (words !== undefined) differences.push(`${name} ${words}`);
        await closed(page);
      }
      expect(differences).toEqual([]);
    });

    test('each frame has its own window, and overlays go and come, turn and are mirrored with the picture', async ({
      page,
      journey,
    }) => {
      await journey.open(await journey.startBridge());
      const path = join(journey.folder, 'frames.dcm');
      await writeFile(path, perFrameImage());
      await opened(page, path);
      expect(await difference(page, path)).toBeUndefined();
      await page.keyboard.press('End');
      const marks = page.getByTestId('marks');
      await expect(marks).toBeVisible();
      expect(await difference(page, path)).toBeUndefined();
      await expect(page.getByRole('button', { name: 'Overlays' })).toHaveAttribute(
        'aria-pressed',
        'true',
      );
      await page.keyboard.press('o');
      expect(
        await difference(page, path, { ...AS_OPENED, areOverlaysHidden: true }),
      ).toBeUndefined();
      await page.keyboard.press('o');
      for (const key of ['-', '-', '-', '-', 'r', 'h']) await page.keyboard.press(key);
      const view = { ...AS_OPENED, quarterTurns: 1, isMirrored: true, zoom: 1.15 ** -4 } as const;
      expect(await difference(page, path, view)).toBeUndefined();
      // What is hidden must be missed, and what isn't turned seen: else nothing was compared.
      expect(await difference(page, path, { ...view, isMirrored: false })).toMatch(/is off by/);
      expect(await difference(page, path, { ...view, areOverlaysHidden: true })).toMatch(
        /is off by/,
      );
    });
  });
}
