// Forwarding, of the bridge as it runs: pushed by storescu, sent on to storescp.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startBridge, type Bridge, type BridgeOptions } from '../../e2e/support/bridge.ts';
import { openPage } from '../../e2e/support/page-socket.ts';
import { freePort, runTool, startStorescp, type Peer } from '../../e2e/support/peers.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { ExplicitVrBigEndian } from '../../shared/dicom/uids.ts';
import { madeFile, madeInstance } from './archive/testing/made-instance.ts';
import { written } from './archive/testing/storage-listener.ts';
import { readPart10 } from './dimse/testing/part10.ts';

const LONG = process.env['GANTRY_TEST_LONG'] !== undefined;
const KILLS = LONG ? 20 : 3;
const SC = '1.2.840.10008.5.1.4.1.1.7';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function start(options: BridgeOptions): Promise<Bridge> {
  const bridge = await startBridge(options);
  endings.push(bridge.stop);
  return bridge;
}

async function startSink(options: readonly string[] = ['+B', '+xa'], port?: number): Promise<Peer> {
  const sink = await startStorescp(options, port);
  endings.push(() => sink.stop());
  return sink;
}

const peerAt = (port: number, more: object = {}) => ({
  ...{ name: 'SINK', aeTitle: 'SINK', host: '127.0.0.1', port },
  ...more,
});

/** Each modality in a series of its own. */
const made = (study: string, instance: string, modality = 'CT') =>
  madeFile(
    madeInstance({
      study,
      series: `${study}.0.${modality.charCodeAt(0)}`,
      instance: `${study}.${instance}`,
      fields: { [Tag.Modality]: modality },
    }),
  );

async function push(
  bridge: Pick<Bridge, 'dicomPort'>,
  files: readonly Uint8Array[],
  aeTitle = 'MODALITY',
) {
  const titles = ['-aet', aeTitle, '-aec', 'GANTRY'];
  const folder = await written(files);
  const to = ['127.0.0.1', String(bridge.dicomPort), folder];
  return runTool('storescu', [...titles, '+sd', ...to]);
}

/** SOP Instance UIDs that have arrived, in order. */
async function arrived({ folder }: Pick<Peer, 'folder'>): Promise<string[]> {
  const uids = (await readdir(folder)).map(async (name) => {
    const part10 = readPart10(name, await readFile(join(folder, name)));
    return part10?.sopInstanceUid ?? '';
  });
  return (await Promise.all(uids)).filter((uid) => uid !== '').sort();
}

const PATIENCE = { timeout: 15_000, interval: 100 };

