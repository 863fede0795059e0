// What de-identifying much takes: memory for one large file, and the page's thread for many small ones.
import { expect, type Browser, type Page } from '@playwright/test';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { dropOn, imported } from './support/drop.ts';
import { planToSend, test } from './support/journey.ts';
import {
  COMMENT,
  FRAME_BYTES,
  processBytes,
  writeFragments,
  writeFrames,
} from './support/large-file.ts';
import { longTasks, ownLongTasks } from './support/long-tasks.ts';
import { givePickers } from './support/pickers.ts';
import { launchOnDisk } from './support/profile.ts';

const isLong = process.env['GANTRY_TEST_LONG'] !== undefined;
/** 4.2 GB by `npm run test:long`, else 210 MB. */
const FRAMES = isLong ? 8100 : 400;
/** For the page with its workers, whatever the file's length: the half of it are code and what it shares with the browser. */
const MOST_BYTES = 550_000_000;
/** Small ones, with a comment in each. */
const FRAGMENTS = isLong ? 100_000 : 10_000;
const shown = (count: number): string => `${count}`.replace(/(?=000$)/, ',?');
const FILES = isLong ? 1000 : 300;

const WAYS = [
  ['Save to a folder', '.dcm'],
  ['Save as ZIP', '.zip'],
] as const;

