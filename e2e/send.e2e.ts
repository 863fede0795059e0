import { expect, type Page } from '@playwright/test';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bufferSource } from '../shared/dicom/byte-source.ts';
import { readInstance } from '../shared/dicom/read-instance.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { dropOn, imported } from './support/drop.ts';
import { asPeer, planToSend, settledTransfer, test, writePhantoms } from './support/journey.ts';
import { datasetOf } from './support/part10.ts';
import { freePort, runTool, type Peer } from './support/peers.ts';

async function received(peer: Peer): Promise<Map<string, Buffer>> {
  const names = await readdir(peer.folder);
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(join(peer.folder, name))] as const),
  );
  return new Map(files);
}

async function send(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Send \d+$/ }).click();
}

test('a peer is added in the settings and answers an echo', async ({ page, journey }) => {
  const peer = await journey.startPeer();
  await journey.open(await journey.startBridge());
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Add peer' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('PACS');
  await dialog.getByLabel('AE title', { exact: true }).fill('STORESCP');
  await dialog.getByLabel('Host').fill(peer.host);
  await dialog.getByLabel('Port').fill('99999');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('between 1 and 65535');
  await dialog.getByLabel('Port').fill(String(peer.port));
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Echo' }).click();
  await expect(page.getByTestId('peer')).toContainText(/Answered in \d+ ms/);
});

test('a plain send delivers the data sets byte for byte', async ({ page, journey }) => {
  const peer = await journey.startPeer();
  const count = await writePhantoms(journey.folder);
  await journey.open(await journey.startBridge({ peers: [asPeer(peer)] }));
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'Send');
  await send(page);
  await expect(await settledTransfer(page)).toContainText(`${count} sent, 0 withheld, 0 failed`);
  const arrived = new Set([...(await received(peer)).values()].map((file) => datasetOf(file)));
  const sources = await readdir(journey.folder);
  for (const name of sources.filter(
    (file) => !/\.(txt|dcm)$/.test(file) || file.startsWith('ct'),
  )) {
    if (name === 'notes.txt' || name === 'report.dcm') continue;
    const source = datasetOf(await readFile(join(journey.folder, name)));
    expect(
      [...arrived].some((dataset) => dataset.equals(source)),
      name,
    ).toBe(true);
  }
});

test('a truncated file is withheld with its reason; the others are sent', async ({
  page,
  journey,
}) => {
  const peer = await journey.startPeer();
  const files = [...ctSeries({ slices: 3 })];
  for (const [i, { bytes }] of files.entries()) {
    await writeFile(join(journey.folder, `IM${i}`), i === 1 ? bytes.subarray(0, -999) : bytes);
  }
  await journey.open(await journey.startBridge({ peers: [asPeer(peer)] }));
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await expect(page.getByText('1 will be withheld')).toBeVisible();
  await expect(page.getByText(/The file is damaged: PixelData/)).toBeVisible();
  await send(page);
  await expect(await settledTransfer(page)).toContainText('2 sent, 1 withheld, 0 failed of 3');
});

test('a peer that is down interrupts the transfer, which resumes when it is back', async ({
  page,
  journey,
}) => {
  const port = await freePort();
  const down = { name: 'PACS', aeTitle: 'STORESCP', host: '127.0.0.1', port };
  const up = await journey.startPeer();
  const bridge = await journey.startBridge({ peers: [down] });
  const count = await writePhantoms(journey.folder);
  await journey.open(bridge);
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await send(page);
  const card = await settledTransfer(page);
  await expect(card).toHaveAttribute('data-state', 'interrupted');
  await expect(card.getByRole('alert')).toContainText(/nothing listens|refused/i);
  await expect(card).toContainText(`0 sent, 0 withheld, 0 failed of ${count}`);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByLabel('Port').fill(String(up.port));
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await card.getByRole('button', { name: 'Resume' }).click();
  await expect(card).toHaveAttribute('data-state', 'done');
  await expect(card).toContainText(`${count} sent, 0 withheld, 0 failed of ${count}`);
});

