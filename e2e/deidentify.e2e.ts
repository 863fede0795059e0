import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { oddImage } from '../shared/pixels/testing/image-builder.ts';
import { dropOn, imported } from './support/drop.ts';
import { asPeer, planToSend, settledTransfer, test, writePhantoms } from './support/journey.ts';
import { runTool } from './support/peers.ts';

/** What dcmdump prints of some attributes of the files in a folder. */
async function valuesIn(folder: string, ...keywords: string[]): Promise<string> {
  const args = keywords.flatMap((keyword) => ['+P', keyword]);
  const { output } = await runTool('dcmdump', [...args, '+sd', '+r', folder]);
  return output;
}

async function download(page: Page, button: string): Promise<string> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFile(await (await waiting).path(), 'utf8');
}

/** Goes on by Tab until something has the focus. */
async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  for (let i = 0; i < 40; i++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  await expect(target).toBeFocused();
}

test('options, rules of one’s own and numbered subjects are seen before, and hold in what is sent', async ({
  page,
  journey,
}) => {
  const peer = await journey.startPeer();
  await writePhantoms(journey.folder);
  await journey.open(await journey.startBridge({ peers: [asPeer(peer)] }));
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await page.getByText('Options', { exact: true }).click();
  await page.getByLabel(/Move dates/).check();
  await page.getByLabel(/Keep age, sex/).check();
  await page.getByText('Own rules', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Attribute' }).fill('NoSuchAttribute');
  await page.getByRole('button', { name: 'Add rule' }).click();
  await expect(page.getByRole('alert')).toContainText('no attribute');
  await page.getByRole('textbox', { name: 'Attribute' }).fill('StudyDescription');
  await page.getByLabel('Rule', { exact: true }).selectOption('this value');
  await page.getByRole('textbox', { name: 'Value' }).fill('TRIAL 7');
  await page.getByRole('button', { name: 'Add rule' }).click();
  await page.getByLabel('Subjects are called').selectOption({ index: 1 });
  await page.getByLabel('Beginning with').fill('S-');
  await page.getByLabel('Beginning with').press('Enter');

  const changes = page.getByTestId('changes');
  await expect(changes.getByRole('row', { name: /Patient ID/ }).first()).toContainText(/S-00\d/);
  await expect(changes.getByRole('row', { name: /Study Description/ })).toContainText('TRIAL 7');
  await expect(changes.getByRole('row', { name: /Study Date/ })).toContainText('Modified Dates');

  const send = page.getByRole('button', { name: /^Send \d+$/ });
  await expect(send).toBeEnabled();
  const report = await download(page, 'Save report (JSON)');
  expect(JSON.parse(report)).toMatchObject({
    profile: 'Basic Profile',
    edition: '2026d',
    options: [{ code: '113107 (DCM)' }, { code: '113108 (DCM)' }],
    subjects: 'numbered',
  });
  const rows = await download(page, 'Save report (CSV)');
  expect(rows).toContain('"Option","Retain Patient Characteristics Option, 113108 (DCM)"');
  // The browser's dialog stays closed in a test: what would be on paper is what it lays out for print.
  await page.emulateMedia({ media: 'print' });
  const printing = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        window.print = () => {
          resolve(document.body.innerText);
          window.dispatchEvent(new Event('afterprint'));
        };
      }),
  );
  await page.getByRole('button', { name: 'Print report' }).dispatchEvent('click');
  const paper = await printing;
  expect(paper).toMatch(/^De-identification\n/);
  expect(paper).toMatch(/Program\s+Gantry \d+\.\d+\.\d+/);
  expect(paper).toContain('Retain Patient Characteristics Option, 113108 (DCM)');
  expect(paper).not.toContain('Print report');
  await page.emulateMedia({ media: null });
  await expect(page.locator('.printed')).toHaveCount(0);
  const table = await download(page, 'Save re-identification table');
  expect(table).toContain('"S-001"');
  const secret = table.split('"')[7] ?? 'nobody';
  for (const record of [report, rows, paper]) expect(record).not.toContain(secret);
  await send.click();
  await expect(await settledTransfer(page)).toHaveAttribute('data-state', 'done');
  const sent = await valuesIn(peer.folder, 'PatientID', 'StudyDescription', 'CodeValue');
  expect(sent).toContain('[S-001');
  expect(sent).toContain('[TRIAL 7');
  for (const code of ['113100', '113107', '113108']) expect(sent).toContain(`[${code}]`);
  expect(sent).not.toContain('[113105]');
});

