// Sizes and values of a phantom, drawn between marks that are found in the picture on screen and not by Gantry's own
// geometry: pixels three times as high as wide, in an oblique plane.
import { expect, type Page } from '@playwright/test';
import dicomParser from 'dicom-parser';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { petSeries } from '../bridge/src/samples/phantom/pet-series.ts';
import { ultrasoundClip } from '../bridge/src/samples/phantom/ultrasound-clip.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { seriousFindings } from './support/axe.ts';
import { dropOn, imported } from './support/drop.ts';
import { copyRealFiles, realFiles, test } from './support/journey.ts';
import { runTool } from './support/peers.ts';
import { openPhantoms, reopen, seenMarkers } from './support/measure-phantom.ts';

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The marks of the phantom: 40 mm apart across, 90 mm down. */
async function markers(page: Page): Promise<readonly [Place, Place, Place, Place]> {
  const found = await seenMarkers(page);
  expect(found).toHaveLength(4);
  return found as [Place, Place, Place, Place]; // as was just checked
}

const between = (from: Place, to: Place, part = 0.5): Place => ({
  x: from.x + (to.x - from.x) * part,
  y: from.y + (to.y - from.y) * part,
});

async function drag(page: Page, from: Place, ...to: readonly Place[]): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (const { x, y } of to) await page.mouse.move(x, y, { steps: 4 });
  await page.mouse.up();
}

const labels = (page: Page) => page.getByTestId('label');
const items = (page: Page) => page.getByTestId('measurement');

/** The number before a unit in the last label. */
async function measured(page: Page, unit: string): Promise<number> {
  const words = (await labels(page).last().textContent()) ?? '';
  return Number(new RegExp(`([\\d.]+)\\s?${unit}`).exec(words)?.[1] ?? NaN);
}

/** Half a pixel of the screen at either end. */
const NEAR = 0.35;

test('lengths, angles and values of a phantom are what it was made of, with the mouse', async ({
  page,
  journey,
}) => {
  await openPhantoms(page, journey, 2);
  const [a, b, c, d] = await markers(page);
  const choose = (name: string) => page.getByRole('button', { name, exact: true }).click();

  await choose('Length');
  await drag(page, a, d);
  // 80 columns of 0.5 mm and 60 rows of 1.5 mm.
  await expect(labels(page)).toHaveCount(1);
  expect(Math.abs((await measured(page, 'mm')) - Math.hypot(40, 90))).toBeLessThan(NEAR);
  // By a click at each end, too.
  await page.mouse.click(b.x, b.y);
  await page.mouse.click(c.x, c.y);
  await expect(labels(page)).toHaveCount(2);
  expect(Math.abs((await measured(page, 'mm')) - Math.hypot(40, 90))).toBeLessThan(NEAR);
  // In a viewport that is turned, mirrored and enlarged as well.
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(labels(page)).toHaveCount(0);
  await page.keyboard.press('r');
  await page.keyboard.press('h');
  const turned = await markers(page);
  await drag(page, turned[0], turned[1]);
  expect(Math.abs((await measured(page, 'mm')) - 90)).toBeLessThan(NEAR);
  await page.keyboard.press('Delete');
  await page.keyboard.press(' ');
  await expect(labels(page)).toHaveCount(0);
  await expect.poll(async () => (await seenMarkers(page))[0]?.x).toBeCloseTo(a.x, 0);

  await choose('Angle');
  await drag(page, { x: b.x, y: b.y }, { x: a.x, y: a.y });
  await page.mouse.click(d.x, d.y);
  // Its tangent is 90 by 40, in millimetres.
  const degrees = (Math.atan2(90, 40) * 180) / Math.PI;
  expect(Math.abs((await measured(page, '°')) - degrees)).toBeLessThan(NEAR);
  await page.keyboard.press('Control+z');

  await choose('Cobb angle');
  await drag(page, a, b);
  await drag(page, c, between(b, d, 0.8));
  const cobb = (Math.atan2(18, 40) * 180) / Math.PI;
  expect(Math.abs((await measured(page, '°')) - cobb)).toBeLessThan(NEAR);
  await page.keyboard.press('Control+z');

  // Within the block: 100 HU and no noise.
  await choose('Ellipse');
  const middle = between(a, d);
  await drag(page, { x: middle.x - 20, y: middle.y - 60 }, { x: middle.x + 20, y: middle.y + 30 });
  await expect(labels(page).last()).toContainText('Mean 100  SD 0 HU');
  await choose('Rectangle');
  await drag(page, between(a, b, 0.1), between(c, d, 0.9));
  // 32 mm by 90 mm.
  expect(Math.abs((await measured(page, 'mm²')) / (32 * 90) - 1)).toBeLessThan(0.01);
  await expect(labels(page).last()).toContainText('Min 0  Max 100');
  await choose('Probe');
  await page.mouse.click(middle.x, middle.y - 70);
  await expect(labels(page).last()).toHaveText('100 HU');

  // Each is of its own image.
  await expect(labels(page)).toHaveCount(3);
  await page.mouse.wheel(0, 100);
  await expect(page.getByTestId('viewport')).toContainText('2/2');
  await expect(labels(page)).toHaveCount(0);
});

