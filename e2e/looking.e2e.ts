import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { ultrasoundClip } from '../bridge/src/samples/phantom/ultrasound-clip.ts';
import { seriousFindings } from './support/axe.ts';
import { dropOn, imported } from './support/drop.ts';
import { storeFolder, test, writePhantoms, type Journey } from './support/journey.ts';
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

/** The same series in two viewports, the first one active. */
async function openTwice(page: Page, journey: Journey): Promise<Locator> {
  for (const { fileName, bytes } of ctSeries({ slices: 4 })) {
    await writeFile(join(journey.folder, fileName.replaceAll('/', '_')), bytes);
  }
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await page.getByRole('row', { name: /CT/ }).first().dblclick();
  await page.getByLabel('Layout').selectOption('1 × 2');
  const cells = page.getByTestId('cell');
  const strip = page.getByRole('complementary', { name: 'Series' });
  await strip.getByRole('button').first().dragTo(cells.nth(1));
  await expect(cells.locator('[data-status=shown]')).toHaveCount(2);
  await cells.nth(0).click();
  return cells;
}

for (const drawing of ['webgl', 'processor']) {
  test(`windows and zoom go together, drawn by ${drawing}`, async ({ page, journey }) => {
    await page.addInitScript((choice) => localStorage.setItem('gantry-drawing', choice), drawing);
    const cells = await openTwice(page, journey);
    const zoomOf = async (at: number) => /(\d+) %/.exec(await cells.nth(at).innerText())?.[1];
    await page.keyboard.press('2');
    await expect(cells.nth(0)).toContainText('W 1500 C -600');
    await expect(cells.nth(1)).not.toContainText('W 1500');
    await page.keyboard.press('Shift+W');
    await expect(cells.nth(1)).toContainText('W 1500 C -600');
    await page.keyboard.press('4');
    await expect(cells.nth(1)).toContainText('W 2500 C 480');
    await page.getByRole('button', { name: 'Zoom and pan together' }).click();
    await page.keyboard.press('0');
    await expect.poll(() => zoomOf(0)).toBe('100');
    await expect.poll(() => zoomOf(1)).toBe('100');
    // What is moved by the middle button is moved in the other: a point of both tells where.
    await cells.nth(0).click();
    await page.keyboard.press('y');
    await page.keyboard.press('Enter');
    const pointOf = async (at: number) => {
      const mark = cells.nth(at).getByTestId('crosshair');
      return [Number(await mark.getAttribute('data-x')), Number(await mark.getAttribute('data-y'))];
    };
    const [x = 0, y = 0] = await pointOf(1);
    const box = (await cells.nth(0).boundingBox()) ?? { x: 0, y: 0 };
    await page.mouse.move(box.x + 200, box.y + 300);
    await page.mouse.down({ button: 'middle' });
    await page.mouse.move(box.x + 240, box.y + 330, { steps: 4 });
    await page.mouse.up({ button: 'middle' });
    for (const at of [0, 1]) {
      await expect
        .poll(async () => {
          const [nowX = 0, nowY = 0] = await pointOf(at);
          return Math.hypot(nowX - x - 40, nowY - y - 30);
        })
        .toBeLessThan(2);
    }
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+W');
    await page.keyboard.press('1');
    await expect(cells.nth(0)).toContainText('W 400 C 40');
    await expect(cells.nth(1)).toContainText('W 2500 C 480');
  });
}