test('a profile is saved, opened again, and one that is none says so', async ({
  page,
  journey,
}) => {
  await writePhantoms(journey.folder);
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await page.getByText('Options', { exact: true }).click();
  await page.getByLabel(/Clean descriptions/).check();
  const profile = await download(page, 'Save profile');
  expect(JSON.parse(profile)).toMatchObject({ base: 'basic', options: ['clean-descriptors'] });
  const path = join(journey.folder, '..', 'profile.json');
  await page.getByLabel(/Clean descriptions/).uncheck();
  await writeFile(path, profile.replace('"Basic Profile"', '"Trial 7"'));
  await page.getByLabel('Open profile').setInputFiles(path);
  await expect(page.getByLabel(/Clean descriptions/)).toBeChecked();
  await writeFile(path, '{"name":"x","options":["keep-all"]}');
  await page.getByLabel('Open profile').setInputFiles(path);
  await expect(page.getByRole('alert')).toContainText('options');
  await page.getByLabel('Subjects are called').selectOption({ index: 2 });
  await expect(page.getByRole('alert')).toContainText('empty');
  await writeFile(path, 'PatientID,SubjectID\nnobody,S-1\n');
  await page.getByLabel('Choose list').setInputFiles(path);
  await expect(page.getByText(/not in the list of subjects/).first()).toBeVisible();
});

test('a profile is made by keyboard alone, and says what it costs', async ({
  page,
  journey,
}, testInfo) => {
  await writePhantoms(journey.folder);
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  const { keyboard } = page;
  await page.getByLabel('Profile', { exact: true }).focus();
  await tabTo(page, page.getByText('Options', { exact: true }));
  await keyboard.press('Enter');
  await tabTo(page, page.getByLabel(/Keep age, sex/));
  await keyboard.press('Space');
  await expect(page.getByLabel(/Keep age, sex/)).toBeChecked();
  await tabTo(page, page.getByText('Own rules', { exact: true }));
  await keyboard.press('Enter');
  const attribute = page.getByRole('textbox', { name: 'Attribute' });
  await tabTo(page, attribute);
  await keyboard.type('patient birth');
  await keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('no attribute');
  await keyboard.press('Control+A');
  await keyboard.type('PatientBirthDate');
  await keyboard.press('Enter');
  await expect(page.getByText('PatientBirthDate: keep')).toBeVisible();
  await expect(page.getByText(/No longer the Basic Profile.*PatientBirthDate/)).toBeVisible();
  const changes = page.getByTestId('changes');
  await expect(changes.getByRole('row', { name: /De-identification Method \(/ })).toContainText(
    'changed by own rules',
  );
  await page.screenshot({ path: testInfo.outputPath('rule.png') });
  await tabTo(
    page,
    page.getByRole('button', { name: 'Remove the rule for PatientBirthDate' }),
    'Shift+Tab',
  );
  await keyboard.press('Enter');
  await expect(page.getByText(/No longer the Basic Profile/)).toHaveCount(0);
  await expect(changes.getByRole('row', { name: /De-identification Method \(/ })).not.toContainText(
    'changed by own rules',
  );
  // Where the focus was, something is: the next key goes on from there.
  await expect(attribute).toBeFocused();
  await tabTo(page, page.getByLabel('Beginning with'));
  await keyboard.type('T7-');
  await keyboard.press('Tab');
  await expect(changes.getByRole('row', { name: /Patient ID/ }).first()).toContainText('T7-');
  await tabTo(page, page.getByRole('button', { name: 'Save profile' }), 'Shift+Tab');
  const waiting = page.waitForEvent('download');
  await keyboard.press('Enter');
  const saved = await readFile(await (await waiting).path(), 'utf8');
  expect(JSON.parse(saved)).toEqual({
    name: 'Basic Profile',
    base: 'basic',
    options: ['retain-patient-characteristics'],
    attributes: {},
    prefix: 'T7-',
  });
});

test('instances are written to a folder under names of what is new', async ({ page, journey }) => {
  const count = await writePhantoms(journey.folder);
  await journey.open(await journey.startBridge());
  // The dialog can't be opened by a program: a folder of the browser's own stands in for the one that a user picks.
  await page.evaluate(() => {
    const pick = async () => {
      const root = await navigator.storage.getDirectory();
      return root.getDirectoryHandle('picked', { create: true });
    };
    Object.defineProperty(window, 'showDirectoryPicker', { value: pick });
  });
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await page.getByRole('button', { name: 'Save to a folder' }).click();
  await expect(page.getByText(`${count} written`)).toBeVisible();
  const names = await page.evaluate(async () => {
    const found: string[] = [];
    const walk = async (folder: FileSystemDirectoryHandle, path: string) => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'directory') await walk(handle, `${path}${name}/`);
        else found.push(path + name);
      }
    };
    const root = await navigator.storage.getDirectory();
    await walk(await root.getDirectoryHandle('picked'), '');
    return found;
  });
  expect(names).toHaveLength(count);
  for (const name of names) expect(name).toMatch(/^ANON-\w{14}\/2\.25\.\d+\/2\.25\.\d+\.dcm$/);
});

