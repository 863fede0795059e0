import { expect, type Locator } from '@playwright/test';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropOn, imported } from './support/drop.ts';
import { asPeer, planToSend, realFiles, settledTransfer, test } from './support/journey.ts';
import { runTool } from './support/peers.ts';

test.skip(realFiles === undefined, 'There are no real files on this machine.');

/** Numbers of a transfer's card. */
async function countsOf(card: Locator) {
  const text = await card.innerText();
  const match = /(\d+) sent, (\d+) withheld, (\d+) failed of (\d+)/.exec(text);
  const [sent = 0, withheld = 0, failed = 0, total = 0] = match?.slice(1).map(Number) ?? [];
  return { sent, withheld, failed, total };
}

/** A test patient of one file bears a word for a name that others use for the part of the body. */
const ORDINARY_WORDS = new Set(['CARDIO']);

const NEW_UID = /2\.25\.\d+/g;

/** Names and IDs of a file's patient that are long enough to be searched for, as DCMTK reads them. */
async function identityOf(path: string): Promise<string[]> {
  const { output } = await runTool('dcmdump', ['+P', 'PatientName', '+P', 'PatientID', path]);
  const values = [...output.matchAll(/\[([^\]]+)\]/g)].map(([, value = '']) => value.trim());
  return values.filter((value) => /^[\x20-\x7e]{6,}$/.test(value) && !ORDINARY_WORDS.has(value));
}

test('every real file is sent as it is, or has its reason', async ({ page, journey }) => {
  const peer = await journey.startPeer();
  await journey.open(await journey.startBridge({ peers: [asPeer(peer)] }));
  await dropOn(page, join(realFiles ?? '', 'dicom'));
  await imported(page);
  await planToSend(page, 'Send');
  await page.getByRole('button', { name: /^Send \d+$/ }).click();
  const card = await settledTransfer(page);
  await expect(card).toHaveAttribute('data-state', 'done');
  const { sent, withheld, failed, total } = await countsOf(card);
  expect(sent + withheld + failed).toBe(total);
  expect(sent).toBeGreaterThan(100);
  expect(await readdir(peer.folder)).toHaveLength(sent);
});

test('every real file opens without an error in the console, and what is no image shows its tags', async ({
  page,
  journey,
}) => {
  test.setTimeout(900_000);
  let name = '';
  const faults: string[] = [];
  page.on('console', (line) => {
    if (line.type() === 'error') faults.push(`${name}: ${line.text()}`);
  });
  page.on('pageerror', ({ message }) => faults.push(`${name}: ${message}`));
  await journey.open(await journey.startBridge());
  const entries = await readdir(join(realFiles ?? '', 'dicom'), {
    recursive: true,
    withFileTypes: true,
  });
  const files = entries.filter((entry) => entry.isFile());
  const counts = { shown: 0, tags: 0, listed: 0 };
  const tags = page.getByRole('region', { name: 'Tags' });
  for (const file of files) {
    ({ name } = file);
    await dropOn(page, join(file.parentPath, name));
    const summary = await imported(page);
    const row = page.locator('[data-study-row]');
    if ((await row.count()) === 0) {
      // A DICOMDIR, and what no instance can be read from: the line says so.
      expect(summary, name).toMatch(/left out/);
      counts.listed += 1;
    } else {
      await row.first().dblclick();
      const viewport = page.locator(
        '[data-testid=viewport]:is([data-status=shown], [data-status=failed])',
      );
      await viewport.waitFor();
      await page.keyboard.press('End');
      await viewport.waitFor();
      if ((await viewport.getAttribute('data-status')) === 'shown') counts.shown += 1;
      else {
        await expect(viewport.getByRole('alert')).toContainText('can’t be shown');
        if (!(await tags.isVisible())) await page.keyboard.press('t');
        await expect(tags.getByRole('option').first(), name).toBeVisible();
        counts.tags += 1;
      }
      await page.keyboard.press('Escape');
    }
    const close = page.getByRole('button', { name: 'Close all' });
    if (await close.isVisible()) await close.click();
    await expect(row).toHaveCount(0);
  }
  expect(faults).toEqual([]);
  expect(counts.shown).toBeGreaterThan(100);
  expect(counts.tags).toBeGreaterThan(10);
  expect(counts.shown + counts.tags + counts.listed).toBe(files.length);
});

test('no real file’s patient is found in what is sent de-identified', async ({ page, journey }) => {
  const peer = await journey.startPeer();
  await journey.open(await journey.startBridge({ peers: [asPeer(peer)] }));
  const folder = join(realFiles ?? '', 'dicom');
  await dropOn(page, folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  // Nobody looks at the pictures here: a rule releases them all, of which none is searched for names below.
  const rules = join(journey.folder, 'rules.json');
  const all = { name: 'All', match: { SOPClassUID: '*' }, action: 'blank' };
  await writeFile(rules, JSON.stringify({ name: 'All', rules: [all] }));
  await page.getByRole('button', { name: /Look at \d+ pictures/ }).click();
  await page.getByRole('dialog').getByLabel('Open rules').setInputFiles(rules);
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /^Send \d+$/ }).click();
  const card = await settledTransfer(page);
  await expect(card).toHaveAttribute('data-state', 'done');
  const { sent, withheld, failed, total } = await countsOf(card);
  expect(sent + withheld + failed).toBe(total);
  expect(sent).toBeGreaterThan(90);

  const sources = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile(),
  );
  const identities = new Set<string>();
  for (const { parentPath, name } of sources) {
    for (const text of await identityOf(join(parentPath, name))) identities.add(text);
  }
  expect(identities.size).toBeGreaterThan(20);
  const found: string[] = [];
  for (const name of await readdir(peer.folder)) {
    // Latin 1 keeps bytes as they are, and one search for each value goes over all of them.
    // New UIDs are random numbers, in which the digits of an ID come up by chance.
    const text = (await readFile(join(peer.folder, name)))
      .toString('latin1')
      .replaceAll(NEW_UID, '');
    for (const identity of identities)
      if (text.includes(identity)) found.push(`${identity} in ${name}`);
  }
  expect(found).toEqual([]);
});
