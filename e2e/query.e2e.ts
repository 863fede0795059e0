import { expect, type Page } from '@playwright/test';
import type { Bridge } from './support/bridge.ts';
import { seriousFindings } from './support/axe.ts';
import { storeFolder, test, writePhantoms } from './support/journey.ts';
import type { Journey } from './support/journey.ts';
import { freePort, startDcmqrscp } from './support/peers.ts';
import * as raw from '../bridge/src/dimse/testing/raw-connection.ts';
import { response, takeMessage, takeRelease } from '../bridge/src/dimse/testing/raw-messages.ts';
import { encodeDataset } from '../shared/dicom/encode.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../shared/dicom/uids.ts';

const rows = (page: Page) => page.locator('[data-study-row]');
const query = (page: Page) => page.getByTestId('query');

/** A page that is turned to a PACS which holds phantoms. */
async function atPacs(
  page: Page,
  journey: Journey,
  settings: Record<string, unknown> = {},
): Promise<Bridge> {
  await writePhantoms(journey.folder, 4);
  const pacs = journey.keep(await startDcmqrscp());
  await storeFolder(journey.folder, 'QRSCP', pacs.port);
  const peer = { name: 'PACS', aeTitle: 'QRSCP', host: '127.0.0.1', port: pacs.port, ...settings };
  const bridge = await journey.startBridge({ peers: [peer] });
  await journey.open(bridge);
  await page.getByRole('button', { name: 'PACS' }).click();
  return bridge;
}

test('a query without a key is refused in words, and asked once the peer allows it', async ({
  page,
  journey,
}) => {
  await atPacs(page, journey);
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(query(page)).toContainText('Give a name');
  await page.getByLabel('Name').fill('*');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(query(page)).toContainText('Give a name');
  await expect(rows(page)).toHaveCount(0);

  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByText('Advanced').click();
  await page.getByLabel('Allow queries without any key').check();
  await page.getByRole('button', { name: 'Save' }).last().click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Studies' }).click();
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(query(page)).toHaveText('3 studies');
});

test('a key that is asked for seldom is found under More, and counts when it is out of sight', async ({
  page,
  journey,
}) => {
  await atPacs(page, journey);
  await expect(page.getByLabel('Referring physician')).toBeHidden();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByLabel('Born').fill('1950-01-01');
  await page.getByRole('button', { name: 'More' }).click();
  await expect(page.getByRole('button', { name: 'More (1)' })).toBeVisible();
  await page.getByLabel('Name').fill('phantom');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(query(page)).toHaveText('The peer has no study like that.');
});

test('a name that the peer’s character set lacks is refused in words', async ({
  page,
  journey,
}) => {
  await atPacs(page, journey, { queryCharacterSet: 'ISO_IR 100' });
  await page.getByLabel('Name').fill('Διον');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(query(page)).toContainText('ISO_IR 100');
  await expect(query(page)).not.toContainText('Διον');
});

test('the columns fill a wide window, stand below their headings, and show an ID as it is', async ({
  page,
  journey,
}) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await atPacs(page, journey);
  await page.getByLabel('Name').fill('PHANTOM');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(rows(page)).toHaveCount(3);
  const headings = await page.getByRole('columnheader').all();
  const cells = await rows(page).first().getByRole('cell').all();
  expect(cells).toHaveLength(headings.length);
  for (const [at, heading] of headings.entries()) {
    const [above, below] = [await heading.boundingBox(), await cells[at]?.boundingBox()];
    expect([below?.x, below?.width]).toEqual([above?.x, above?.width]);
  }
  const last = await headings.at(-1)?.boundingBox();
  expect((last?.x ?? 0) + (last?.width ?? 0)).toBeGreaterThan(1900);
  // Inter would draw the x between digits as ×.
  await expect(rows(page).first()).toHaveCSS('font-variant-ligatures', 'no-contextual');
  await expect(page.getByLabel('From')).toHaveCSS('color-scheme', 'dark');
});

