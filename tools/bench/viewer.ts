// npm run bench -- viewer, or node tools/run.js tools/bench/viewer.ts [--json] [--slices=N] [--studies=N] [--without-webgl]:
// the viewer in Chromium over a generated CT and a loop, beside a page of Cornerstone’s own image loader on the same files
// in the same run. Without a GPU both draw by software: seconds are slow then, ratios count.
import { chromium, type Browser, type Page } from '@playwright/test';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { phantomIdentity } from '../../bridge/src/samples/phantom/phantom-identity.ts';
import { ultrasoundClip } from '../../bridge/src/samples/phantom/ultrasound-clip.ts';
import { startBridge } from '../../e2e/support/bridge.ts';
import { dropOn, imported } from '../../e2e/support/drop.ts';
import { heapBytes, rendererBytes } from '../../e2e/support/large-file.ts';
import configuration from '../../playwright.config.ts';
import { ensureWebBuild } from '../web-build.js';
import { serveStockViewer } from './stock-viewer/serve.ts';
import { pictureRate, stepOf, turnWheel, watchPage, type WheelFigures } from './viewer-probe.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    slices: { type: 'string', default: '1000' },
    studies: { type: 'string', default: '20' },
    'without-webgl': { type: 'boolean', default: false },
  },
});
const slices = Number(options.slices);
const studies = Number(options.studies);
/** Wheel steps at the pace of reading, and at that of a flick. */
const STEPS = Math.min(150, slices - 1);
const READING_MS = 50;
const FLICK_MS = 17;
const CLIP = { frames: 48, rows: 480, columns: 640 };
/** Frame Time of the clip is 40 ms. */
const CLIP_RATE = 25;
const ASKED_RATES = [5, 15, 30, 60];
/** How many loops run in step. */
const LOOPS = [2, 4];
const CINE_MS = 4000;
const STUDY_SLICES = 40;
const TIMEOUT_MS = 60_000;

const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-viewer-'));
const ctFolder = join(folder, 'ct');
const clipFolder = join(folder, 'clip');
const studyFolder = join(folder, 'studies');
for (const path of [ctFolder, clipFolder, studyFolder]) await mkdir(path);
const write = async (to: string, name: string, files: Iterable<{ bytes: Uint8Array }>) => {
  let number = 0;
  for (const { bytes } of files)
    await writeFile(join(to, `${name}${String(++number).padStart(5, '0')}.dcm`), bytes);
};
await write(ctFolder, 'IM', ctSeries({ slices, size: 512, sliceSpacingMm: 0.5 }));
await write(clipFolder, 'US', [ultrasoundClip(CLIP)]);
for (let seed = 1; seed <= studies; seed++) {
  const identity = phantomIdentity(100 + seed, 'CT');
  const series = ctSeries({ seed: 100 + seed, slices: STUDY_SLICES, size: 256, identity });
  await write(studyFolder, `S${String(seed).padStart(3, '0')}_`, series);
}

interface LongTasks {
  readonly count: number;
  readonly longestMs: number;
  readonly totalMs: number;
  /** Whose scripts the longest were. */
  readonly by: readonly string[];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Figures {
  /** Of the viewport, CSS pixels. */
  readonly size: Size;
  readonly firstImageMs: number;
  readonly whileLoading: WheelFigures;
  readonly flickWhileLoading: WheelFigures;
  readonly loaded: WheelFigures;
  readonly longTasks: LongTasks;
  readonly cineRate: number;
}

/** Of what kept the page's thread since `from`. */
async function longTasksOf(page: Page, from: number): Promise<LongTasks> {
  const all = await page.evaluate(() => window.probe.longTasks);
  const since = all.filter(({ at }) => at >= from);
  const tasks = since.filter(({ by }) => by === '').map(({ ms }) => ms);
  const named = since.filter(({ by }) => by !== '').toSorted((a, b) => b.ms - a.ms);
  return {
    count: tasks.length,
    longestMs: Math.max(0, ...tasks),
    totalMs: tasks.reduce((sum, ms) => sum + ms, 0),
    by: named.slice(0, 5).map(({ ms, by }) => `${ms.toFixed(0)} ms ${by}`),
  };
}

const now = (page: Page) => page.evaluate(() => performance.now());

/** From `open` to the first picture, then the wheel, over a stack that is loading. */
async function measureStack(page: Page, open: () => Promise<unknown>) {
  const from = await now(page);
  await page.evaluate(() => (window.probe.shown.length = 0));
  await open();
  await page.waitForFunction(() => window.probe.shown.length > 0);
  const shownAt = await page.evaluate(() => window.probe.shown[0]?.at ?? 0);
  const box = await page.locator('[data-testid=viewport], #viewport').boundingBox();
  if (!box) throw new Error('There is no viewport.');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const whileLoading = await turnWheel(page, { from: 0, steps: STEPS, everyMs: READING_MS });
  const seen = whileLoading.last;
  const steps = Math.min(2 * STEPS, slices - 1 - seen);
  const flickWhileLoading = await turnWheel(page, { from: seen, steps, everyMs: FLICK_MS });
  const back = { from: flickWhileLoading.last, steps: -STEPS, everyMs: READING_MS };
  const loaded = await turnWheel(page, back);
  return {
    size: { width: box.width, height: box.height },
    firstImageMs: shownAt - from,
    whileLoading,
    flickWhileLoading,
    loaded,
    longTasks: await longTasksOf(page, from),
  };
}

async function newPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 860 } });
  page.setDefaultTimeout(TIMEOUT_MS);
  await watchPage(page);
  return page;
}

