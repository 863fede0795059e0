import { expect, type Page } from '@playwright/test';
import { zipSync } from 'fflate';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { oddImage } from '../shared/pixels/testing/image-builder.ts';
import { Canaries } from '../web/src/deidentify/testing/canaries.ts';
import { dropOn, imported } from './support/drop.ts';
import { asPeer, planToSend, settledTransfer, test, writePhantoms } from './support/journey.ts';
import { freePort, runTool } from './support/peers.ts';
import { givePickers, savedFile } from './support/pickers.ts';
import { startRecordingProxy, type RecordingProxy } from './support/recording-proxy.ts';
import { recordFrames } from './support/traffic.ts';

let proxy: RecordingProxy;

test.use({
  // The fixture of the context is made for each test: each has a proxy of its own.
  context: async ({ browser }, use) => {
    proxy = await startRecordingProxy();
    const context = await browser.newContext({
      proxy: { server: proxy.server, bypass: '<-loopback>' },
      viewport: { width: 1400, height: 860 },
    });
    await use(context);
    await context.close();
    await proxy.stop();
  },
});

test('a de-identified send leaks nothing, and every instance arrives', async ({
  page,
  journey,
}) => {
  const peer = await journey.startPeer();
  const bridge = await journey.startBridge({ peers: [asPeer(peer)] });
  const count = await writePhantoms(journey.folder);
  const frames = recordFrames(page);
  await journey.open(bridge);
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  const changes = page.getByTestId('changes');
  await expect(changes.getByRole('row', { name: /Patient's Name/ }).first()).toContainText('ANON-');
  await page.getByRole('button', { name: /^Send \d+$/ }).click();
  const card = await settledTransfer(page);
  await expect(card).toContainText(`${count} sent, 0 withheld, 0 failed of ${count}`);

  const secrets = await secretsOf(journey.folder);
  expect(secrets.length).toBeGreaterThan(10);
  const names = await readdir(peer.folder);
  expect(names).toHaveLength(count);
  for (const name of names) {
    const path = join(peer.folder, name);
    const bytes = await readFile(path);
    expect(secrets.filter((secret) => bytes.includes(secret))).toEqual([]);
    const dump = await runTool('dcmdump', ['+P', 'PatientName', '+P', '0012,0062', path]);
    expect(dump.code).toBe(0);
    expect(dump.output).toContain('ANON-');
    expect(dump.output).toContain('YES');
  }
  const fileNames = (await readdir(journey.folder)).filter((name) => name.length > 5);
  const forbidden = [...secrets, ...fileNames, journey.folder];
  const requests = proxy.recorded();
  // The recording holds what it is meant to hold: the uploads, pixels and all.
  expect(requests.includes('/batches')).toBe(true);
  expect(requests.byteLength).toBeGreaterThan(count * 10_000);
  expect(forbidden.filter((text) => requests.includes(text))).toEqual([]);
  const messages = frames.everything();
  expect(messages).toContain('"type":"storeResults"');
  expect(forbidden.filter((text) => messages.includes(text))).toEqual([]);
});

/** What a page may have left in its browser, as one text. */
async function leftInBrowser(page: Page): Promise<string> {
  const parts = await page.evaluate(async () => {
    const found: string[] = [document.title, location.href, document.cookie];
    const show = (value: unknown): string =>
      JSON.stringify(value, (_, part: unknown) => {
        if (part instanceof FileSystemHandle) return part.name;
        if (part instanceof ArrayBuffer) return new TextDecoder('latin1').decode(part);
        if (ArrayBuffer.isView(part)) return new TextDecoder('latin1').decode(part.buffer);
        if (part instanceof Map || part instanceof Set) return Array.from<unknown>(part);
        return part;
      });
    found.push(
      show(Object.entries(localStorage)),
      show(Object.entries(sessionStorage)),
      show(history.state),
    );
    found.push(...performance.getEntriesByType('resource').map(({ name }) => name));
    for (const name of await caches.keys()) {
      found.push(name);
      for (const { url } of await (await caches.open(name)).keys()) found.push(url);
    }
    for (const { name = '' } of await indexedDB.databases()) {
      const opening = indexedDB.open(name);
      await new Promise((resolve) => (opening.onsuccess = resolve));
      for (const store of opening.result.objectStoreNames) {
        const asked = opening.result.transaction(store).objectStore(store).getAll();
        await new Promise((resolve) => (asked.onsuccess = resolve));
        found.push(name, store, show(asked.result));
      }
      opening.result.close();
    }
    const walk = async (folder: FileSystemDirectoryHandle) => {
      for await (const [name, handle] of folder.entries()) {
        found.push(`opfs:${name}`);
        if (handle.kind === 'directory') await walk(handle);
        else found.push(await (await handle.getFile()).text());
      }
    };
    await walk(await navigator.storage.getDirectory());
    // A cast: the test's own, put there before the page began.
    found.push(...(window as unknown as { notified: string[] }).notified);
    return found;
  });
  return parts.join('\n');
}

/** A ZIP of files, stored as they are, with a comment at its end. */
function zipOf(files: Readonly<Record<string, Uint8Array>>, comment: string): Buffer {
  const zip = Buffer.from(zipSync({ ...files }, { level: 0 }));
  zip.writeUInt16LE(comment.length, zip.length - 2);
  return Buffer.concat([zip, Buffer.from(comment)]);
}

test('canaries in headers, names, paths and a ZIP’s comment are found in nothing that leaves or stays', async ({
  page,
  journey,
}) => {
  const canaries = new Canaries();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await page.addInitScript(() => {
    const notified: string[] = [];
    const granted = { permission: 'granted', requestPermission: () => Promise.resolve('granted') };
    const Notified = Object.assign(function (...words: unknown[]) {
      notified.push(JSON.stringify(words));
    }, granted);
    Object.assign(window, { notified, Notification: Notified });
  });
  const frames = recordFrames(page);
  const peer = await journey.startPeer();
  const down = { name: 'DOWN', aeTitle: 'DOWN', host: '127.0.0.1', port: await freePort() };
  const log = join(journey.folder, 'bridge.log');
  const bridge = await journey.startBridge({
    peers: [asPeer(peer), down],
    configuration: { log: { level: 'debug', file: log } },
  });
  const images = Array.from({ length: 5 }, (_, i) =>
    oddImage({
      [Tag.PatientName]: canaries.text(),
      [Tag.PatientID]: canaries.text(),
      [Tag.PatientBirthDate]: canaries.date(),
      [Tag.AccessionNumber]: canaries.text(),
      [Tag.StudyInstanceUID]: canaries.uid(),
      [Tag.SeriesInstanceUID]: canaries.uid(),
      [Tag.StudyDescription]: canaries.text(),
      [Tag.SeriesDescription]: canaries.text(),
      [Tag.InstitutionName]: canaries.text(),
      [Tag.ReferringPhysicianName]: canaries.text(),
      [Tag.PatientComments]: canaries.text(),
      [Tag.InstanceNumber]: String(i + 1),
      [Tag.ImageComments]: canaries.text(),
      [0x00091010]: { vr: 'LO', value: canaries.text() },
      // One is withheld, with its reason on screen.
      [Tag.BurnedInAnnotation]: i === 3 ? 'YES' : 'NO',
    }),
  );
  const last = images.pop() ?? new Uint8Array();
  const files = Object.fromEntries(
    images.map((bytes, i) => [
      `${canaries.text()}/${canaries.text()}/${i}${canaries.text()}.dcm`,
      bytes,
    ]),
  );
  const cut = { [`${canaries.text()}.dcm`]: last.subarray(0, last.length - 100) };
  const zip = join(journey.folder, `${canaries.text()}.zip`);
  await writeFile(zip, zipOf({ ...files, ...cut }, canaries.text()));
  const clean = (what: string, bytes: Uint8Array | string) =>
    expect(canaries.foundIn(Buffer.from(bytes)), what).toEqual([]);
  // What is looked for can be found.
  expect(canaries.foundIn(await readFile(zip)).length).toBeGreaterThan(40);

  await journey.open(bridge);
  await givePickers(page);
  await dropOn(page, zip);
  await imported(page);
  await page.locator('[data-study-row]').first().dblclick();
  await page.getByTestId('viewport').first().waitFor();
  clean('title of the viewer', await page.title());
  await page.getByRole('button', { name: 'Studies' }).first().click();
  await planToSend(page, 'De-identify and send');
  await expect(page.getByText('3 can be sent')).toBeVisible();
  for (const reason of await page.locator('.reason').allInnerTexts()) clean('reason', reason);
  for (const button of ['Save report (JSON)', 'Save report (CSV)']) {
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: button }).click();
    const saved = await waiting;
    clean(button, saved.suggestedFilename());
    clean(button, await readFile(await saved.path()));
  }
  await page.getByRole('button', { name: 'Save as ZIP' }).click();
  await expect(page.getByText('3 written')).toBeVisible();
  clean('ZIP', await savedFile(page, 'deidentified.zip'));

  // A transfer that waits for its peer is kept by the browser.
  await page.getByLabel('Peer', { exact: true }).selectOption('DOWN');
  await page.getByRole('button', { name: 'Send 3' }).click();
  await expect(await settledTransfer(page)).toHaveAttribute('data-state', 'interrupted');
  const kept = await leftInBrowser(page);
  expect(kept).toContain('gantry-transfers');
  expect(kept).toContain('fingerprint');
  clean('browser, while a transfer waits', kept);
  await page.getByTestId('transfer').getByRole('button', { name: 'Cancel' }).click();

  await page.getByRole('button', { name: 'Studies' }).first().click();
  await planToSend(page, 'De-identify and send');
  await page.getByLabel('Peer', { exact: true }).selectOption('PACS');
  await page.getByRole('button', { name: 'Send 3' }).click();
  await expect(page.getByText('3 sent, 2 withheld, 0 failed of 5')).toBeVisible();
  clean('browser, in the end', await leftInBrowser(page));
  const received = await readdir(peer.folder);
  expect(received).toHaveLength(3);
  for (const name of received) clean('received', await readFile(join(peer.folder, name)));
  clean('requests', proxy.recorded());
  clean('messages', frames.everything());
  clean('console', said.join('\n'));
  clean('output of the bridge', bridge.output());
  clean('log of the bridge', await readFile(log));
  const folder = await readdir(bridge.folder, { recursive: true, withFileTypes: true });
  for (const entry of folder.filter((found) => found.isFile())) {
    clean(entry.name, entry.name);
    clean(entry.name, await readFile(join(entry.parentPath, entry.name)));
  }
});

/** Names, IDs, UIDs, dates and texts of the phantoms in a folder, as DCMTK reads them. */
async function secretsOf(folder: string): Promise<string[]> {
  const tags = ['PatientName', 'PatientID', 'PatientBirthDate', 'StudyDate', 'StudyInstanceUID'];
  const more = ['SeriesInstanceUID', 'SOPInstanceUID', 'AccessionNumber', 'StudyDescription'];
  const secrets = new Set<string>();
  for (const name of await readdir(folder)) {
    const args = [...tags, ...more].flatMap((tag) => ['+P', tag]);
    const { output } = await runTool('dcmdump', [...args, join(folder, name)]);
    for (const [, value] of output.matchAll(/\[([^\]]{6,})\]/g)) {
      if (value !== undefined) secrets.add(value);
    }
  }
  return [...secrets];
}
