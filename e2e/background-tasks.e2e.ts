import { expect } from '@playwright/test';
import { readdir, writeFile } from 'node:fs/promises';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { join } from 'node:path';
import { dropOn, imported } from './support/drop.ts';
import { planToSend, settledTransfer, storeFolder, test } from './support/journey.ts';
import { freePort, ORTHANC_AE_TITLE, startOrthanc } from './support/peers.ts';

async function writeSlices(folder: string, slices: number): Promise<void> {
  for (const [index, { bytes }] of [...ctSeries({ slices })].entries()) {
    await writeFile(join(folder, `IM${index}`), bytes);
  }
}

test('what is sent to a peer that is asked to keep it is committed, and marked in the archive', async ({
  page,
  journey,
}) => {
  const port = await freePort();
  const orthanc = journey.keep(await startOrthanc([{ aeTitle: 'GANTRY', port }]));
  const peer = { name: 'PACS', aeTitle: ORTHANC_AE_TITLE, host: '127.0.0.1', port: orthanc.port };
  const bridge = await journey.startBridge({ peers: [peer], dicom: `127.0.0.1:${port}` });
  await writeSlices(journey.folder, 4);
  await storeFolder(journey.folder, 'GANTRY', port);
  await journey.open(bridge);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByTestId('peer').getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Ask it to keep safely what is sent to it').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Studies' }).click();
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'Send');
  await page.getByRole('button', { name: /^Send \d+$/ }).click();
  const card = await settledTransfer(page);
  await expect(card).toContainText('4 sent, 0 withheld, 0 failed of 4');
  await expect(card).toContainText('Committed 4 of 4');
  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByLabel('Kept safely by PACS')).toBeVisible();
  // The bridge remembers it for the next page.
  await page.reload();
  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByLabel('Kept safely by PACS')).toBeVisible();
});

test('a rule that is made on the screen sends on what comes', async ({ page, journey }) => {
  const sink = await journey.startPeer();
  const peer = { name: 'SINK', aeTitle: 'STORESCP', host: sink.host, port: sink.port };
  const bridge = await journey.startBridge({ peers: [peer] });
  await journey.open(bridge);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Add rule' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name of the rule').fill('CT to SINK');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('A rule needs a peer to send to.');
  await dialog.getByLabel('To', { exact: true }).selectOption('SINK');
  await dialog.getByLabel('Seconds without anything new').fill('1');
  await dialog.getByLabel('Modalities').fill('ct');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByTestId('forward-rule')).toContainText('CT to SINK');
  await writeSlices(journey.folder, 3);
  await storeFolder(journey.folder, 'GANTRY', bridge.dicomPort);
  await page.getByRole('button', { name: 'Transfers' }).click();
  const card = page.getByTestId('forward');
  await expect(card).toHaveAttribute('data-state', 'done', { timeout: 15_000 });
  await expect(card).toContainText('3 sent');
  expect(await readdir(sink.folder)).toHaveLength(3);
  await card.getByRole('button', { name: 'Remove from the list' }).click();
  await expect(card).toHaveCount(0);
  const rule = page.getByTestId('forward-rule');
  await rule.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('No rule: nothing is forwarded.')).toBeVisible();
});