test('patients who may have been mixed up are flagged before anything leaves', async ({
  page,
  journey,
}) => {
  const people = [
    ['P-1', 'Doe^Jane', '19700101'],
    ['P-1', 'Roe^Richard', '19700101'],
    ['P-2', 'Miller^Ann', '19800101'],
    ['P-3', 'Miller^Ann', '19800101'],
  ] as const;
  for (const [i, [id, name, birthDate]] of people.entries()) {
    const bytes = oddImage({
      [Tag.PatientID]: id,
      [Tag.PatientName]: name,
      [Tag.PatientBirthDate]: birthDate,
      [Tag.BurnedInAnnotation]: 'NO',
    });
    await writeFile(join(journey.folder, `${i}.dcm`), bytes);
  }
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await expect(page.getByText('Under one Patient ID names, dates of birth')).toBeVisible();
  // The table of changes has it, too.
  const what = page.getByRole('region', { name: 'What' });
  await expect(what.getByText('P-1', { exact: true })).toBeVisible();
  await expect(page.getByText('One name and date of birth has several Patient IDs')).toBeVisible();
  await expect(page.getByText('MILLER^ANN, 19800101')).toBeVisible();
  await expect(page.getByText('Several Patient IDs become one subject')).toHaveCount(0);
  const list = join(journey.folder, '..', `${Date.now()}.csv`);
  await writeFile(list, 'PatientID,SubjectID\nP-1,S-1\nP-2,S-2\nP-3,S-2\n');
  await page.getByLabel('Subjects are called').selectOption({ index: 2 });
  await page.getByLabel('Choose list').setInputFiles(list);
  await expect(page.getByText('Several Patient IDs become one subject.')).toBeVisible();
  await expect(page.getByText('4 can be sent')).toBeVisible();
});

test('the table of changes begins with an instance that leaves, and shows why another doesn’t', async ({
  page,
  journey,
}) => {
  for (const [i, burnedIn] of ['YES', 'NO'].entries()) {
    const bytes = oddImage({
      [Tag.SeriesInstanceUID]: `1.2.826.0.1.3680043.10.3.${90 + i}`,
      [Tag.SeriesDescription]: `Burned in: ${burnedIn}`,
      [Tag.PatientName]: 'Doe^Jane',
      [Tag.BurnedInAnnotation]: burnedIn,
    });
    await writeFile(join(journey.folder, `${i}.dcm`), bytes);
  }
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  const changes = page.getByTestId('changes');
  await expect(changes.getByRole('row', { name: /Patient's Name/ })).toContainText('ANON-');
  const example = page.getByLabel('Example');
  await expect(example.locator('option:checked')).toContainText('Burned in: NO');
  await example.selectOption({ index: 0 });
  await expect(page.getByText('Burned In Annotation says').last()).toBeVisible();
  await expect(changes.getByRole('row', { name: /Patient's Name/ })).toHaveCount(0);
});
