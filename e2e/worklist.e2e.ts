import { expect, type Page } from '@playwright/test';
import * as raw from '../bridge/src/dimse/testing/raw-connection.ts';
import { seriousFindings } from './support/axe.ts';
import { storeFolder, test, writePhantoms, type Journey } from './support/journey.ts';
import { startDcmqrscp } from './support/peers.ts';
import { startWlmscpfs, WORKLIST_AE_TITLE, type ScheduledStep } from './support/worklist-peers.ts';

const steps = (page: Page) => page.locator('[data-step-row]');
const told = (page: Page) => page.getByTestId('query');

/** As DA, so many days from now in the calendar of this place. */
function day(offset: number): string {
  const date = new Date();
  date.setDate(date.getDate() + offset);
  const {
    0: year,
    1: month,
    2: number,
  } = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return `${year}${String(month).padStart(2, '0')}${String(number).padStart(2, '0')}`;
}

/** A page that is turned to the worklist of wlmscpfs. */
async function atWorklist(
  page: Page,
  journey: Journey,
  scheduled: readonly ScheduledStep[],
  peers: readonly Record<string, unknown>[] = [],
): Promise<void> {
  const ris = journey.keep(await startWlmscpfs(scheduled));
  const peer = { name: 'RIS', aeTitle: WORKLIST_AE_TITLE, host: '127.0.0.1', port: ris.port };
  const known: unknown[] = [{ ...peer, worklist: true }, ...peers];
  // A cast: what is beyond the helper's type is for the schema of the bridge to judge.
  await journey.open(await journey.startBridge({ peers: known as [] }));
  await page.getByRole('button', { name: 'Worklist of RIS' }).click();
}

test('today’s worklist is shown, sorted and searched, and a patient’s studies are asked for', async ({
  page,
  journey,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await writePhantoms(journey.folder, 4);
  const pacs = journey.keep(await startDcmqrscp());
  await storeFolder(journey.folder, 'QRSCP', pacs.port);
  const at = { aeTitle: 'QRSCP', host: '127.0.0.1', port: pacs.port };
  await atWorklist(
    page,
    journey,
    [
      { patientName: 'LATE^LISA', patientId: 'L1', date: day(0), time: '1615' },
      { patientName: 'MÜLLER^ÄNNE', patientId: 'L2', date: day(0), characterSet: 'ISO_IR 100' },
      {
        ...{ patientName: 'Yamada^Tarou=山田^太郎', patientId: 'PHANTOM-0001', date: day(0) },
        ...{ time: '1200', modality: 'MR', station: 'MR1', accession: 'A-77' },
        characterSet: 'ISO 2022 IR 87',
      },
      { patientName: 'TOMORROW^TOM', patientId: 'L4', date: day(1), modality: 'MR' },
    ],
    [{ name: 'PACS', ...at }],
  );
  await page.getByRole('button', { name: 'Today' }).click();
  await expect(told(page)).toHaveText('3 steps');
  await expect(steps(page)).toHaveText([
    /08:30.*MÜLLER, ÄNNE/,
    /12:00.*Yamada.*山田/,
    /16:15.*LATE/,
  ]);
  await page.getByRole('button', { name: 'Name' }).click();
  await expect(steps(page).first()).toContainText('LATE');
  expect(await seriousFindings(page)).toEqual([]);

  await page.getByLabel('Modality').fill('mr');
  await page.getByLabel('To', { exact: true }).fill('');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(told(page)).toHaveText('2 steps');
  await page.getByLabel('Name').fill('yama');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(told(page)).toHaveText('Nothing like that is scheduled.');
  await page.getByLabel('Name').fill('Yama');
  await page.keyboard.press('Enter');
  await expect(told(page)).toHaveText('1 step');

  await steps(page).focus();
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Search at')).toBeFocused();
  await page.getByRole('button', { name: 'Copy accession' }).click();
  await expect(page.getByText('Accession copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('A-77');
  await page.getByLabel('Search at').selectOption('PACS');
  await page.getByRole('button', { name: 'Search studies' }).click();
  await expect(told(page)).toHaveText('1 study');
  await expect(page.getByLabel('Patient ID')).toHaveValue('PHANTOM-0001');
  await expect(page.locator('[data-study-row]')).toContainText('PHANTOM-0001');
});

test('steps are gone through by keyboard', async ({ page, journey }) => {
  await atWorklist(page, journey, [
    { patientName: 'A', patientId: 'K1', date: day(0), time: '0700' },
    { patientName: 'B', patientId: 'K2', date: day(0), time: '0800' },
  ]);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await steps(page).first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(steps(page).last()).toBeFocused();
  await expect(page.locator('footer').getByRole('status')).toHaveText('B');
  await page.keyboard.press('Enter');
  // wlmscpfs is no archive: it says so in words.
  await expect(told(page)).toHaveAttribute('data-state', 'failed');
  await expect(page.getByLabel('Patient ID')).toHaveValue('K2');
});

test('a peer gets a worklist in its settings; one that never answers is stopped, one that has none says so', async ({
  page,
  journey,
}) => {
  const mute = await raw.rawServer(async (connection) => {
    await connection.pdu();
    connection.write(raw.associateAc());
    while (await connection.pdu());
  });
  const storescp = await journey.startPeer();
  const at = (name: string, port: number) => ({ name, aeTitle: 'X', host: '127.0.0.1', port });
  const peers = [at('Mute', mute.port), at('Store', storescp.port)];
  await journey.open(await journey.startBridge({ peers }));
  await expect(page.getByRole('button', { name: 'Worklist of' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Settings' }).click();
  for (const name of ['Mute', 'Store']) {
    const card = page.getByRole('listitem').filter({ hasText: name });
    await card.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Has a modality worklist').check();
    await page.getByRole('button', { name: 'Save' }).last().click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await page.getByRole('button', { name: 'Studies' }).click();
  await page.getByRole('button', { name: 'Worklist of Mute' }).click();
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(told(page)).toHaveText('Waiting for the peer’s answers …');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(told(page)).toHaveText('Stopped after 0', { timeout: 2000 });

  await page.getByRole('button', { name: 'Worklist of Store' }).click();
  await page.getByRole('button', { name: 'Today' }).click();
  await expect(told(page)).toHaveAttribute('data-state', 'failed');
  await expect(told(page)).toContainText('C-FIND');
  await mute.close();
});