test('a peer that never answers is waited for in words, and Stop frees the user at once', async ({
  page,
  journey,
}) => {
  const server = await raw.rawServer(async (connection) => {
    await connection.pdu();
    connection.write(raw.associateAc());
    // Query and cancel are taken, and never answered.
    while (await connection.pdu());
  });
  const peer = { name: 'PACS', aeTitle: 'MUTE', host: '127.0.0.1', port: server.port };
  await journey.open(await journey.startBridge({ peers: [peer] }));
  await page.getByRole('button', { name: 'PACS' }).click();
  await page.getByLabel('Name').fill('A');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(query(page)).toHaveText('Waiting for the peer’s answers …');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(query(page)).toHaveText('Stopped after 0', { timeout: 2000 });
  await expect(page.getByRole('button', { name: 'Search' })).toBeEnabled();
  await server.close();
});

test('a peer hears that nobody waits for the series of a study any more', async ({
  page,
  journey,
}) => {
  const study = { [Tag.PatientName]: 'A', [Tag.StudyInstanceUID]: '1.2' };
  const asked = Promise.withResolvers<undefined>();
  const cancelled = Promise.withResolvers<number | undefined>();
  const server = await raw.rawServer(async (connection) => {
    await connection.pdu();
    connection.write(raw.associateAc());
    const { command, dataset } = await takeMessage(connection);
    if (dataset.includes('STUDY')) {
      const found = encodeDataset(study, ExplicitVrLittleEndian);
      connection.write(response(command, 0xff00, found));
      connection.write(response(command, 0));
      await takeRelease(connection);
      return;
    }
    asked.resolve(undefined);
    const { command: next } = await takeMessage(connection);
    cancelled.resolve(next.CommandField);
    connection.write(response(command, 0xfe00));
    await takeRelease(connection);
  });
  const peer = { name: 'PACS', aeTitle: 'SLOW', host: '127.0.0.1', port: server.port };
  await journey.open(await journey.startBridge({ peers: [peer] }));
  await page.getByRole('button', { name: 'PACS' }).click();
  await page.getByLabel('Name').fill('A');
  await page.getByRole('button', { name: 'Search' }).click();
  await rows(page).first().locator('.expand').click();
  await asked.promise;
  await page.getByRole('button', { name: 'This computer' }).click();
  expect(await cancelled.promise).toBe(0x0fff);
  await expect(page.getByRole('alert')).toHaveCount(0);
  await server.close();
});

for (const retrieve of ['move', 'get'] as const) {
  test(`images of a series are chosen by keyboard and retrieved alone, by C-${retrieve.toUpperCase()}`, async ({
    page,
    journey,
  }) => {
    await writePhantoms(journey.folder, 4);
    const dicomPort = await freePort();
    const pacs = journey.keep(await startDcmqrscp([{ aeTitle: 'GANTRY', port: dicomPort }]));
    await storeFolder(journey.folder, 'QRSCP', pacs.port);
    const peer = { name: 'PACS', aeTitle: 'QRSCP', host: '127.0.0.1', port: pacs.port, retrieve };
    await journey.open(
      await journey.startBridge({ peers: [peer], dicom: `127.0.0.1:${dicomPort}` }),
    );
    await page.getByRole('button', { name: 'PACS' }).click();
    await page.getByLabel('Patient ID').fill('PHANTOM-');
    await page.getByLabel('Name').fill('PHANTOM');
    await page.getByRole('button', { name: 'Search' }).click();
    const study = rows(page).filter({ hasText: 'BORIS' });
    await study.focus();
    await page.keyboard.press('ArrowRight');
    const series = page.locator('.row.series');
    await expect(series).toHaveCount(1);
    await page.keyboard.press('ArrowDown');
    await expect(series).toBeFocused();
    await page.keyboard.press('ArrowRight');
    const images = page.locator('.row.image');
    await expect(images).toHaveCount(4);
    await expect(images.first()).toContainText('Image 1');
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press(' ');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press(' ');
    await expect(page.getByText('2 images selected')).toBeVisible();
    await page.getByRole('button', { name: 'Retrieve' }).click();
    const card = page.getByTestId('retrieve');
    await expect(card).toHaveAttribute('data-state', 'done');
    await expect(card).toContainText('2 arrived');
    await page.getByRole('button', { name: 'Archive' }).click();
    await expect(rows(page)).toHaveCount(1);
    await rows(page).locator('.expand').click();
    await expect(page.locator('.row.series')).toContainText('2 instances');
  });
}
