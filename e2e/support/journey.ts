import { expect, test as base, type Page } from '@playwright/test';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { mrSeries } from '../../bridge/src/samples/phantom/mr-series.ts';
import { ultrasoundClip } from '../../bridge/src/samples/phantom/ultrasound-clip.ts';
import { startBridge, type Bridge, type BridgeOptions } from './bridge.ts';
import { runTool, startStorescp, type Peer } from './peers.ts';

/** Real files, where the machine has them; undefined makes journeys use phantoms alone. */
export const realFiles = process.env['GANTRY_TEST_DATA'];

export interface Journey {
  /** A folder of its own, removed at the end. */
  readonly folder: string;
  startBridge(options?: BridgeOptions): Promise<Bridge>;
  startPeer(options?: readonly string[]): Promise<Peer>;
  /** Has a peer stopped at the end. */
  keep<Kept extends { stop(): Promise<void> }>(peer: Kept): Kept;
  /** Opens the bridge's page by its link. What the page throws fails the test at its end. */
  open(bridge: Bridge): Promise<void>;
}

/** A page with bridges and peers that end with the test. */
export const test = base.extend<{ journey: Journey }>({
  journey: async ({ page }, use) => {
    const endings: (() => Promise<void>)[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'gantry-journey-'));
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
    await use({
      folder,
      startBridge: async (options) => {
        const bridge = await startBridge(options);
        endings.push(bridge.stop);
        return bridge;
      },
      startPeer: async (options = ['+B', '+xa']) => {
        const peer = await startStorescp(options);
        endings.push(() => peer.stop());
        return peer;
      },
      keep: (peer) => {
        endings.push(() => peer.stop());
        return peer;
      },
      open: async (bridge) => {
        await page.goto(bridge.link());
        await page.getByRole('button', { name: 'Settings' }).waitFor();
      },
    });
    for (const end of endings.reverse()) await end();
    await rm(folder, { recursive: true, force: true });
    if (errors.length > 0) throw new Error(`The page threw:\n${errors.join('\n')}`);
  },
});

/** A storescp as the bridge's settings know it. */
export const asPeer = (peer: Peer, name = 'PACS') => ({
  name,
  aeTitle: 'STORESCP',
  host: peer.host,
  port: peer.port,
});

/** Writes phantoms of three modalities into a folder, with files among them that are no DICOM. */
export async function writePhantoms(folder: string, slices = 4): Promise<number> {
  const files = [...ctSeries({ slices }), ...mrSeries(), ultrasoundClip()];
  for (const { fileName, bytes } of files) {
    await writeFile(join(folder, fileName.replaceAll('/', '_')), bytes);
  }
  await writeFile(join(folder, 'notes.txt'), 'Not an image.\n');
  await writeFile(join(folder, 'report.dcm'), 'A text that calls itself DICOM.\n');
  return files.length;
}

/** Stores a folder's phantoms at a DICOM node, as a modality would. */
export async function storeFolder(folder: string, aeTitle: string, port: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !/^(notes|report)/.test(name));
  const files = names.map((name) => join(folder, name));
  const run = await runTool('storescu', ['-aec', aeTitle, '127.0.0.1', String(port), ...files]);
  expect(run.code, run.output).toBe(0);
}

/** Copies named real files into a folder. */
export async function copyRealFiles(folder: string, names: readonly string[]): Promise<void> {
  const root = join(realFiles ?? '', 'dicom');
  const all = await readdir(root, { recursive: true });
  for (const name of names) {
    const path = all.find((candidate) => candidate.endsWith(name));
    if (path === undefined) throw new Error(`There is no file ${name} among the real ones.`);
    await cp(join(root, path), join(folder, name.replaceAll('/', '_')));
  }
}

/** Ticks every study and opens the screen that sends. */
export async function planToSend(
  page: Page,
  action: 'Send' | 'De-identify and send',
): Promise<void> {
  await page.getByRole('checkbox', { name: 'Select all studies' }).check();
  await page.getByRole('button', { name: action, exact: true }).click();
  await page.getByRole('heading', { name: action }).waitFor();
}

/** The newest transfer, once it has come to an end or a halt. */
export async function settledTransfer(page: Page) {
  const card = page.getByTestId('transfer').first();
  await page.locator('[data-testid=transfer]:not([data-state=running])').first().waitFor();
  return card;
}
