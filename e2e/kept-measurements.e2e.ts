import { expect, type Page } from '@playwright/test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from './support/journey.ts';
import { openPhantoms, reopen, seenMarkers, writeSlices } from './support/measure-phantom.ts';
import { launchOnDisk } from './support/profile.ts';

const labels = (page: Page) => page.getByTestId('label');

async function drawLength(page: Page, from: number, to: number): Promise<void> {
  const found = await seenMarkers(page);
  const [a, b] = [found[from], found[to]];
  if (!a || !b) throw new Error('The phantom has no such mark.');
  await page.keyboard.press('m');
  await page.mouse.move(a.x, a.y);
  await page.mouse.down();
  await page.mouse.move(b.x, b.y, { steps: 3 });
  await page.mouse.up();
}

/** How many measurements are on disk, whoever put them there. */
const stored = (page: Page) =>
  page.evaluate(async () => {
    const opened = indexedDB.open('gantry-measurements');
    await new Promise((resolve) => (opened.onsuccess = resolve));
    const database = opened.result;
    const asked = database.transaction('measurements').objectStore('measurements').getAll();
    await new Promise((resolve) => (asked.onsuccess = resolve));
    database.close();
    const text = (value: unknown) =>
      JSON.stringify(value, (_, part: unknown) =>
        part instanceof ArrayBuffer || part instanceof Uint8Array
          ? new TextDecoder('latin1').decode(part)
          : part,
      );
    return { count: asked.result.length, content: text(asked.result) };
  });

test('measurements are found again after a reload and after a killed tab, and say nothing on disk', async ({
  page,
  journey,
}) => {
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET') sent.push(request.url());
  });
  await openPhantoms(page, journey, 1);
  await drawLength(page, 0, 3);
  await page.keyboard.press('F2');
  await page.locator('circle.handle').first().focus();
  await page.keyboard.press('F2');
  await page.keyboard.type('Nodule of Mrs Smith');
  await page.keyboard.press('Enter');
  await expect(labels(page)).toContainText(['Nodule of Mrs Smith']);
  const words = await labels(page).textContent();
  await expect.poll(async () => (await stored(page)).count).toBe(1);
  const { content } = await stored(page);
  for (const secret of ['Nodule', 'Smith', '1.2.826', 'length', 'PHANTOM']) {
    expect(content).not.toContain(secret);
  }
  expect(sent.filter((url) => !url.endsWith('/session'))).toEqual([]);

  await page.reload();
  await page.getByRole('button', { name: 'Settings' }).waitFor();
  await reopen(page, journey);
  await expect(labels(page)).toHaveText([words ?? '']);

  await drawLength(page, 1, 2);
  await expect(labels(page)).toHaveCount(2);
  await expect.poll(async () => (await stored(page)).count).toBe(2);
  const other = await page.context().newPage();
  const crash = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  // It has no answer.
  void crash.send('Page.crash').catch(() => undefined);
  await crashed;
  await other.goto(page.url());
  await other.getByRole('button', { name: 'Settings' }).waitFor();
  await reopen(other, journey);
  await expect(labels(other)).toHaveCount(2);
  await expect(labels(other).first()).toHaveText(words ?? '');

  // What is deleted is gone from the disk, and the settings erase the rest.
  await other.keyboard.press('j');
  await other
    .getByTestId('measurement')
    .first()
    .getByRole('button', { name: /Delete/ })
    .click();
  await expect.poll(async () => (await stored(other)).count).toBe(1);
  await other.getByRole('button', { name: 'Settings' }).click();
  await expect(other.getByTestId('kept-measurements')).toHaveText('1 measurement is kept.');
  await other.getByRole('button', { name: 'Erase kept measurements' }).click();
  await other
    .getByRole('alertdialog')
    .getByRole('button', { name: 'Erase kept measurements' })
    .click();
  await expect(other.getByTestId('kept-measurements')).toHaveText('No measurements are kept.');
  expect((await stored(other)).count).toBe(0);
});

test('a full disk is said to be full, and loses nothing that was kept', async ({ journey }) => {
  await writeSlices(journey, 1);
  const bridge = await journey.startBridge();
  const profile = await mkdtemp(join(tmpdir(), 'gantry-profile-'));
  /** A browser that has this disk. */
  const open = async (quotaSize?: number) => {
    const browser = await launchOnDisk(profile);
    const page = await browser.newPage();
    const session = await browser.newCDPSession(page);
    const { origin } = new URL(bridge.link());
    const allow = async (size?: number) => {
      const room = size === undefined ? {} : { quotaSize: size };
      await session.send('Storage.overrideQuotaForOrigin', { origin, ...room });
    };
    await allow(quotaSize);
    await page.goto(bridge.link());
    await page.getByRole('button', { name: 'Settings' }).waitFor();
    await reopen(page, journey);
    return { browser, page, allow };
  };
  try {
    const first = await open();
    await drawLength(first.page, 0, 3);
    await expect.poll(async () => (await stored(first.page)).count).toBe(1);
    await first.browser.close();

    const { browser, page, allow } = await open(1);
    await expect(labels(page)).toHaveCount(1);
    await drawLength(page, 1, 2);
    await expect(page.getByRole('alert')).toContainText('no room left');
    await expect(labels(page)).toHaveCount(2);
    expect((await stored(page)).count).toBe(1);
    // With room again the next change brings what was missed.
    await allow();
    await page.keyboard.press('p');
    await page.locator('path.grip').first().focus();
    await page.keyboard.press('ArrowRight');
    await expect(page.getByRole('alert')).toHaveCount(0);
    await expect.poll(async () => (await stored(page)).count).toBe(2);
    await browser.close();
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
});
