import { expect } from '@playwright/test';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { phantomIdentity } from '../bridge/src/samples/phantom/phantom-identity.ts';
import { dropOn, imported } from './support/drop.ts';
import { copyRealFiles, realFiles, test, writePhantoms } from './support/journey.ts';

test.beforeEach(async ({ journey }) => {
  await journey.open(await journey.startBridge());
});

test('a dropped folder shows its studies and lists what is no DICOM', async ({ page, journey }) => {
  const count = await writePhantoms(journey.folder);
  await dropOn(page, journey.folder);
  expect(await imported(page)).toBe(`${count} read, 2 left out`);
  const rows = page.locator('[data-study-row]');
  await expect(rows).toHaveCount(3);
  await rows.filter({ hasText: 'CT' }).locator('.expand').click();
  await expect(page.locator('.series')).toHaveText(/CT.*4 instances/s);
  await page.getByRole('button', { name: /What was left out/ }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('row', { name: /notes\.txt/ })).toContainText('not a DICOM file');
  await expect(dialog.getByRole('row', { name: /report\.dcm/ })).toContainText('not a DICOM file');
});

test('of ten thousand files the first is shown while the others are read', async ({
  page,
  journey,
}) => {
  const count = 10_000;
  let i = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const folder = join(journey.folder, `study${seed}`);
    await mkdir(folder);
    const series = { seed, slices: count / 20, size: 16, identity: phantomIdentity(seed, 'CT') };
    const files = Array.from(ctSeries(series));
    await Promise.all(files.map(({ bytes }) => writeFile(join(folder, `IM${++i}`), bytes)));
  }
  await dropOn(page, journey.folder);
  await page.locator('[data-study-row]').first().dblclick();
  await expect(page.getByTestId('viewport')).toHaveAttribute('data-status', 'shown');
  await page.keyboard.press('Escape');
  // The walk or the index would otherwise have been awaited.
  await expect(page.locator('.status')).not.toHaveAttribute('data-state', 'done', { timeout: 1 });
  expect(await imported(page)).toBe('10,000 read');
  await expect(page.locator('[data-study-row]')).toHaveCount(20);
});

test('a folder picked by the file system access dialog is read', async ({ page, journey }) => {
  await writePhantoms(journey.folder);
  // The real dialog can't be driven: a folder of the origin's own file system stands in for the chosen one.
  const files = [...ctSeries({ slices: 3 })].map(({ bytes }) =>
    Buffer.from(bytes).toString('base64'),
  );
  await page.evaluate(async (contents) => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('picked', { create: true });
    for (const [i, content] of contents.entries()) {
      const handle = await folder.getFileHandle(`IM${i}`, { create: true });
      const writable = await handle.createWritable();
      await writable.write(Uint8Array.fromBase64(content));
      await writable.close();
    }
    Object.assign(window, { showDirectoryPicker: () => Promise.resolve(folder) });
  }, files);
  // The page asked for the picker when it started; this one is for the click.
  await page.getByRole('button', { name: 'Open folder' }).first().click();
  expect(await imported(page)).toBe('3 read');
});

test('a folder chosen by an input is read', async ({ page, journey }) => {
  const count = await writePhantoms(journey.folder);
  await page.getByTestId('folder-input').setInputFiles(journey.folder);
  expect(await imported(page)).toBe(`${count} read, 2 left out`);
});

test('a ZIP is opened like a folder', async ({ page, journey }) => {
  const entries = [...ctSeries({ slices: 3 })].map(({ bytes }, i) => [`ct/IM${i}`, bytes] as const);
  const text = new TextEncoder().encode('readme');
  const zip = zipSync({ ...Object.fromEntries(entries), 'readme.txt': text });
  const path = join(journey.folder, 'study.zip');
  await writeFile(path, zip);
  await dropOn(page, path);
  expect(await imported(page)).toBe('3 read, 1 left out');
});

test('an empty folder and a damaged ZIP are said to be so', async ({ page, journey }) => {
  const empty = join(journey.folder, 'empty');
  await mkdir(empty);
  await dropOn(page, empty);
  expect(await imported(page)).toBe('There were no files in it.');
  const broken = join(journey.folder, 'broken.zip');
  await writeFile(broken, 'PK\u0003\u0004 but no archive');
  await dropOn(page, broken);
  await expect(page.locator('.status .summary')).toHaveText('0 read, 1 left out');
});

test('a series is scrolled, windowed, zoomed and shown with its letters', async ({
  page,
  journey,
}) => {
  await writePhantoms(journey.folder, 6);
  await dropOn(page, journey.folder);
  await imported(page);
  await page.locator('[data-study-row]', { hasText: 'CT' }).first().dblclick();
  const viewport = page.getByTestId('viewport');
  await expect(viewport).toHaveAttribute('data-status', 'shown');
  await expect(viewport).toContainText('1/6');
  for (const letter of ['A', 'P', 'R', 'L']) {
    await expect(viewport.locator('.letter', { hasText: new RegExp(`^${letter}$`) })).toBeVisible();
  }
  await page.keyboard.press('ArrowDown');
  await expect(viewport).toContainText('2/6');
  await viewport.hover();
  await page.mouse.wheel(0, 100);
  await expect(viewport).toContainText('3/6');
  await page.keyboard.press('2');
  await expect(viewport).toContainText(/W 1500\b.*C -600|W 1500 L -600|W: ?1500/);
  const before = await viewport.screenshot();
  await page.keyboard.press('i');
  await expect.poll(async () => Buffer.compare(await viewport.screenshot(), before)).not.toBe(0);
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-study-row]')).toHaveCount(3);
});

test('what can not be shown says why instead of a picture', async ({ page, journey }) => {
  const [file] = [...ctSeries({ slices: 1 })];
  if (!file) throw new Error('The phantom has no slice.');
  await writeFile(join(journey.folder, 'cut.dcm'), file.bytes.subarray(0, -5000));
  await dropOn(page, journey.folder);
  await imported(page);
  await page.locator('[data-study-row]').first().dblclick();
  const viewport = page.getByTestId('viewport');
  await expect(viewport).toHaveAttribute('data-status', 'failed');
  await expect(viewport.getByRole('alert')).toContainText('can’t be shown');
});

test('real files of every kind open, or say why they do not', async ({ page, journey }) => {
  test.skip(realFiles === undefined, 'There are no real files on this machine.');
  await copyRealFiles(journey.folder, [
    'CT2_J2KI',
    'MR3_JLSL',
    'RG3_RLE',
    'MR4_JPLY',
    'emri_small_big_endian.dcm',
    'YBR_422.dcm',
    'US-PAL-8-10x-echo',
    'image_dfl.dcm',
    'rtplan.dcm',
  ]);
  await dropOn(page, journey.folder);
  await imported(page);
  const rows = page.locator('[data-study-row]');
  const viewport = page.getByTestId('viewport');
  const statuses: string[] = [];
  for (let i = 0; i < (await rows.count()); i++) {
    await rows.nth(i).dblclick();
    await expect(viewport).toHaveAttribute('data-status', /shown|failed/);
    statuses.push((await viewport.getAttribute('data-status')) ?? '');
    await page.keyboard.press('Escape');
    await rows.first().waitFor();
  }
  expect(statuses.filter((status) => status === 'failed')).toHaveLength(1);
  expect(statuses.filter((status) => status === 'shown')).toHaveLength(8);
});
