import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { dropOn, imported } from './support/drop.ts';
import { test, type Journey } from './support/journey.ts';
import { asLocalizer, SAGITTAL } from './support/localizer.ts';

/** The phantom's: 256 pixels over 380 mm, slices 5 mm apart from -200 mm on. */
const PIXEL_MM = 380 / 256;
const SLICES = 8;

/** Axial slices beside a sagittal image through x = 50 mm, whose upper edge is at z = 0. */
async function openTwoPlanes(page: Page, journey: Journey): Promise<Locator> {
  const axial = [...ctSeries({ slices: SLICES })];
  const [first] = axial;
  if (!first) throw new Error('No phantom.');
  for (const { fileName, bytes } of axial) {
    await writeFile(join(journey.folder, fileName.replaceAll('/', '_')), bytes);
  }
  const edge = -190 + PIXEL_MM / 2;
  const sagittal = await asLocalizer(first.bytes, 1, SAGITTAL, [50, edge, -PIXEL_MM / 2]);
  await writeFile(join(journey.folder, 'sagittal.dcm'), sagittal);
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await page.getByRole('row', { name: /CT/ }).first().dblclick();
  await page.getByLabel('Layout').selectOption('1 × 2');
  const cells = page.getByTestId('cell');
  await expect(cells.locator('[data-status=shown]')).toHaveCount(2);
  await expect(cells.nth(0)).toContainText(`1/${SLICES}`);
  await expect(cells.nth(1)).toContainText('Localizer');
  return cells;
}

/** Where on screen a viewport has a pixel of its image, in CSS pixels of the viewport: by the zoom that it tells. */
async function placeOf(cell: Locator, x: number, y: number): Promise<[number, number]> {
  const { width = 0, height = 0 } = (await cell.boundingBox()) ?? {};
  const scale = Number(/(\d+) %/.exec(await cell.innerText())?.[1]) / 100;
  return [width / 2 + (x - 128) * scale, height / 2 + (y - 128) * scale];
}

async function lineOf(cell: Locator): Promise<[x1: number, y1: number, x2: number, y2: number]> {
  const line = cell.getByTestId('reference-line');
  const at = async (name: string) => Number(await line.getAttribute(name));
  return [await at('x1'), await at('y1'), await at('x2'), await at('y2')];
}

test('the active image is a line in images of other planes, and goes with it', async ({
  page,
  journey,
}) => {
  const cells = await openTwoPlanes(page, journey);
  // The first slice, z = -200 mm, is 200 mm below the upper edge of the sagittal image.
  const [, y] = await placeOf(cells.nth(1), 0, 200 / PIXEL_MM);
  await expect(cells.nth(0).getByTestId('reference-line')).toHaveCount(0);
  const [, y1, , y2] = await lineOf(cells.nth(1));
  expect(Math.abs(y1 - y)).toBeLessThan(1.5);
  expect(Math.abs(y2 - y)).toBeLessThan(1.5);
  await page.keyboard.press('End');
  await expect(cells.nth(0)).toContainText(`${SLICES}/${SLICES}`);
  const [, higher] = await placeOf(cells.nth(1), 0, (200 - 5 * (SLICES - 1)) / PIXEL_MM);
  await expect
    .poll(async () => Math.abs((await lineOf(cells.nth(1)))[1] - higher))
    .toBeLessThan(1.5);

  // The other way round: the sagittal plane is a line from front to back, 240 mm from the left edge.
  await page.keyboard.press('ArrowRight');
  await expect(cells.nth(1).getByTestId('reference-line')).toHaveCount(0);
  const [x] = await placeOf(cells.nth(0), 240 / PIXEL_MM, 0);
  const [x1, , x2] = await lineOf(cells.nth(0));
  expect(Math.abs(x1 - x)).toBeLessThan(1.5);
  expect(Math.abs(x2 - x)).toBeLessThan(1.5);
  await page.keyboard.press('Shift+R');
  await expect(page.getByTestId('reference-line')).toHaveCount(0);
});

test('the crosshair finds a point in the other viewports, by mouse and by keyboard', async ({
  page,
  journey,
}) => {
  const cells = await openTwoPlanes(page, journey);
  await page.getByRole('button', { name: /Crosshair/ }).click();
  // 30 mm behind the middle, at the height of the sixth slice.
  const [x, y] = await placeOf(cells.nth(1), 220 / PIXEL_MM, 175 / PIXEL_MM);
  await cells.nth(1).click({ position: { x, y } });
  await expect(cells.nth(0)).toContainText(`6/${SLICES}`);
  const mark = cells.nth(0).getByTestId('crosshair');
  const [wantedX, wantedY] = await placeOf(cells.nth(0), 240 / PIXEL_MM, 220 / PIXEL_MM);
  const off = async (name: string, wanted: number) =>
    Math.abs(Number(await mark.getAttribute(name)) - wanted);
  await expect.poll(() => off('data-x', wantedX)).toBeLessThan(1.5);
  await expect.poll(() => off('data-y', wantedY)).toBeLessThan(1.5);

  // By keyboard: into the middle, 190 mm below the upper edge, then up to the next slice.
  await page.keyboard.press('Enter');
  await expect(cells.nth(0)).toContainText(`3/${SLICES}`);
  await expect(page.getByRole('button', { name: 'Point of the crosshair' })).toBeFocused();
  const pixel = ((await cells.nth(1).boundingBox())?.width ?? 0) / 380;
  for (let i = 0; i < Math.ceil(0.6 * pixel); i++) await page.keyboard.press('Shift+ArrowUp');
  await expect(cells.nth(0)).not.toContainText(`3/${SLICES}`);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('crosshair')).toHaveCount(0);
  await expect(cells).toHaveCount(2);
});