async function openGantry(page: Page, link: string, path: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('button', { name: 'Settings' }).waitFor();
  await dropOn(page, path);
  await imported(page);
}

const firstStudy = (page: Page) => page.locator('[data-study-row]').first();

async function measureGantry(browser: Browser, link: () => string): Promise<Figures> {
  const page = await newPage(browser);
  await openGantry(page, link(), ctFolder);
  const stack = await measureStack(page, () => firstStudy(page).dblclick());
  await page.close();
  const loop = await newPage(browser);
  await openGantry(loop, link(), clipFolder);
  await firstStudy(loop).dblclick();
  await loop.locator('[data-testid=viewport][data-status=shown]').waitFor();
  await loop.keyboard.press('c');
  await pictureRate(loop, CINE_MS); // the first round is decoded
  const cineRate = await pictureRate(loop, CINE_MS);
  await loop.close();
  return { ...stack, cineRate };
}

/** What is reached of the rates that are asked for, and how far loops in step are apart: two windows of time each. */
async function measureLoops(browser: Browser, link: string) {
  const page = await newPage(browser);
  await openGantry(page, link, clipFolder);
  await firstStudy(page).dblclick();
  const shown = page.locator('[data-testid=viewport][data-status=shown]');
  await shown.first().waitFor();
  await page.keyboard.press('Shift+C');
  const bar = page.getByRole('group', { name: 'How loops are played' });
  const play = async (rate: number) => {
    await bar.getByLabel('Frames per second').fill(String(rate));
    await shown.first().click();
    await page.keyboard.press('c');
    await pictureRate(page, CINE_MS / 2);
  };
  const rates: { asked: number; reached: number }[] = [];
  for (const asked of ASKED_RATES) {
    await play(asked);
    rates.push({ asked, reached: await pictureRate(page, CINE_MS) });
    await page.keyboard.press('c');
  }
  const inStep: { loops: number; reached: number; apart: number; mostFrames: number }[] = [];
  const first = page.getByRole('complementary', { name: 'Series' }).getByRole('button').first();
  for (const loops of LOOPS) {
    await page.getByLabel('Layout').selectOption(loops === 2 ? '1 × 2' : '2 × 2');
    const cells = page.getByTestId('cell');
    for (let i = 0; i < loops; i++) await first.dragTo(cells.nth(i));
    while ((await shown.count()) < loops) await page.waitForTimeout(50);
    await bar.getByLabel('Loops in step').selectOption('By frame');
    await play(CLIP_RATE);
    inStep.push({ loops, ...(await stepOf(page, CINE_MS)) });
    await page.keyboard.press('c');
  }
  await page.close();
  return { rates, inStep };
}

async function measureStock(browser: Browser, url: string, size: Size): Promise<Figures> {
  const page = await newPage(browser);
  const choose = async (path: string) => {
    await page.goto(url);
    const names = (await readdir(path)).sort();
    await page.locator('input').setInputFiles(names.map((name) => join(path, name)));
  };
  const open = (frames: number) =>
    page.evaluate(([of, viewport]) => window.stock.open(of, viewport), [frames, size] as const);
  await choose(ctFolder);
  const stack = await measureStack(page, () => open(1));
  await choose(clipFolder);
  await open(CLIP.frames);
  await page.evaluate((rate) => window.stock.play(rate), CLIP_RATE);
  await pictureRate(page, CINE_MS);
  const cineRate = await pictureRate(page, CINE_MS);
  await page.close();
  return { ...stack, cineRate };
}

interface Memory {
  /** Heap and array buffers of the page's thread after a collection, bytes; and what the process holds. */
  readonly heap: number;
  readonly resident: number;
}

const memoryOf = async (browser: Browser, page: Page): Promise<Memory> => ({
  heap: await heapBytes(page),
  resident: await rendererBytes(browser),
});