test('the list jumps, names, colours, deletes and saves; all of it can be undone', async ({
  page,
  journey,
}) => {
  await openPhantoms(page, journey, 2);
  const [a, , , d] = await markers(page);
  await page.keyboard.press('q');
  await drag(page, between(a, d, 0.4), between(a, d, 0.6));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('viewport')).toContainText('2/2');
  await page.keyboard.press('n');
  await drag(page, between(a, d, 0.2), between(a, d, 0.3));
  await page.getByLabel('What the arrow points at').fill('Lesion 7');
  await page.keyboard.press('Enter');
  await expect(labels(page)).toHaveText(['Lesion 7']);

  await page.getByRole('button', { name: 'Measurements', exact: true }).click();
  await expect(items(page)).toHaveCount(2);
  await expect(items(page).first()).toContainText('Series 3, image 1');
  await expect(items(page).first()).toContainText(/Mean [\d.]+ {2}SD/);
  await items(page)
    .first()
    .getByRole('button', { name: /Rectangle/ })
    .first()
    .click();
  await expect(page.getByTestId('viewport')).toContainText('1/2');
  await expect(page.getByRole('img', { name: 'Histogram, HU' })).toBeVisible();
  await page.getByLabel('Name').fill('Tissue');
  await page.getByLabel('Name').press('Enter');
  await expect(labels(page).first()).toContainText('Tissue');
  const before = await page.locator('path.line').getAttribute('d');
  await page.getByRole('button', { name: 'Colour 4' }).click();
  await expect(page.getByRole('button', { name: 'Colour 4' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  expect(await seriousFindings(page)).toEqual([]);

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const csv = await readFile(await (await download).path(), 'utf8');
  expect(csv).toMatch(
    /^Tissue,rectangle,1\.2\.[\d.]+\.79,1\.2\.[\d.]+\.77\.1,1,spacing,mean,[\d.]+,HU,/m,
  );
  expect(csv).toMatch(/^Lesion 7,arrow,.*77\.2,1,/m);
  expect(csv).not.toContain('PHANTOM');

  // A handle is pulled, and what was done goes back step by step.
  const handle = page.locator('circle.handle').nth(2);
  const box = await handle.boundingBox();
  if (!box) throw new Error('No handle.');
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await drag(page, at, { x: at.x + 30, y: at.y + 30 });
  const line = page.locator('path.line');
  await expect(line).not.toHaveAttribute('d', before ?? '');
  await page.keyboard.press('Control+z');
  await expect(line).toHaveAttribute('d', before ?? '');
  await items(page)
    .first()
    .getByRole('button', { name: /Delete/ })
    .click();
  await expect(items(page)).toHaveCount(1);
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(items(page).first()).toContainText('Rectangle');
  await page.keyboard.press('Control+Shift+z');
  await expect(items(page).first()).toContainText('Tissue');
});

test('a measurement is made, moved, named and removed by keyboard alone', async ({
  page,
  journey,
}) => {
  await openPhantoms(page, journey, 1);
  const focused = page.locator(':focus');
  await page.keyboard.press('m');
  await page.keyboard.press('Enter');
  await expect(focused).toHaveAttribute('aria-label', 'Length, point 1');
  const first = await measured(page, 'mm');
  await page.keyboard.press('Tab');
  await expect(focused).toHaveAttribute('aria-label', 'Length, point 2');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowRight');
  // 30 pixels of the screen; the scale bar says how many millimetres they are.
  const bar = await page.getByTestId('viewport').locator('.scale').boundingBox();
  const expected = first + (30 * 50) / (bar?.width ?? 1);
  await expect
    .poll(async () => Math.abs((await measured(page, 'mm')) - expected))
    .toBeLessThan(0.3);
  // The three are one step.
  await page.keyboard.press('Control+z');
  await expect.poll(() => measured(page, 'mm')).toBe(first);
  await page.keyboard.press('Control+y');
  await expect.poll(() => measured(page, 'mm')).not.toBe(first);

  await page.keyboard.press('e');
  await page.keyboard.press('Enter');
  await expect(focused).toHaveAttribute('aria-label', 'Ellipse, point 1');
  // A circle is made long, and turned: its area stays.
  for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowLeft');
  const area = await measured(page, 'mm²');
  const outline = page.locator('path.line[data-kind=ellipse]');
  const lying = await outline.boundingBox();
  await page.getByRole('button', { name: 'Turn Ellipse' }).focus();
  for (let i = 0; i < 12; i++) await page.keyboard.press('Shift+ArrowRight');
  await expect
    .poll(async () => ((await outline.boundingBox())?.height ?? 0) - (lying?.height ?? 0))
    .toBeGreaterThan(5);
  expect(await measured(page, 'mm²')).toBe(area);
  await page.getByRole('button', { name: 'Ellipse, point 1' }).focus();
  await page.keyboard.press('F2');
  await page.keyboard.type('Cyst');
  await page.keyboard.press('Enter');
  await expect(labels(page).last()).toContainText('Cyst');
  await page.keyboard.press('j');
  await expect(items(page)).toHaveCount(2);
  await page.locator('circle.handle').first().focus();
  await page.keyboard.press('Delete');
  await expect(items(page)).toHaveCount(1);
  // The tool is laid aside before the screen is left.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-study-row]')).toHaveCount(1);
});

test('sizes at the detector are said to be so, until a line is said to be so long', async ({
  page,
  journey,
}) => {
  await openPhantoms(page, journey, 1, {
    [Tag.Modality]: 'DX',
    [Tag.PixelSpacing]: ['1.5', '0.5'],
    [Tag.ImagerPixelSpacing]: ['1.5', '0.5'],
  });
  const [a, b, , d] = await markers(page);
  await page.keyboard.press('m');
  await drag(page, a, d);
  await expect(labels(page)).toContainText(['at detector']);
  await page.keyboard.press('u');
  await drag(page, between(a, b, -0.1), between(a, b, 1.1));
  const question = page.getByLabel('Length of the line, mm');
  await question.fill('nothing');
  await question.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('A number above 0 is needed.');
  // 48 mm at the detector: half of it in the body.
  await question.fill('24');
  await question.press('Enter');
  await expect(labels(page).first()).toContainText('calibrated by hand');
  const words = (await labels(page).first().textContent()) ?? '';
  expect(Math.abs(Number(/[\d.]+/.exec(words)?.[0]) - Math.hypot(20, 45))).toBeLessThan(NEAR);
  await page.keyboard.press('Control+z');
  await expect(labels(page)).toContainText(['at detector']);
});

test('statistics of a real image are those of the pixels that GDCM decodes', async ({
  page,
  journey,
}) => {
  test.skip(realFiles === undefined, 'There are no real files on this machine.');
  await copyRealFiles(journey.folder, ['CT2_J2KI']);
  await journey.open(await journey.startBridge());
  await reopen(page, journey);
  const box = await page.getByTestId('viewport').boundingBox();
  if (!box) throw new Error('No viewport.');
  const at = (x: number, y: number): Place => ({
    x: box.x + box.width * x,
    y: box.y + box.height * y,
  });
  await page.keyboard.press('q');
  await drag(page, at(0.42, 0.4), at(0.55, 0.61));
  await page.keyboard.press('j');
  await expect(items(page)).toContainText([/Mean/]);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const csv = await readFile(await (await download).path(), 'utf8');
  const rows = csv.split('\r\n').map((line) => line.split(','));
  const valueOf = (quantity: string) => Number(rows.find((row) => row[6] === quantity)?.[7]);
  const [left = 0, top = 0, right = 0, bottom = 0] = (rows[1]?.[9] ?? '')
    .split(/[ ;]+/)
    .map(Number);

  const raw = join(journey.folder, 'raw.dcm');
  const run = await runTool('gdcmconv', ['--raw', join(journey.folder, 'CT2_J2KI'), raw]);
  expect(run.code, run.output).toBe(0);
  const dataset = dicomParser.parseDicom(await readFile(raw));
  const pixels = dataset.elements['x7fe00010'];
  const columns = dataset.uint16('x00280011') ?? 0;
  const isSigned = dataset.uint16('x00280103') === 1;
  const slope = dataset.floatString('x00281053') ?? 1;
  const intercept = dataset.floatString('x00281052') ?? 0;
  const { buffer, byteOffset } = dataset.byteArray;
  const view = new DataView(buffer, byteOffset + (pixels?.dataOffset ?? 0));
  const inside: number[] = [];
  for (let row = 0; row < (dataset.uint16('x00280010') ?? 0); row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = [column + 0.5, row + 0.5];
      if (x < left || x >= right || y < top || y >= bottom) continue;
      const from = (row * columns + column) * 2;
      const stored = isSigned ? view.getInt16(from, true) : view.getUint16(from, true);
      inside.push(stored * slope + intercept);
    }
  }
  expect(inside.length).toBeGreaterThan(2000);
  const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
  const squares = inside.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  expect(valueOf('pixels')).toBe(inside.length);
  expect(valueOf('mean')).toBeCloseTo(mean, 3);
  expect(valueOf('deviation')).toBeCloseTo(Math.sqrt(squares / (inside.length - 1)), 3);
  expect(valueOf('lowest')).toBe(Math.min(...inside));
  expect(valueOf('highest')).toBe(Math.max(...inside));
});

test('a PET series is measured in SUV, by the dose and weight that it brings', async ({
  page,
  journey,
}, testInfo) => {
  for (const { fileName, bytes } of petSeries({ slices: 3, size: 64 })) {
    await writeFile(join(journey.folder, fileName.replaceAll('/', '_')), bytes);
  }
  await journey.open(await journey.startBridge());
  await reopen(page, journey);
  // Air is white, and the window goes from 0 to 5 g/ml: in Bq/ml 5 times what one g/ml is of 205 MBq in 74 kg.
  await expect(page.getByText(/W 138\d\d/)).toBeVisible();
  await page.screenshot({ path: testInfo.outputPath('pet.png') });
  await page.keyboard.press('e');
  await page.keyboard.press('Enter');
  // The phantom's tissues lie between 0 and 9 g/ml, whatever Bq/ml that is.
  await expect(labels(page)).toContainText(/Mean [0-8]\.\d\d {2}SD \d\.\d\d SUVbw g\/ml/);
});

test('a region in colour says luminance, in a list that a small window has room for', async ({
  page,
  journey,
}) => {
  const { bytes } = ultrasoundClip();
  await writeFile(join(journey.folder, 'clip.dcm'), bytes);
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  // Nothing of the list of studies is out of sight on a small screen.
  await expect(page.getByRole('columnheader', { name: 'Instances' })).toBeInViewport({ ratio: 1 });
  // As 1280 × 840 is at a zoom of 200 %.
  await page.setViewportSize({ width: 640, height: 420 });
  await page.locator('[data-study-row]').first().dblclick();
  await page.locator('[data-testid=viewport][data-status=shown]').waitFor();
  await page.keyboard.press('e');
  await page.keyboard.press('Enter');
  await page.keyboard.press('j');
  const list = page.getByRole('region', { name: 'Measurements' });
  await expect(list.getByTestId('measurement')).toContainText(/Mean \d.*luminance/);
  await expect(list.getByRole('button', { name: 'Close' })).toBeInViewport({ ratio: 1 });
});
