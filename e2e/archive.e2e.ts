import { expect } from '@playwright/test';
import { readdir } from 'node:fs/promises';
import { asPeer, settledTransfer, storeFolder, test, writePhantoms } from './support/journey.ts';
import { freePort, startDcmqrscp } from './support/peers.ts';

test('a study that a modality pushes appears by itself, is seen, and is deleted', async ({
  page,
  journey,
}) => {
  await writePhantoms(journey.folder, 5);
  const bridge = await journey.startBridge();
  await journey.open(bridge);
  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByText('The archive is empty')).toBeVisible();
  await storeFolder(journey.folder, 'GANTRY', bridge.dicomPort);
  const rows = page.locator('[data-study-row]');
  await expect(rows).toHaveCount(3);
  await rows.filter({ hasText: 'CT' }).dblclick();
  const viewport = page.getByTestId('viewport');
  await expect(viewport).toHaveAttribute('data-status', 'shown');
  await expect(viewport).toContainText('1/5');
  await page.keyboard.press('End');
  await expect(viewport).toContainText('5/5');
  await page.keyboard.press('Escape');
  await rows.filter({ hasText: 'CT' }).getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(rows).toHaveCount(2);
  await expect(page.getByRole('alertdialog')).toBeHidden();
  await page.getByLabel('Search studies').fill('nobody is called so');
  await expect(page.getByText('No study matches.')).toBeVisible();
});

test('a study that is deleted elsewhere while it is looked at says that it is gone', async ({
  page,
  journey,
}) => {
  await writePhantoms(journey.folder, 40);
  const bridge = await journey.startBridge();
  await storeFolder(journey.folder, 'GANTRY', bridge.dicomPort);
  await journey.open(bridge);
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.locator('[data-study-row]').filter({ hasText: 'CT' }).waitFor();
  // As the bridge answers once another page has deleted it.
  await page.route('**/api/instances/*', (route) => route.fulfill({ status: 404, body: '' }));
  await page.locator('[data-study-row]').filter({ hasText: 'CT' }).dblclick();
  await expect(page.getByTestId('viewport')).toContainText('Was it moved, changed or deleted?');
  // Whose it was is said all the same.
  await expect(page.getByTestId('viewport')).toContainText('PHANTOM, BORIS');
  await expect(page.getByTestId('viewport')).toContainText('PHANTOM-0001');
});

test('a study of the archive is de-identified and sent on', async ({ page, journey }) => {
  const peer = await journey.startPeer();
  const count = await writePhantoms(journey.folder, 3);
  const bridge = await journey.startBridge({ peers: [asPeer(peer)] });
  await journey.open(bridge);
  await storeFolder(journey.folder, 'GANTRY', bridge.dicomPort);
  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(page.locator('[data-study-row]')).toHaveCount(3);
  await page.getByRole('checkbox', { name: 'Select all studies' }).check();
  await page.getByRole('button', { name: 'De-identify and send' }).click();
  await page.getByRole('button', { name: `Send ${count}` }).click();
  await expect(await settledTransfer(page)).toContainText(`${count} sent, 0 withheld, 0 failed`);
  expect(await readdir(peer.folder)).toHaveLength(count);
});

test('a peer is searched, a study retrieved from it, and seen', async ({ page, journey }) => {
  await writePhantoms(journey.folder, 4);
  // The peer must know where Gantry listens before Gantry is there.
  const dicomPort = await freePort();
  const pacs = await startDcmqrscp([{ aeTitle: 'GANTRY', port: dicomPort }]);
  try {
    await storeFolder(journey.folder, 'QRSCP', pacs.port);
    const peers = [{ name: 'PACS', aeTitle: 'QRSCP', host: '127.0.0.1', port: pacs.port }];
    await journey.open(await journey.startBridge({ peers, dicom: `127.0.0.1:${dicomPort}` }));
    await page.getByRole('button', { name: 'PACS' }).click();
    await page.getByLabel('Name').fill('PHANTOM');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page.getByTestId('query')).toHaveAttribute('data-state', 'done');
    const rows = page.locator('[data-study-row]');
    await expect(rows).toHaveCount(3);
    await page.getByLabel('Patient ID').fill('PHANTOM-0002');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page.getByTestId('query')).toHaveText('1 study');
    await rows.first().locator('.expand').click();
    await expect(page.locator('.series')).toHaveCount(1);
    await rows.first().dblclick();
    await expect(page.getByTestId('viewport')).toHaveAttribute('data-status', 'shown');
    await expect(page.getByTestId('retrieve')).toHaveAttribute('data-state', 'done');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'Archive' })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    await expect(rows).toHaveCount(1);
  } finally {
    await pacs.stop();
  }
});

test('a study comes by C-GET too, with nothing that listens', async ({ page, journey }) => {
  await writePhantoms(journey.folder, 3);
  const pacs = await startDcmqrscp();
  try {
    await storeFolder(journey.folder, 'QRSCP', pacs.port);
    const peer = { name: 'PACS', aeTitle: 'QRSCP', host: '127.0.0.1', port: pacs.port };
    const peers = [{ ...peer, retrieve: 'get' }];
    await journey.open(await journey.startBridge({ peers, dicom: '0' }));
    await page.getByRole('button', { name: 'PACS' }).click();
    await page.getByLabel('Name').fill('PHANTOM');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page.locator('[data-study-row]')).toHaveCount(3);
    await page.getByRole('checkbox', { name: 'Select all studies' }).check();
    await page.getByRole('button', { name: 'Retrieve' }).click();
    await expect(page.locator('[data-testid=retrieve][data-state=done]')).toHaveCount(3);
    await page.getByRole('button', { name: 'Archive' }).click();
    await expect(page.locator('[data-study-row]')).toHaveCount(3);
  } finally {
    await pacs.stop();
  }
});

test('a peer that is down says so in the search', async ({ page, journey }) => {
  const peers = [{ name: 'PACS', aeTitle: 'QRSCP', host: '127.0.0.1', port: await freePort() }];
  await journey.open(await journey.startBridge({ peers }));
  await page.getByRole('button', { name: 'PACS' }).click();
  await page.getByLabel('Name').fill('PHANTOM');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByTestId('query')).toHaveAttribute('data-state', 'failed');
  await expect(page.getByTestId('query')).toContainText(/nothing listens|refused/i);
});

test('a peer tells what it takes, and one that is down says why it can’t', async ({
  page,
  journey,
}) => {
  const peer = await journey.startPeer(['+xa']);
  const down = { ...asPeer(peer, 'Down'), port: await freePort() };
  await journey.open(await journey.startBridge({ peers: [asPeer(peer), down] }));
  await page.getByRole('button', { name: 'Settings' }).click();
  const rows = page.getByTestId('peer');
  await rows.filter({ hasText: 'PACS' }).getByRole('button', { name: 'What it takes' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('OFFIS_DCMTK_', { exact: false })).toBeVisible();
  await dialog.getByLabel('Search SOP classes').fill('CT Image');
  await expect(dialog.getByRole('row', { name: /^CT Image Storage/ })).toBeVisible();
  await expect(dialog.getByText(/All of them in .*JPEG 2000/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await rows.filter({ hasText: 'Down' }).getByRole('button', { name: 'What it takes' }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText(/listens|refused/i);
});