test('a transfer goes on after a reload when its folder is dropped again', async ({
  page,
  journey,
}) => {
  const down = { name: 'PACS', aeTitle: 'STORESCP', host: '127.0.0.1', port: await freePort() };
  const up = await journey.startPeer();
  const bridge = await journey.startBridge({ peers: [down] });
  const files = [...ctSeries({ slices: 4 })].map(({ bytes }) => Buffer.from(bytes));
  const zip = await zipOf(files);
  await writeFile(join(journey.folder, 'study.zip'), zip);
  await journey.open(bridge);
  await dropOn(page, join(journey.folder, 'study.zip'));
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await send(page);
  await expect(await settledTransfer(page)).toHaveAttribute('data-state', 'interrupted');
  await page.reload();
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByLabel('Port').fill(String(up.port));
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Transfers' }).click();
  const card = page.getByTestId('transfer');
  await expect(card).toContainText('4 files must be dropped or opened again');
  await dropOn(page, join(journey.folder, 'study.zip'));
  await imported(page);
  await card.getByRole('button', { name: 'Resume' }).click();
  await expect(card).toContainText('4 sent, 0 withheld, 0 failed of 4');
  // What was kept for it is gone.
  await expect.poll(() => page.evaluate(countKeptTransfers)).toBe(0);
});

test('a page that is opened again finishes by the handles that the browser kept', async ({
  page,
  journey,
}) => {
  const down = { name: 'PACS', aeTitle: 'STORESCP', host: '127.0.0.1', port: await freePort() };
  const up = await journey.startPeer();
  await journey.open(await journey.startBridge({ peers: [down] }));
  const contents = [...ctSeries({ slices: 3 })].map(({ bytes }) =>
    Buffer.from(bytes).toString('base64'),
  );
  // A folder of the origin's own file system keeps its permission over a reload, as an installed page's folders do.
  await page.evaluate(async (files) => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('picked', { create: true });
    for (const [i, content] of files.entries()) {
      const handle = await folder.getFileHandle(`IM${i}`, { create: true });
      const writable = await handle.createWritable();
      await writable.write(Uint8Array.fromBase64(content));
      await writable.close();
    }
    Object.assign(window, { showDirectoryPicker: () => Promise.resolve(folder) });
  }, contents);
  await page.getByRole('button', { name: 'Open folder' }).first().click();
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await send(page);
  await expect(await settledTransfer(page)).toHaveAttribute('data-state', 'interrupted');
  await page.reload();
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByLabel('Port').fill(String(up.port));
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Transfers' }).click();
  const card = page.getByTestId('transfer');
  await card.getByRole('button', { name: 'Resume' }).click();
  await expect(card).toContainText('3 sent, 0 withheld, 0 failed of 3');
});

test('a peer that aborts in the middle is named; nothing is lost', async ({ page, journey }) => {
  const peer = await journey.startPeer(['+B', '+xa', '--abort-during']);
  await journey.open(await journey.startBridge({ peers: [asPeer(peer)] }));
  const count = await writePhantoms(journey.folder);
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await send(page);
  const card = await settledTransfer(page);
  await expect(card).toContainText(/ended|aborted|lost/i);
  const text = await card.innerText();
  const [, stored, withheld, failed, total] =
    /(\d+) sent, (\d+) withheld, (\d+) failed of (\d+)/.exec(text)?.map(Number) ?? [];
  expect(total).toBe(count);
  expect((stored ?? 0) + (withheld ?? 0) + (failed ?? 0)).toBeLessThanOrEqual(count);
  await expect(card).toHaveAttribute('data-state', 'interrupted');
  await expect(card.getByRole('button', { name: 'Resume' })).toBeVisible();
});

/** storescp's settings for one that takes MR alone. */
const RLE_ALONE = `
[[TransferSyntaxes]]
[RLE]
TransferSyntax1 = 1.2.840.10008.1.2.5
[[PresentationContexts]]
[CT]
PresentationContext1 = 1.2.840.10008.5.1.4.1.1.2\\RLE
[[Profiles]]
[Default]
PresentationContexts = CT
`;

/** Pixel Data of a file in Explicit VR Little Endian, as text to compare. */
async function pixelsOf(path: string): Promise<string> {
  const { dataset, source } = await readInstance(
    bufferSource(new Uint8Array(await readFile(path))),
  );
  const pixels = dataset.get(Tag.PixelData);
  if (!pixels) throw new Error(`${path} has no Pixel Data.`);
  return Buffer.from(await source.read(pixels.valueStart, pixels.length)).toString('base64');
}

const MR_ALONE = `[[TransferSyntaxes]]
[Uncompressed]
TransferSyntax1 = LittleEndianExplicit
[[PresentationContexts]]
[MrAlone]
PresentationContext1 = MRImageStorage\\Uncompressed
[[Profiles]]
[Default]
PresentationContexts = MrAlone
`;

