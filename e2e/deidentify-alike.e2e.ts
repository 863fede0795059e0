import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@playwright/test';
import { unzipSync } from 'fflate';
import { dropOn, imported } from './support/drop.ts';
import { copyRealFiles, planToSend, realFiles, test, writePhantoms } from './support/journey.ts';
import { givePickers, savedFile } from './support/pickers.ts';

const SECRET = 'a secret of both, longer than thirty-two characters';

const PROFILE = {
  name: 'Trial',
  options: [
    'retain-safe-private',
    'retain-longitudinal-modified-dates',
    'retain-patient-characteristics',
    'clean-descriptors',
  ],
  prefix: 'TRIAL-',
  attributes: { StudyID: { value: '7' }, InstitutionName: { value: 'Site 3' } },
};

/** A share of the real files, or all of them. */
async function realNames(): Promise<string[]> {
  const inventory = await readFile(join(realFiles ?? '', 'inventory.tsv'), 'utf8');
  const most = process.env['GANTRY_TEST_LONG'] ? Infinity : 150_000;
  return inventory
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter(([name = '', , , bytes]) => name.startsWith('dicom/') && Number(bytes) < most)
    .map(([name = '']) => name.slice('dicom/'.length));
}

test('the page writes the same bytes as the command line, with the same key and profile', async ({
  page,
  journey,
}) => {
  test.setTimeout(600_000);
  const study = join(journey.folder, 'study');
  await mkdir(study);
  await writePhantoms(study);
  if (realFiles !== undefined) await copyRealFiles(study, await realNames());
  // Files of one name would be one file there.
  const secret = join(journey.folder, 'secret');
  const profile = join(journey.folder, 'trial.json');
  await writeFile(secret, SECRET);
  await writeFile(profile, JSON.stringify(PROFILE));
  const out = join(journey.folder, 'out');
  const args = ['tools/gantry.ts', 'deidentify', study, out, '--profile', profile, '--key', secret];
  // A file that can't be read makes it end with 1: the page can't read it either.
  const told = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 }).catch(
    (error: unknown) => error,
  );
  const names = await readdir(out);
  expect(names.length, String(told)).toBeGreaterThan(realFiles === undefined ? 3 : 30);

  // The key is made in the page and never leaves it: here it is made of what the command line has.
  await page.addInitScript((text) => {
    Object.defineProperty(crypto.subtle, 'generateKey', {
      value: (algorithm: HmacKeyGenParams, isExtractable: boolean, uses: KeyUsage[]) =>
        crypto.subtle.importKey(
          'raw',
          new TextEncoder().encode(text),
          algorithm,
          isExtractable,
          uses,
        ),
    });
  }, SECRET);
  await journey.open(await journey.startBridge());
  await givePickers(page);
  await dropOn(page, study);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await page.locator('input[accept^=".json"]').first().setInputFiles(profile);
  await expect(page.getByRole('combobox', { name: 'Profile' })).toContainText('Trial');
  await expect(page.getByText(/\d+ can be sent/)).toBeVisible({ timeout: 300_000 });
  await page.getByRole('button', { name: 'Save as ZIP' }).click();
  await expect(page.getByText(/\d+ written/)).toBeVisible({ timeout: 300_000 });
  const zip = unzipSync(new Uint8Array(await savedFile(page, 'deidentified.zip')));
  // By their bytes: several files may have one UID, and each side counts them in its own order.
  const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const ofPage = new Map(Object.entries(zip).map(([name, bytes]) => [hashOf(bytes), name]));
  const ofCommand = new Map<string, string>();
  for (const name of names) ofCommand.set(hashOf(await readFile(join(out, name))), name);
  const missing = (from: Map<string, string>, others: Map<string, string>) =>
    [...from].filter(([hash]) => !others.has(hash)).map(([, name]) => name);
  expect(missing(ofPage, ofCommand)).toEqual([]);
  // Of several files with one UID the page takes one; what belongs to no study, a palette, is not in its list.
  const once = missing(ofCommand, ofPage).filter((name) => /^2\.25\.\d+\.dcm$/.test(name));
  expect(once).toEqual([]);
});
