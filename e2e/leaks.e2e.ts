import { expect } from '@playwright/test';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropOn, imported } from './support/drop.ts';
import { asPeer, planToSend, settledTransfer, test, writePhantoms } from './support/journey.ts';
import { runTool } from './support/peers.ts';
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
