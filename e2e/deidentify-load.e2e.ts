// What de-identifying much takes: memory for one large file, and the page's thread for many small ones.
import { expect, type Browser, type Page } from '@playwright/test';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { dropOn, imported } from './support/drop.ts';
import { planToSend, test } from './support/journey.ts';
import { FRAME_BYTES, rendererBytes, writeFrames } from './support/large-file.ts';

const isLong = process.env['GANTRY_TEST_LONG'] !== undefined;
/** 4.2 GB by `npm run test:long`, else 210 MB. */
const FRAMES = isLong ? 8100 : 400;
/** For the page, its workers, and what the browser hasn't collected yet of the bytes that went by. */
const MOST_BYTES = isLong ? 1_300_000_000 : 700_000_000;
const shown = (count: number): string => `${count}`.replace(/(?=000$)/, ',?');
const FILES = isLong ? 1000 : 300;

/** A folder that takes all bytes, counts them and keeps none. */
async function giveCountingFolder(page: Page): Promise<void> {
  await page.evaluate(() => {
    const counted = { bytes: 0, files: 0, isLastWhite: false };
    const createWritable = () => {
      counted.files++;
      return Promise.resolve(
        new WritableStream<Uint8Array>({
          write(chunk) {
            counted.bytes += chunk.byteLength;
            counted.isLastWhite = chunk.at(-1) === 0x0f && chunk.at(-2) === 0xff;
          },
        }),
      );
    };
    const folder = {
      getDirectoryHandle: () => Promise.resolve(folder),
      getFileHandle: () => Promise.resolve({ createWritable }),
    };
    Object.assign(window, { counted, showDirectoryPicker: () => Promise.resolve(folder) });
  });
}

const counted = (page: Page) =>
  page.evaluate(
    // A cast: the counters above.
    () =>
      (window as unknown as { counted: { bytes: number; files: number; isLastWhite: boolean } })
        .counted,
  );

/** The most memory that the page has while something goes on. */
async function peakDuring(browser: Browser, work: Promise<unknown>): Promise<number> {
  let peak = 0;
  const watching = new AbortController();
  const watched = work.finally(() => watching.abort());
  while (!watching.signal.aborted) {
    peak = Math.max(peak, await rendererBytes(browser));
    await Promise.race([watched, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  await watched;
  return peak;
}

test('a multi-frame image of any size is looked at, de-identified and written in bounded memory', async ({
  page,
  browser,
  journey,
}, testInfo) => {
  test.setTimeout(600_000);
  const path = join(journey.folder, 'large.dcm');
  await writeFrames(path, FRAMES);
  await journey.open(await journey.startBridge());
  await giveCountingFolder(page);
  await dropOn(page, path);
  await imported(page);
  const before = await rendererBytes(browser);
  const work = async () => {
    await planToSend(page, 'De-identify and send');
    await page.getByRole('button', { name: 'Look at 1 picture' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('status')).toContainText('is blanked', { timeout: 400_000 });
    await page.keyboard.press('a');
    await page.keyboard.press('Escape');
    await expect(page.getByText('1 can be sent')).toBeVisible({ timeout: 400_000 });
    await page.getByRole('button', { name: 'Save to a folder' }).click();
    await expect(page.getByText('1 written')).toBeVisible({ timeout: 400_000 });
  };
  const peak = await peakDuring(browser, work());
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const { size } = await stat(path);
  const words = `${megabytes(size)}: ${megabytes(before)} before, ${megabytes(peak)} at most`;
  testInfo.annotations.push({ type: 'memory', description: words });
  process.stdout.write(`${words}\n`);
  const { bytes, files, isLastWhite } = await counted(page);
  expect(files).toBe(1);
  expect(bytes).toBeGreaterThan(FRAMES * FRAME_BYTES);
  expect(isLastWhite).toBe(true);
  expect(peak).toBeLessThan(MOST_BYTES);
});

interface Task {
  readonly startTime: number;
  readonly duration: number;
}

const longTasks = (page: Page): Promise<Task[]> =>
  // A cast: the list that the observer fills.
  page.evaluate(() => (window as unknown as { tasks: Task[] }).tasks);

const say = (what: string, tasks: readonly Task[]) =>
  process.stdout.write(
    `${what}; longer than 50 ms: ${tasks.map(({ duration }) => `${Math.round(duration)} ms`).join(', ') || 'none'}\n`,
  );

test('while many files are de-identified the page’s thread is never busy for long', async ({
  page,
  journey,
}) => {
  test.setTimeout(600_000);
  let number = 0;
  for (const { bytes } of ctSeries({ slices: FILES, size: 64 })) {
    await writeFile(join(journey.folder, `${String(number++).padStart(4, '0')}.dcm`), bytes);
  }
  await journey.open(await journey.startBridge());
  await giveCountingFolder(page);
  await dropOn(page, journey.folder);
  await imported(page);
  await page.evaluate(() => {
    const tasks: Task[] = [];
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) tasks.push({ startTime, duration });
    }).observe({ type: 'longtask' });
    Object.assign(window, { tasks });
  });
  // Of a machine that does other things, too, the best of three rounds counts.
  let meanwhile: Task[] = [];
  for (let round = 0; round < 3; round++) {
    await planToSend(page, 'De-identify and send');
    const planned = await page.evaluate(() => performance.now());
    await expect(page.getByText(new RegExp(`^${shown(FILES)} can be sent`))).toBeVisible({
      timeout: 200_000,
    });
    const checked = await page.evaluate(() => performance.now());
    const tasks = await longTasks(page);
    meanwhile = tasks.filter(({ startTime }) => startTime >= planned && startTime < checked);
    say(`${FILES} files checked in ${Math.round(checked - planned)} ms`, meanwhile);
    if (meanwhile.length === 0) break;
    await page.getByRole('button', { name: 'Studies' }).first().click();
  }
  expect(meanwhile).toEqual([]);
});