describe('forwarding', { timeout: 60_000 }, () => {
  it('sends on what a rule names, and nothing else', async () => {
    const sink = await startSink();
    const rule = { name: 'R', peer: 'SINK', what: 'instances' };
    const forwarding = [{ ...rule, callingAeTitles: ['MODALITY'], modalities: ['MR'] }];
    const bridge = await start({ peers: [peerAt(sink.port)], configuration: { forwarding } });
    await push(bridge, [made('1.2.61', '1'), made('1.2.61', '2', 'MR')]);
    await push(bridge, [made('1.2.62', '3', 'MR')], 'OTHER');
    await push(bridge, [made('1.2.62', '4', 'MR')]);
    await expect.poll(() => arrived(sink), PATIENCE).toEqual(['1.2.61.2', '1.2.62.4']);
  });

  it('sends a whole study once it is quiet, and Secondary Capture alone where that is asked', async () => {
    const [sink, captures] = [await startSink(), await startSink()];
    const whole = { name: 'whole', peer: 'SINK', what: 'study', quietSeconds: 2 };
    const bridge = await start({
      peers: [peerAt(sink.port), peerAt(captures.port, { name: 'CAPTURES' })],
      configuration: {
        forwarding: [
          { ...whole, modalities: ['MR'] },
          { name: 'captures', peer: 'CAPTURES', what: 'secondary-captures' },
        ],
      },
    });
    const capture = madeInstance({ study: '1.2.63', instance: '1.2.63.9', sopClassUid: SC });
    await push(bridge, [made('1.2.63', '1'), madeFile(capture)]);
    await expect.poll(() => arrived(captures), PATIENCE).toEqual(['1.2.63.9']);
    await push(bridge, [made('1.2.63', '2', 'MR')]);
    // Within the time of quiet: the study isn't whole yet.
    await push(bridge, [made('1.2.63', '3', 'MR')]);
    expect(await arrived(sink)).toEqual([]);
    const all = ['1.2.63.1', '1.2.63.2', '1.2.63.3', '1.2.63.9'];
    await expect.poll(() => arrived(sink), PATIENCE).toEqual(all);
    expect(await arrived(captures)).toEqual(['1.2.63.9']);
  });

  it('sends nothing back to where it came from', async () => {
    const sink = await startSink();
    const forwarding = [{ name: 'R', peer: 'SINK', what: 'study', quietSeconds: 1 }];
    const bridge = await start({ peers: [peerAt(sink.port)], configuration: { forwarding } });
    await push(bridge, [made('1.2.64', '1')], 'SINK');
    await push(bridge, [made('1.2.64', '2')]);
    await expect.poll(() => arrived(sink), PATIENCE).toEqual(['1.2.64.2']);
    expect(await metric(bridge, 'forwards')).toBe(0);
  });

  it('converts what the peer takes in another transfer syntax alone', async () => {
    const sink = await startSink(['+B', '+xb']);
    const forwarding = [{ name: 'R', peer: 'SINK', what: 'instances' }];
    const syntaxes = { transferSyntaxes: [ExplicitVrBigEndian.uid] };
    const peers = [peerAt(sink.port, syntaxes)];
    const bridge = await start({ peers, configuration: { forwarding } });
    await push(bridge, [made('1.2.65', '1')]);
    await expect.poll(() => arrived(sink), PATIENCE).toEqual(['1.2.65.1']);
    const [name] = await readdir(sink.folder);
    const file = readPart10('', await readFile(join(sink.folder, name ?? '')));
    expect(file?.transferSyntaxUid).toBe(ExplicitVrBigEndian.uid);
  });

  it('waits for a peer that is down, and says so', async () => {
    const port = await freePort();
    const forwarding = [{ name: 'R', peer: 'SINK', what: 'instances' }];
    const configuration = { forwarding, retryUnitMs: 100 };
    const bridge = await start({ peers: [peerAt(port)], configuration });
    const page = await openPage(bridge);
    endings.push(() => page.close());
    await push(bridge, [made('1.2.66', '1'), made('1.2.66', '2')]);
    const waiting = await page.tasks(({ forwards }) => forwards[0]?.reasons.length === 1);
    expect(waiting.forwards[0]).toMatchObject({ rule: 'R', peer: 'SINK', queued: 2, sent: 0 });
    expect(waiting.forwards[0]?.reasons[0]).toContain('nothing listens');
    expect(await metric(bridge, 'forwards')).toBe(2);
    const sink = await startSink(undefined, port);
    await expect.poll(() => arrived(sink), PATIENCE).toEqual(['1.2.66.1', '1.2.66.2']);
    const done = await page.tasks(({ forwards }) => forwards[0]?.state === 'done');
    expect(done.forwards[0]).toMatchObject({ queued: 0, failed: 0, sent: 2 });
  });

  it('goes on, or stops, after an instance that the peer refuses, and tries again by hand', async () => {
    // Secondary Capture isn't proposed to it.
    const refused = madeInstance({ study: '1.2.67', instance: '1.2.67.1', sopClassUid: SC });
    const files = [madeFile(refused), made('1.2.67', '2'), made('1.2.67', '3')];
    const policies = ['continue', 'stop'] as const;
    for (const onFailure of policies) {
      const sink = await startSink();
      const forwarding = [{ name: 'R', peer: 'SINK', what: 'study', quietSeconds: 1 }];
      const sopClasses = ['1.2.840.10008.5.1.4.1.1.2'];
      const peers = [peerAt(sink.port, { onFailure, sopClasses })];
      const bridge = await start({ peers, configuration: { forwarding } });
      const page = await openPage(bridge);
      endings.push(() => page.close());
      // One after another: what comes first goes first.
      for (const file of files) await push(bridge, [file]);
      const failed = await page.tasks(({ forwards }) => forwards[0]?.state === 'failed');
      const [job] = failed.forwards;
      const sent = onFailure === 'continue' ? 2 : 0;
      expect(job).toMatchObject({ sent, failed: 3 - sent, queued: 0 });
      expect(await arrived(sink)).toHaveLength(sent);
      expect(await metric(bridge, 'failedForwards')).toBe(3 - sent);
      const key = { rule: 'R', studyInstanceUid: '1.2.67' };
      if (onFailure === 'stop') {
        await page.ask({ type: 'deleteForward', ...key });
        await page.tasks(({ forwards }) => forwards.length === 0);
      } else {
        const settings = { aeTitle: 'GANTRY', peers: [peerAt(sink.port)] };
        const saved = await page.ask({ type: 'saveSettings', settings });
        expect(saved.at(-1)).toMatchObject({ type: 'done' });
        await page.ask({ type: 'retryForward', ...key });
        await page.tasks(({ forwards }) => forwards[0]?.state === 'done');
        expect(await arrived(sink)).toHaveLength(3);
      }
      expect(await metric(bridge, 'failedForwards')).toBe(0);
    }
  });

  it('loses nothing that was acknowledged, however often it is killed', async () => {
    const port = await freePort();
    const forwarding = [{ name: 'R', peer: 'SINK', what: 'instances' }];
    const configuration = { forwarding, retryUnitMs: 100 };
    let bridge = await start({ peers: [peerAt(port)], configuration });
    const acknowledged = new Set<string>();
    let sink: Peer | undefined;
    for (let round = 0; round < KILLS; round++) {
      const count = 30;
      const files = Array.from({ length: count }, (_, at) => made(`1.2.7${round}`, String(at + 1)));
      const titles = ['-v', '-aet', 'MODALITY', '-aec', 'GANTRY', '+sd'];
      const to = ['127.0.0.1', String(bridge.dicomPort), await written(files)];
      const pushing = runTool('storescu', [...titles, ...to]);
      // The first round is killed with a full queue and nobody to send to, the others while they send.
      if (round > 0) {
        sink ??= await startSink(['+B', '+xa'], port);
        const before = (await arrived(sink)).length;
        const sinking = sink;
        await expect
          .poll(async () => (await arrived(sinking)).length, PATIENCE)
          .toBeGreaterThan(before);
      } else {
        await pushing;
      }
      await bridge.kill();
      const { output } = await pushing;
      for (const uid of acknowledgedIn(output, `1.2.7${round}`)) acknowledged.add(uid);
      bridge = await start({ folder: bridge.folder });
    }
    expect(acknowledged.size).toBeGreaterThan(30);
    const lacking = async () => {
      const here = new Set(await arrived(sink!));
      return [...acknowledged].filter((uid) => !here.has(uid));
    };
    await expect.poll(lacking, PATIENCE).toEqual([]);
  }, 90_000);
});

/** storescu names a file, then the answer; files are numbered from 0, instances from 1. */
function acknowledgedIn(output: string, study: string): string[] {
  const uids: string[] = [];
  let file = -1;
  const lines = /Sending file: \S*?(\d+)\.dcm|Received Store Response \(Success\)/g;
  for (const [, number] of output.matchAll(lines)) {
    if (number !== undefined) file = Number(number);
    else if (file >= 0) uids.push(`${study}.${file + 1}`);
  }
  return uids;
}

async function metric({ origin }: Bridge, queue: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(new RegExp(`gantry_queue_length\\{queue="${queue}"\\} (\\d+)`).exec(text)?.[1]);
}
