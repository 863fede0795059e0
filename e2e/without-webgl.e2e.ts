// What a browser without a graphics card shows: WebGL by software, and none at all.
import { expect, type Locator, type Page } from '@playwright/test';
import { dropOn, imported } from './support/drop.ts';
import { test, writePhantoms } from './support/journey.ts';
import { launched } from './support/launched.ts';

const NO_WEBGL = ['--disable-webgl', '--disable-webgl2', '--disable-software-rasterizer'];

const hasWebGl = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.createElement('canvas').getContext('webgl2') !== null);

/** Greys of the picture, 8 across and 8 down. */
const greys = (viewport: Locator): Promise<number[]> =>
  viewport
    .locator('.picture canvas')
    .first()
    .evaluate((element) => {
      const source = element as HTMLCanvasElement; // a canvas by the selector
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [8, 8];
      const context = copy.getContext('2d');
      if (!context) throw new Error('No canvas.');
      context.drawImage(source, 0, 0, 8, 8);
      return Array.from(context.getImageData(0, 0, 8, 8).data).filter((_, i) => i % 4 === 0);
    });

const mirrored = (values: readonly number[]) =>
  values.map((_, i) => values[i - (i % 8) + 7 - (i % 8)] ?? 0);

const apart = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;

for (const { name, args, webgl, drawing } of [
  { name: 'software WebGL', args: [], webgl: true, drawing: 'webgl' },
  { name: 'no WebGL', args: NO_WEBGL, webgl: false, drawing: 'webgl' },
]) {
  test(`with ${name} a series opens, scrolls, takes a window, is mirrored and measured`, async ({
    journey,
  }) => {
    test.setTimeout(120_000);
    await writePhantoms(journey.folder);
    const bridge = await journey.startBridge();
    const browser = await launched(args);
    try {
      const page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
      const errors: string[] = [];
      page.on('pageerror', ({ message }) => errors.push(message));
      page.on('console', (line) => line.type() === 'error' && errors.push(line.text()));
      await page.addInitScript((choice) => localStorage.setItem('gantry-drawing', choice), drawing);
      await page.goto(bridge.link());
      await page.getByRole('button', { name: 'Settings' }).waitFor();
      expect(await hasWebGl(page)).toBe(webgl);
      await dropOn(page, journey.folder);
      await imported(page);
      await page.locator('[data-study-row]').filter({ hasText: 'CT' }).first().dblclick();
      const viewport = page.getByTestId('viewport');
      await expect(viewport).toHaveAttribute('data-status', 'shown');
      await expect(viewport).toContainText('1/4');
      const first = await greys(viewport);
      expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(50);

      await viewport.hover();
      await page.mouse.wheel(0, 100);
      await expect(viewport).toContainText('2/4');
      await expect(viewport).toHaveAttribute('data-status', 'shown');
      await expect.poll(async () => apart(await greys(viewport), first)).toBeGreaterThan(0.5);
      await page.keyboard.press('Home');
      await expect.poll(async () => apart(await greys(viewport), first)).toBeLessThan(0.5);

      await page.keyboard.press('h');
      await expect(viewport.locator('.west')).toHaveText('L');
      await expect.poll(async () => apart(await greys(viewport), mirrored(first))).toBeLessThan(2);
      await page.keyboard.press('h');

      const box = { x: 0, y: 0, width: 0, height: 0, ...(await viewport.boundingBox()) };
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 60, y + 90, { steps: 4 });
      await page.mouse.up();
      await expect.poll(async () => apart(await greys(viewport), first)).toBeGreaterThan(3);
      await page.keyboard.press(' ');
      await expect.poll(async () => apart(await greys(viewport), first)).toBeLessThan(0.5);

      await page.getByRole('button', { name: 'Length', exact: true }).click();
      const bar = viewport.locator('.scale');
      const { width = 1 } = (await bar.boundingBox()) ?? {};
      const centimetres = Number(/(\d+) cm/.exec(await bar.innerText())?.[1]);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + width, y, { steps: 4 });
      await page.mouse.up();
      const label = viewport.getByTestId('label').first();
      await expect(label).toBeVisible();
      const mm = Number(/([\d.]+) mm/.exec((await label.textContent()) ?? '')?.[1]);
      expect(Math.abs(mm - centimetres * 10)).toBeLessThan(1);
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
}