test('a region makes the window, colours are the palette’s own, and a magnifier enlarges', async ({
  page,
  journey,
}) => {
  const cells = await openTwice(page, journey);
  await page.getByLabel('Layout').selectOption('1 × 1');
  await expect(cells).toHaveCount(1);
  await page.getByRole('button', { name: 'Window of a region' }).click();
  const box = (await cells.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x - 20, y - 20);
  await page.mouse.down();
  await page.mouse.move(x + 20, y + 20, { steps: 3 });
  await page.mouse.up();
  await expect(cells).not.toContainText('W 400 C 40');
  // Inside one organ its noise is all that there is to show.
  const widthOf = async () => Number(/W (\d+)/.exec(await cells.innerText())?.[1]);
  expect(await widthOf()).toBeLessThan(400);
  await page.keyboard.press('1');
  await page.keyboard.press('Enter');
  await expect(cells).not.toContainText('W 400 C 40');
  await page.keyboard.press('Escape');
  await page.keyboard.press('1');
  await expect(cells).toContainText('W 400 C 40');

  // By what is really on screen: every grey has become the entry of hot iron (PS3.6 annex B) at its place.
  const pixelsAt = async () => {
    const shot = await page.screenshot({ clip: { x: x - 30, y: y - 30, width: 60, height: 60 } });
    return pixelsOf(page, shot);
  };
  const grey = await pixelsAt();
  await page.getByLabel('Colours').selectOption('Hot iron');
  await expect.poll(async () => (await pixelsAt()).some(([r, , b]) => r !== b)).toBe(true);
  const coloured = await pixelsAt();
  for (const [i, [level = 0]] of grey.entries()) {
    const iron = [2 * level, 2 * (level - 128), 4 * (level - 192)];
    const wanted = iron.map((value) => Math.min(255, Math.max(0, value)));
    const off = (coloured[i] ?? []).map((value, channel) =>
      Math.abs(value - (wanted[channel] ?? 0)),
    );
    expect(Math.max(...off), `grey ${level} is ${String(coloured[i])}`).toBeLessThanOrEqual(3);
  }
  // So has it in the picture that is saved.
  await page.keyboard.press('x');
  const saving = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('button', { name: /^Save/ }).first().click();
  const saved = await pixelsOf(page, await readFile(await (await saving).path()));
  expect(saved.some(([r = 0, , b = 0]) => r > b + 50)).toBe(true);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press(' ');
  await expect(page.getByLabel('Colours')).toHaveValue('grey');

  // The magnifier shows the same values, enlarged: by keyboard in the middle, and moved by arrows.
  await page.keyboard.press('Shift+G');
  await page.keyboard.press('Enter');
  const lens = page.getByTestId('lens');
  await expect(lens).toBeVisible();
  const middle = await lens.evaluate((element) => {
    const canvas = element as HTMLCanvasElement; // it is one
    const data = canvas.getContext('2d')?.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
    return [...(data?.data ?? [])];
  });
  expect(middle[3]).toBe(255);
  await expect(page.getByRole('button', { name: /Magnifier, moved/ })).toBeFocused();
  const left = await lens.evaluate((element) => element.getBoundingClientRect().left);
  await page.keyboard.press('Shift+ArrowRight');
  await expect
    .poll(() => lens.evaluate((element) => element.getBoundingClientRect().left))
    .toBe(left + 10);
  await page.keyboard.press('Escape');
  await expect(lens).toHaveCount(0);

  // While its key is held: then what is measured next is at hand again.
  await page.keyboard.press('m');
  const tool = page.getByRole('button', { name: 'Length' });
  await expect(tool).toHaveAttribute('aria-pressed', 'true');
  const pressedAt = await page.evaluate(() => performance.now());
  await page.keyboard.down('Shift');
  await page.keyboard.down('G');
  await page.getByTestId('viewport').first().hover();
  await page
    .getByTestId('viewport')
    .first()
    .hover({ position: { x: 150, y: 150 } });
  await expect(lens).toBeVisible();
  await page.keyboard.down('G');
  await expect(tool).toHaveAttribute('aria-pressed', 'false');
  await page.waitForFunction((since) => performance.now() > since + 500, pressedAt);
  await page.keyboard.up('G');
  await page.keyboard.up('Shift');
  await expect(lens).toHaveCount(0);
  await expect(tool).toHaveAttribute('aria-pressed', 'true');
});