/** The most memory that the page and the browser have while something goes on. */
async function peaksDuring(browser: Browser, work: Promise<unknown>) {
  const peaks = { renderer: 0, browser: 0 };
  const watching = new AbortController();
  const watched = work.finally(() => watching.abort());
  while (!watching.signal.aborted) {
    for (const type of ['renderer', 'browser'] as const) {
      peaks[type] = Math.max(peaks[type], await processBytes(browser, type));
    }
    await Promise.race([watched, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  await watched;
  return peaks;
}

/** What was written: names and lengths, and the last two bytes where they are wanted. */
const written = (page: Page, withBytes: boolean) =>
  page.evaluate(async (isRead) => {
    const found: { name: string; size: number; last: number[] }[] = [];
    const open = [await navigator.storage.getDirectory()];
    for (let folder = open.pop(); folder; folder = open.pop()) {
      for await (const handle of folder.values()) {
        if (handle.kind === 'directory') open.push(handle);
        else {
          const file = await handle.getFile();
          const end = isRead ? await file.slice(-2).arrayBuffer() : new ArrayBuffer();
          const last = [...new Uint8Array(end)];
          found.push({ name: file.name, size: file.size, last });
        }
      }
    }
    return found;
  }, withBytes);

test('a multi-frame image of any size is looked at, de-identified and written in the same memory', async ({
  journey,
}, testInfo) => {
  test.setTimeout(900_000);
  const path = join(journey.folder, 'large.dcm');
  await writeFrames(path, FRAMES);
  const bridge = await journey.startBridge();
  // A browser with a disk: without one what is written lies in memory.
  const context = await launchOnDisk(join(journey.folder, 'profile'));
  const browser = context.browser();
  if (!browser) throw new Error('The browser does not say how much memory it has.');
  const page = await context.newPage();
  await page.goto(bridge.link());
  await page.getByRole('button', { name: 'Settings' }).waitFor();
  await givePickers(page);
  await dropOn(page, path);
  await imported(page);
  const before = await processBytes(browser, 'renderer');
  const work = async () => {
    await planToSend(page, 'De-identify and send');
    await page.getByRole('button', { name: 'Look at 1 picture' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('status')).toContainText('is blanked', { timeout: 400_000 });
    await page.keyboard.press('a');
    await page.keyboard.press('Escape');
    await expect(page.getByText('1 can be sent')).toBeVisible({ timeout: 400_000 });
    for (const [way, ending] of WAYS) {
      await page.getByRole('button', { name: way }).click();
      // A file appears with its content once it is closed.
      const isThere = async () =>
        (await written(page, false)).some(({ name, size }) => name.endsWith(ending) && size > 0);
      await expect.poll(isThere, { timeout: 400_000 }).toBe(true);
    }
  };
  const peaks = await peaksDuring(browser, work());
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const { size } = await stat(path);
  const words =
    `${megabytes(size)}: page ${megabytes(before)} before, ${megabytes(peaks.renderer)} at most; ` +
    `browser ${megabytes(peaks.browser)} at most`;
  testInfo.annotations.push({ type: 'memory', description: words });
  process.stdout.write(`${words}\n`);
  const files = await written(page, true);
  await context.close();
  expect(files.map(({ name }) => name.replace(/.*\./, '.')).sort()).toEqual(['.dcm', '.zip']);
  for (const { name, size: length, last } of files) {
    expect(length).toBeGreaterThan(FRAMES * FRAME_BYTES);
    if (name.endsWith('.dcm')) expect(last).toEqual([0xff, 0x0f]);
  }
  expect(peaks.renderer).toBeLessThan(MOST_BYTES);
  expect(peaks.browser).toBeLessThan(MOST_BYTES);
});

test('comments go out of many small fragments, and memory grows by little for each', async ({
  journey,
}, testInfo) => {
  test.setTimeout(900_000);
  const path = join(journey.folder, 'fragments.dcm');
  const fragmentBytes = await writeFragments(path, FRAGMENTS);
  const bridge = await journey.startBridge();
  const context = await launchOnDisk(join(journey.folder, 'profile'));
  const browser = context.browser();
  if (!browser) throw new Error('The browser does not say how much memory it has.');
  const page = await context.newPage();
  await page.goto(bridge.link());
  await page.getByRole('button', { name: 'Settings' }).waitFor();
  await givePickers(page);
  await dropOn(page, path);
  await imported(page);
  const before = await processBytes(browser, 'renderer');
  const work = async () => {
    await planToSend(page, 'De-identify and send');
    await expect(page.getByText('1 can be sent')).toBeVisible({ timeout: 400_000 });
    await page.getByRole('button', { name: 'Save to a folder' }).click();
    const isThere = async () =>
      (await written(page, false)).some(({ name, size }) => name.endsWith('.dcm') && size > 0);
    await expect.poll(isThere, { timeout: 400_000 }).toBe(true);
  };
  const started = performance.now();
  const peaks = await peaksDuring(browser, work());
  const seconds = Math.round((performance.now() - started) / 1000);
  const file = (await written(page, false)).find(({ name }) => name.endsWith('.dcm'));
  const holdsComment = await page.evaluate(async (words) => {
    const open = [await navigator.storage.getDirectory()];
    for (let folder = open.pop(); folder; folder = open.pop()) {
      for await (const handle of folder.values()) {
        if (handle.kind === 'directory') {
          open.push(handle);
          continue;
        }
        const whole = await handle.getFile();
        const step = 2 ** 22;
        for (let at = 0; at < whole.size; at += step) {
          const bytes = await whole.slice(at, at + step + words.length).arrayBuffer();
          if (new TextDecoder('latin1').decode(bytes).includes(words)) return true;
        }
      }
    }
    return false;
  }, COMMENT);
  await context.close();
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const words =
    `${FRAGMENTS} fragments, ${megabytes(FRAGMENTS * fragmentBytes)}, ${seconds} s: page ${megabytes(before)} before, ` +
    `${megabytes(peaks.renderer)} at most; browser ${megabytes(peaks.browser)} at most`;
  testInfo.annotations.push({ type: 'memory', description: words });
  process.stdout.write(`${words}\n`);
  expect(holdsComment).toBe(false);
  // Marker, length and words of each are gone, and at most a byte is filled.
  const gone = COMMENT.length + 4;
  expect(file?.size).toBeLessThan(FRAGMENTS * (fragmentBytes + 8 + 4 - gone + 1) + 10_000);
  expect(file?.size).toBeGreaterThan(FRAGMENTS * (fragmentBytes + 8 + 4 - gone - 1));
  // The page has places and lengths of each; what is written anew the browser keeps, in memory as far as it likes.
  expect(peaks.renderer).toBeLessThan(MOST_BYTES + 3000 * FRAGMENTS);
  expect(peaks.browser).toBeLessThan(MOST_BYTES + FRAGMENTS * fragmentBytes);
});

test('while many files are de-identified and written the page’s thread is never busy for long', async ({
  page,
  browser,
  journey,
}) => {
  test.setTimeout(600_000);
  let number = 0;
  for (const { bytes } of ctSeries({ slices: FILES, size: 64 })) {
    await writeFile(join(journey.folder, `${String(number++).padStart(4, '0')}.dcm`), bytes);
  }
  await journey.open(await journey.startBridge());
  await givePickers(page);
  await dropOn(page, journey.folder);
  await imported(page);
  const all = (what: string) => page.getByText(new RegExp(`^${shown(FILES)} ${what}`));
  const steps: readonly (readonly [what: string, work: () => Promise<void>])[] = [
    ['the screen opened', () => planToSend(page, 'De-identify and send')],
    ['checked', () => expect(all('can be sent')).toBeVisible({ timeout: 200_000 })],
    [
      'written',
      async () => {
        await page.getByRole('button', { name: 'Save to a folder' }).click();
        await expect(all('written')).toBeVisible({ timeout: 200_000 });
      },
    ],
  ];
  for (const [what, work] of steps) {
    const tasks = await longTasks(browser, page, work);
    const list = tasks.map(({ wallMs, threadMs }) => `${threadMs | 0} of ${wallMs | 0} ms`);
    process.stdout.write(
      `${FILES} files, ${what}; longer than 50 ms: ${list.join(', ') || 'none'}\n`,
    );
    expect(ownLongTasks(tasks), what).toEqual([]);
  }
});