test('a peer that rejects, one that takes no CT, and one that takes another syntax are told apart', async ({
  page,
  journey,
}) => {
  const rejecting = await journey.startPeer(['--refuse']);
  const settings = join(rejecting.folder, 'mr-alone.cfg');
  await writeFile(settings, MR_ALONE);
  const picky = await journey.startPeer(['-xf', settings, 'Default']);
  // +xi: Implicit VR Little Endian alone; the phantoms are explicit.
  const implicit = await journey.startPeer(['+xi']);
  const peers = [
    asPeer(rejecting, 'REJECTING'),
    asPeer(picky, 'PICKY'),
    asPeer(implicit, 'IMPLICIT'),
  ];
  await journey.open(await journey.startBridge({ peers }));
  for (const [i, { bytes }] of [...ctSeries({ slices: 2 })].entries()) {
    await writeFile(join(journey.folder, `IM${i}`), bytes);
  }
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await page.getByLabel('Peer').selectOption('REJECTING');
  await send(page);
  const card = await settledTransfer(page);
  await expect(card.getByRole('alert')).toContainText(/rejected/i);
  await card.getByRole('button', { name: 'Cancel' }).click();
  await planToSend(page, 'De-identify and send');
  await page.getByLabel('Peer').selectOption('PICKY');
  await send(page);
  const second = await settledTransfer(page);
  await expect(second).toHaveAttribute('data-state', 'done');
  await expect(second).toContainText('0 sent, 0 withheld, 2 failed of 2');
  await second.getByText('Why').click();
  await expect(second).toContainText('does not take this kind of object');
  await planToSend(page, 'De-identify and send');
  await page.getByLabel('Peer').selectOption('IMPLICIT');
  await send(page);
  await expect(await settledTransfer(page)).toContainText('2 sent, 0 withheld, 0 failed of 2');
  expect(await readdir(implicit.folder)).toHaveLength(2);
});

async function zipOf(files: readonly Buffer[]): Promise<Uint8Array> {
  const { zipSync } = await import('fflate');
  return zipSync(Object.fromEntries(files.map((bytes, i) => [`IM${i}`, new Uint8Array(bytes)])));
}

/** Runs in the page. */
function countKeptTransfers(): Promise<number> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('gantry-transfers');
    opening.onerror = () => reject(new Error('The database can not be opened.'));
    opening.onsuccess = () => {
      const database = opening.result;
      const stores = database.transaction(['jobs', 'items']);
      let count = 0;
      stores.objectStore('jobs').count().onsuccess = (event) =>
        (count += (event.target as IDBRequest<number>).result);
      stores.objectStore('items').count().onsuccess = (event) =>
        (count += (event.target as IDBRequest<number>).result);
      stores.oncomplete = () => {
        database.close();
        resolve(count);
      };
    };
  });
}

test('the page decodes and encodes what the peer does not take as it is', async ({
  page,
  journey,
}) => {
  const [first, second] = [...ctSeries({ slices: 2, size: 64 })];
  const originals = [join(journey.folder, 'native.dcm'), join(journey.folder, 'compressed.dcm')];
  const [native = '', compressed = ''] = originals;
  await writeFile(native, first?.bytes ?? '');
  await writeFile(compressed, second?.bytes ?? '');
  const expected = await Promise.all(originals.map(pixelsOf));
  expect((await runTool('dcmcjpeg', [compressed, compressed])).code).toBe(0);
  const implicit = await journey.startPeer(['+xi']);
  const settings = join(implicit.folder, '..', `${basename(implicit.folder)}-rle.cfg`);
  await writeFile(settings, RLE_ALONE);
  const packed = await journey.startPeer(['-xf', settings, 'Default']);
  const peers = [asPeer(implicit, 'IMPLICIT'), asPeer(packed, 'PACKED')];
  await journey.open(await journey.startBridge({ peers }));
  const convertersOf = () => page.workers().filter((worker) => worker.url().includes('convert'));
  await dropOn(page, journey.folder);
  await imported(page);
  for (const [name, peer, decode] of [
    ['IMPLICIT', implicit, 'dcmconv'],
    ['PACKED', packed, 'dcmdrle'],
  ] as const) {
    await planToSend(page, 'De-identify and send');
    await page.getByLabel('Peer').selectOption(name);
    await send(page);
    await expect(await settledTransfer(page)).toContainText('2 sent, 0 withheld, 0 failed of 2');
    expect(convertersOf().length).toBeGreaterThan(0);
    const pixels = await Promise.all(
      (await readdir(peer.folder)).map(async (file) => {
        const path = join(peer.folder, file);
        expect((await runTool(decode, ['+te', path, path])).code).toBe(0);
        return pixelsOf(path);
      }),
    );
    expect(new Set(pixels)).toEqual(new Set(expected));
  }
});