test('a second window shows the study too, in step, and closes with the first', async ({
  page,
  journey,
}) => {
  const cells = await openTwoPlanes(page, journey);
  const opening = page.waitForEvent('popup');
  await page.keyboard.press('Shift+N');
  const second = await opening;
  expect(second.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#second$/);
  const other = second.getByTestId('cell');
  // What was dropped on the first is read by the second.
  await expect(other.locator('[data-status=shown]')).toHaveCount(1);
  await expect(second.getByRole('button', { name: 'Settings' })).toHaveCount(0);
  await second.getByRole('complementary').getByRole('button', { name: /Axial/ }).click();
  await expect(other).toContainText(`1/${SLICES}`);

  // Linked in the first by keyboard, it goes along in the second; and the other way round.
  await page.bringToFront();
  await cells.nth(0).click();
  await page.keyboard.press('k');
  await page.keyboard.press('ArrowDown');
  await expect(other).toContainText(`2/${SLICES}`);
  await second.bringToFront();
  await other.click();
  await second.keyboard.press('End');
  await expect(other).toContainText(`${SLICES}/${SLICES}`);
  await expect(cells.nth(0)).toContainText(`${SLICES}/${SLICES}`);

  // The first's sagittal image has the line of the second's, which is the active one now.
  await expect(cells.nth(1).getByTestId('reference-line')).toHaveCount(1);
  await second.getByRole('button', { name: /Crosshair/ }).click();
  const [x, y] = await placeOf(other, 240 / PIXEL_MM, 220 / PIXEL_MM);
  await other.click({ position: { x, y } });
  await expect(other.getByTestId('crosshair')).toBeVisible();
  await expect(cells.nth(1).getByTestId('crosshair')).toBeVisible();

  await page.bringToFront();
  const closed = second.waitForEvent('close');
  await page.reload();
  await closed;
});

test('a second window reads from the archive by itself', async ({ page, journey }) => {
  await writePhantoms(journey.folder, 3);
  const bridge = await journey.startBridge();
  await storeFolder(journey.folder, 'GANTRY', bridge.dicomPort);
  await journey.open(bridge);
  await page.getByRole('button', { name: /Archive/ }).click();
  await page.getByRole('row', { name: /CT/ }).first().dblclick();
  await expect(page.getByTestId('viewport')).toHaveAttribute('data-status', 'shown');
  const opening = page.waitForEvent('popup');
  await page.getByRole('button', { name: /Second window/ }).click();
  const second = await opening;
  await expect(second.getByTestId('viewport')).toHaveAttribute('data-status', 'shown');
  await second.keyboard.press('End');
  await expect(second.getByTestId('viewport')).toContainText('3/3');
  // Leaving it closes it, and the first can open another one.
  const closed = second.waitForEvent('close');
  // The window is gone before the key is up.
  await second.keyboard.press('Escape').catch(() => undefined);
  await closed;
  const again = page.waitForEvent('popup');
  await page.keyboard.press('Shift+N');
  const third = await again;
  await expect(third.getByTestId('viewport')).toHaveAttribute('data-status', 'shown');
  // So does leaving the study in the first.
  const ended = third.waitForEvent('close');
  await page.keyboard.press('Escape');
  await ended;
});

test('loops are played at a rate, back and forth and in part, and in step, by keyboard', async ({
  page,
  journey,
}) => {
  const { fileName, bytes } = ultrasoundClip();
  await writeFile(join(journey.folder, fileName.replaceAll('/', '_')), bytes);
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await page.getByRole('row', { name: /US/ }).first().dblclick();
  await page.getByLabel('Layout').selectOption('1 × 2');
  const cells = page.getByTestId('cell');
  const strip = page.getByRole('complementary', { name: 'Series' });
  await strip.getByRole('button').first().dragTo(cells.nth(1));
  await expect(cells.locator('[data-status=shown]')).toHaveCount(2);
  await cells.nth(0).click();
  const imageOf = async (at: number) =>
    Number(/(\d+)\/\d+/.exec(await cells.nth(at).locator('.bottom.left').innerText())?.[1]);

  await page.keyboard.press('Shift+L');
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => imageOf(1)).toBe(2);
  await page.keyboard.press('Shift+Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => imageOf(0)).toBe(4);
  await page.keyboard.press('Shift+End');
  await page.keyboard.press('Shift+B');
  await page.keyboard.press('Shift+C');
  const bar = page.getByRole('group', { name: 'How loops are played' });
  await expect(bar.getByLabel('From image')).toHaveValue('2');
  await expect(bar.getByLabel('to image')).toHaveValue('4');
  await expect(bar.getByLabel('Back and forth')).toBeChecked();
  await expect(bar.getByLabel('Loops in step')).toHaveValue('frame');
  await bar.getByLabel('Frames per second').fill('5');
  await expect(bar.getByLabel('As recorded')).not.toBeChecked();
  await cells.nth(0).click();
  await page.keyboard.press('c');
  await expect(page.getByTestId('rate')).toContainText('5 frames/s');
  // What the page shows, picture after picture, until it was back and forth twice.
  const seen = await page.evaluate(async () => {
    const corner = document.querySelector('.cell .bottom.left');
    const images: number[] = [];
    while (images.length < 9) {
      const image = Number(/(\d+)\/\d+/.exec(corner?.textContent ?? '')?.[1]);
      if (images.at(-1) !== image) images.push(image);
      await new Promise(requestAnimationFrame);
    }
    return images;
  });
  const cycle = [2, 3, 4, 3];
  const start = cycle.findIndex((image, i) => image === seen[0] && cycle[(i + 1) % 4] === seen[1]);
  expect(seen).toEqual(seen.map((_, i) => cycle[(start + i) % 4]));
  await page.keyboard.press('c');
  await page.keyboard.press('.');
  await expect(bar.getByLabel('Frames per second')).toHaveValue('10');
  await expect.poll(async () => (await imageOf(0)) === (await imageOf(1))).toBe(true);
  expect(await seriousFindings(page), 'loops').toEqual([]);
});

/** Red, green and blue of the pixels in the middle of a PNG, 60 × 60 at most, decoded by the browser. */
function pixelsOf(page: Page, png: Buffer): Promise<number[][]> {
  return page.evaluate(async (base64) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.fromBase64(base64)]));
    const [width, height] = [Math.min(60, bitmap.width), Math.min(60, bitmap.height)];
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context?.drawImage(bitmap, (width - bitmap.width) / 2, (height - bitmap.height) / 2);
    const data = context?.getImageData(0, 0, width, height).data ?? [];
    return Array.from({ length: data.length / 4 }, (_, i) => [...data.slice(i * 4, i * 4 + 3)]);
  }, png.toString('base64'));
}
