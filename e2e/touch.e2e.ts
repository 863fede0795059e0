// The viewer by fingers, as Chromium takes them from a screen.
import { expect, type CDPSession, type Locator, type Page } from '@playwright/test';
import { dropOn, imported } from './support/drop.ts';
import { test, writePhantoms, type Journey } from './support/journey.ts';

test.use({ hasTouch: true });

interface Place {
  readonly x: number;
  readonly y: number;
}

const STEPS = 8;

/** Fingers go from where they are put down to where they are lifted, all at once. */
async function touch(
  session: CDPSession,
  fingers: readonly (readonly [Place, Place])[],
): Promise<void> {
  const at = (part: number) =>
    fingers.map(([from, to], id) => ({
      id,
      x: from.x + (to.x - from.x) * part,
      y: from.y + (to.y - from.y) * part,
    }));
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: Place[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints });
  await send('touchStart', at(0));
  for (let step = 1; step <= STEPS; step++) await send('touchMove', at(step / STEPS));
  await send('touchEnd', []);
}

const numberIn = async (page: Page, pattern: RegExp): Promise<number> =>
  Number(pattern.exec(await page.getByTestId('viewport').innerText())?.[1] ?? NaN);

const windowOf = (page: Page) => numberIn(page, /W (\d+)/);
const zoomOf = (page: Page) => numberIn(page, /(\d+) %/);
const imageOf = (page: Page) => numberIn(page, /(\d+)\/6/);

async function openCt(page: Page, journey: Journey): Promise<Locator> {
  await writePhantoms(journey.folder, 6);
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await page.locator('[data-study-row]').filter({ hasText: 'CT' }).first().dblclick();
  const viewport = page.getByTestId('viewport');
  await expect(viewport).toHaveAttribute('data-status', 'shown');
  return viewport;
}

test('one finger works the tool, two zoom and pan, three scroll', async ({ page, journey }) => {
  const viewport = await openCt(page, journey);
  const box = { x: 0, y: 0, width: 0, height: 0, ...(await viewport.boundingBox()) };
  const middle: Place = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const by = (x: number, y: number): Place => ({ x: middle.x + x, y: middle.y + y });
  const session = await page.context().newCDPSession(page);

  const width = await windowOf(page);
  const zoom = await zoomOf(page);
  await touch(session, [[by(0, 0), by(120, 0)]]);
  await expect.poll(() => windowOf(page)).toBeGreaterThan(width + 20);
  expect(await zoomOf(page)).toBe(zoom);
  expect(await imageOf(page)).toBe(1);

  // Apart: it grows about twice.
  await touch(session, [
    [by(-60, 0), by(-120, 0)],
    [by(60, 0), by(120, 0)],
  ]);
  await expect.poll(() => zoomOf(page)).toBeGreaterThan(zoom * 1.5);
  const grown = await zoomOf(page);
  expect(grown).toBeLessThan(zoom * 2.6);

  // Side by side: it goes along, and isn't enlarged.
  await page.keyboard.press('m');
  await page.keyboard.press('Enter');
  const mark = viewport.locator('circle.handle').first();
  const markOf = async () => {
    const { x = 0, y = 0 } = (await mark.boundingBox()) ?? {};
    return [x, y];
  };
  const [x = 0, y = 0] = await markOf();
  await touch(session, [
    [by(-60, 0), by(-10, 30)],
    [by(60, 0), by(110, 30)],
  ]);
  await expect
    .poll(async () => {
      const [nowX = 0, nowY = 0] = await markOf();
      return Math.hypot(nowX - x - 50, nowY - y - 30);
    })
    .toBeLessThan(6);
  expect(Math.abs((await zoomOf(page)) - grown)).toBeLessThan(4);

  await touch(session, [
    [by(-80, -60), by(-80, 60)],
    [by(0, -60), by(0, 60)],
    [by(80, -60), by(80, 60)],
  ]);
  await expect.poll(() => imageOf(page)).toBeGreaterThan(1);
});

test('a finger measures, and moves what was measured', async ({ page, journey }) => {
  const viewport = await openCt(page, journey);
  const box = { x: 0, y: 0, width: 0, height: 0, ...(await viewport.boundingBox()) };
  const middle: Place = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const session = await page.context().newCDPSession(page);
  const width = await windowOf(page);
  await page.getByRole('button', { name: 'Length', exact: true }).tap();
  const end = { x: middle.x + 100, y: middle.y };
  await touch(session, [[middle, end]]);
  const label = viewport.getByTestId('label');
  await expect(label).toHaveCount(1);
  const lengthOf = async () => Number(/([\d.]+) mm/.exec((await label.textContent()) ?? '')?.[1]);
  const length = await lengthOf();
  await page.keyboard.press('Escape');
  await touch(session, [[end, { x: end.x + 100, y: end.y }]]);
  await expect.poll(async () => (await lengthOf()) / length).toBeGreaterThan(1.8);
  expect((await lengthOf()) / length).toBeLessThan(2.2);
  expect(await windowOf(page)).toBe(width);
});