/** Opens each study, scrolls through it and leaves. The start is after the first: code and codecs are there. */
async function measureMemory(browser: Browser, link: string) {
  const page = await newPage(browser);
  await openGantry(page, link, studyFolder);
  const measured: Memory[] = [];
  for (let i = 0; i < studies; i++) {
    await page.locator('[data-study-row]').nth(i).dblclick();
    const viewport = page.locator('[data-testid=viewport][data-status=shown]');
    await viewport.waitFor();
    await page.keyboard.press('End');
    await viewport.getByText(`${STUDY_SLICES}/${STUDY_SLICES}`, { exact: true }).waitFor();
    await viewport.waitFor();
    await page.keyboard.press('Escape');
    await firstStudy(page).waitFor();
    measured.push(await memoryOf(browser, page));
  }
  await page.close();
  const [first, last] = [measured[0], measured.at(-1)];
  if (!first || !last) throw new Error('There is no study.');
  return {
    first,
    last,
    heapRatio: last.heap / first.heap,
    residentRatio: last.resident / first.resident,
  };
}

const say = (line: string) => {
  if (!options.json) process.stdout.write(`${line}\n`);
};
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

function sayFigures(name: string, figures: Figures): void {
  const wheel = ({ ms, frames, images, missed }: WheelFigures) =>
    `p50 ${ms.p50.toFixed(0)}, p95 ${ms.p95.toFixed(0)}, p99 ${ms.p99.toFixed(0)} ms; ` +
    `${frames.p50}, ${frames.p95}, ${frames.p99} frames; ${images} images, ${missed} steps without`;
  const { longTasks } = figures;
  say(`${name}: first image after ${figures.firstImageMs.toFixed(0)} ms`);
  say(`  wheel to image while loading, ${READING_MS} ms a step: ${wheel(figures.whileLoading)}`);
  say(`  the same, ${FLICK_MS} ms a step: ${wheel(figures.flickWhileLoading)}`);
  say(`  loaded, ${READING_MS} ms a step: ${wheel(figures.loaded)}`);
  say(
    `  tasks over 50 ms: ${longTasks.count}, the longest ${longTasks.longestMs.toFixed(0)} ms, ` +
      `${longTasks.totalMs.toFixed(0)} ms in all${longTasks.by.map((by) => `\n    ${by}`).join('')}`,
  );
  say(`  loop: ${figures.cineRate.toFixed(1)} of ${CLIP_RATE} frames/s`);
}

await ensureWebBuild();
const stock = await serveStockViewer();
const launch = configuration.use?.launchOptions ?? {};
const webgl = options['without-webgl'] ? ['--disable-webgl', '--disable-webgl2'] : [];
const browser = await chromium.launch({ ...launch, args: [...(launch.args ?? []), ...webgl] });
const bridge = await startBridge();
const ours = await measureGantry(browser, bridge.link);
sayFigures('Gantry', ours);
const theirs = await measureStock(browser, stock.url, ours.size);
sayFigures('Stock loader', theirs);
const ratio = (of: (figures: Figures) => number) => of(ours) / of(theirs);
const ratios = {
  firstImage: ratio(({ firstImageMs }) => firstImageMs),
  whileLoading: ratio(({ whileLoading }) => whileLoading.ms.p95),
  flickWhileLoading: ratio(({ flickWhileLoading }) => flickWhileLoading.ms.p95),
  loaded: ratio(({ loaded }) => loaded.ms.p95),
  longTasks: ratio(({ longTasks }) => longTasks.totalMs),
};
say(
  `Gantry / stock loader: ${JSON.stringify(ratios, (_, value: unknown) => (typeof value === 'number' ? Number(value.toFixed(2)) : value))}`,
);
const loops = await measureLoops(browser, bridge.link());
for (const { asked, reached } of loops.rates) {
  say(`one loop: ${reached.toFixed(1)} of ${asked} frames/s`);
}
for (const { loops: count, reached, apart, mostFrames } of loops.inStep) {
  say(
    `${count} loops in step: ${reached.toFixed(1)} of ${CLIP_RATE} frames/s, apart in ${(100 * apart).toFixed(0)} % of what ` +
      `was drawn, by ${mostFrames} frames at most`,
  );
}
const memory = await measureMemory(browser, bridge.link());
say(
  `memory after ${studies} studies, opened and left: heap and buffers ${mib(memory.first.heap)} → ${mib(memory.last.heap)} ` +
    `(${memory.heapRatio.toFixed(2)} ×, budget 1.10 ×), process ${mib(memory.first.resident)} → ${mib(memory.last.resident)} ` +
    `(${memory.residentRatio.toFixed(2)} ×)`,
);
if (options.json)
  process.stdout.write(`${JSON.stringify({ ours, theirs, ratios, loops, memory })}\n`);
await browser.close();
await bridge.stop();
await stock.stop();
await rm(folder, { recursive: true });
