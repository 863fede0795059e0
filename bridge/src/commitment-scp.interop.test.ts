// Storage commitment as SCP, of the bridge as it runs, with Orthanc and with peers that are written by hand.
import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startBridge, type BridgeOptions } from '../../e2e/support/bridge.ts';
import { freePort, startOrthanc } from '../../e2e/support/peers.ts';
import { openPage } from '../../e2e/support/page-socket.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { CT, madeFile, madeInstance } from './archive/testing/made-instance.ts';
import { storescu, written } from './archive/testing/storage-listener.ts';
import { commitmentPeer, type HeardReport } from './dimse/testing/commitment-peer.ts';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function start(options: BridgeOptions) {
  const bridge = await startBridge(options);
  endings.push(bridge.stop);
  return bridge;
}

const MR = '1.2.840.10008.5.1.4.1.1.4';
const uids = ['1.2.31.1', '1.2.31.2', '1.2.31.3'];
const made = (instance: string) => madeInstance({ study: '1.2.31', instance });
const ofClass = (sopClassUid: string, sopInstanceUid: string) => ({ sopClassUid, sopInstanceUid });
const all = uids.map((uid) => ofClass(CT, uid));

async function fill(port: number): Promise<void> {
  const folder = await written(uids.map((uid) => madeFile(made(uid))));
  const run = await storescu(port, [], folder);
  expect(run.code, run.output).toBe(0);
}

const SHORT = { reportRetryMs: 200 };

/** A bridge with three instances, and a peer that asks it to keep some and hears its reports. */
async function asked(commitment: Record<string, unknown> = SHORT) {
  const peer = await commitmentPeer();
  endings.push(() => peer.close());
  const peers = [{ name: 'ASKER', aeTitle: 'ASKER', host: '127.0.0.1', port: peer.port }];
  const bridge = await start({ peers, configuration: { commitment } });
  await fill(bridge.dicomPort);
  return { peer, bridge, port: bridge.dicomPort };
}

describe('the bridge as a Storage Commitment SCP', { timeout: 60_000 }, () => {
  it('satisfies Orthanc: what is here is committed, what is not has its reason', async () => {
    const dicomPort = await freePort();
    const orthanc = await startOrthanc([{ aeTitle: 'GANTRY', port: dicomPort }]);
    endings.push(() => orthanc.stop());
    const peers = [{ name: 'ORTHANC', aeTitle: 'ORTHANC', host: '127.0.0.1', port: orthanc.port }];
    const bridge = await start({ peers, dicom: `127.0.0.1:${dicomPort}` });
    await fill(bridge.dicomPort);
    const ask = async (instances: readonly (readonly [string, string])[]) => {
      const path = '/modalities/destination0/storage-commitment';
      const { Path } = (await orthanc.request('POST', path, { DicomInstances: instances })) as {
        Path: string;
      };
      await expect
        .poll(async () => (await orthanc.request('GET', Path)) as { Status: string }, {
          timeout: 10_000,
        })
        .not.toMatchObject({ Status: 'Pending' });
      return orthanc.request('GET', Path);
    };
    expect(await ask(uids.map((uid) => [CT, uid] as const))).toMatchObject({
      Status: 'Success',
      RemoteAET: 'GANTRY',
      Success: uids.map((uid) => ({ SOPClassUID: CT, SOPInstanceUID: uid })),
      Failures: [],
    });
    const mixed = await ask([
      [CT, uids[0] ?? ''],
      [MR, uids[1] ?? ''],
      [CT, '1.2.999'],
      ['1.2.840.10008.5.1.4.38.1', '1.2.998'],
    ]);
    expect(mixed).toMatchObject({
      Status: 'Failure',
      Success: [{ SOPInstanceUID: uids[0] }],
      Failures: [
        { SOPInstanceUID: uids[1], FailureReason: 0x0119 },
        { SOPInstanceUID: '1.2.999', FailureReason: 0x0112 },
        { SOPInstanceUID: '1.2.998', FailureReason: 0x0122 },
      ],
    });
  });

  it('commits no instance whose file is damaged', async () => {
    const { peer, bridge, port } = await asked();
    const folder = join(bridge.folder, 'archive');
    const paths = (await readdir(folder, { recursive: true })).filter((name) =>
      name.endsWith('.dcm'),
    );
    expect(paths).toHaveLength(3);
    await truncate(join(folder, paths[0] ?? ''), 300);
    expect(await peer.ask(port, { transactionUid: '1.2.50', references: all })).toBe(0);
    const report = await peer.nextReport();
    expect(report.eventType).toBe(2);
    expect(report.committed).toHaveLength(2);
    expect(report.failed).toMatchObject([{ reason: 0x0110 }]);
  });

  it('commits nothing that is cached: it goes when space is needed', async () => {
    const peer = await commitmentPeer();
    endings.push(() => peer.close());
    const port = await freePort();
    const bridge = await start({
      peers: [{ name: 'ASKER', aeTitle: 'ASKER', host: '127.0.0.1', port: peer.port }],
      configuration: { listeners: [{ aeTitle: 'GANTRY', port, keepAs: 'cache' }] },
    });
    await fill(port);
    expect(await peer.ask(bridge.dicomPort, { transactionUid: '1.2.58', references: all })).toBe(0);
    const report = await peer.nextReport();
    expect(report.committed).toEqual([]);
    expect(report.failed.map(({ reason }) => reason)).toEqual([0x0112, 0x0112, 0x0112]);
  });

  it('refuses with its status what it can not take', async () => {
    const { peer, port } = await asked();
    const references = all;
    expect(await peer.askFields(port, { [Tag.ReferencedSOPSequence]: [] })).toBe(0x0120);
    expect(await peer.askFields(port, { [Tag.TransactionUID]: '' })).toBe(0x0121);
    expect(await peer.askFields(port, { [Tag.TransactionUID]: '1.2.3' })).toBe(0x0120);
    const item = { [Tag.ReferencedSOPClassUID]: CT };
    const incomplete = { [Tag.TransactionUID]: '1.2.3', [Tag.ReferencedSOPSequence]: [item] };
    expect(await peer.askFields(port, incomplete)).toBe(0x0120);
    const request = { transactionUid: '1.2.51', references };
    expect(await peer.ask(port, request, { ActionTypeID: 2 })).toBe(0x0123);
    expect(await peer.ask(port, request, { RequestedSOPInstanceUID: '1.2.3' })).toBe(0x0112);
    // Nobody knows where STRANGER could be told.
    expect(await peer.ask(port, request, {}, 'STRANGER')).toBe(0x0124);
  });

  it('takes a request twice, and reports another one of the same transaction as a duplicate', async () => {
    const { peer, port } = await asked();
    const request = { transactionUid: '1.2.52', references: all.slice(0, 2) };
    expect(await peer.ask(port, request)).toBe(0);
    expect(await peer.ask(port, request)).toBe(0);
    expect(await peer.nextReport()).toMatchObject({ eventType: 1, failed: [] });
    expect(await peer.ask(port, { ...request, references: all.slice(2) })).toBe(0);
    expect(await peer.nextReport()).toMatchObject({
      eventType: 2,
      failed: [{ sopInstanceUid: uids[2], reason: 0x0131 }],
    });
    expect(peer.waiting).toBe(0);
  });

  it('proposes the role of an SCP, and reports until the peer takes it', async () => {
    const { peer, port } = await asked();
    peer.answerWith('reject-association', 'refuse-role', 'status-failure');
    expect(await peer.ask(port, { transactionUid: '1.2.53', references: all })).toBe(0);
    const report: HeardReport = await peer.nextReport();
    expect(report).toMatchObject({ transactionUid: '1.2.53', eventType: 1, isRoleProposed: true });
    expect(peer.calls).toBe(4);
  });

  it('reports over the association of the request to a peer that wants it, and else over its own', async () => {
    const peer = await commitmentPeer();
    endings.push(() => peer.close());
    const asker = { name: 'ASKER', aeTitle: 'ASKER', host: '127.0.0.1', port: peer.port };
    const bridge = await start({ peers: [{ ...asker, commitmentReport: 'same-association' }] });
    await fill(bridge.dicomPort);
    const request = { transactionUid: '1.2.56', references: all };
    const report = await peer.askAndStay(bridge.dicomPort, request);
    expect(report).toMatchObject({ transactionUid: '1.2.56', eventType: 1, failed: [] });
    expect(peer.calls).toBe(0);
    // This one leaves as soon as it is answered.
    const again = { transactionUid: '1.2.57', references: all };
    expect(await peer.ask(bridge.dicomPort, again)).toBe(0);
    expect(await peer.nextReport()).toMatchObject({ transactionUid: '1.2.57', eventType: 1 });
  });

  it('reports at once when the settings say where its peer is now', async () => {
    const peer = await commitmentPeer();
    endings.push(() => peer.close());
    const at = (port: number) => ({ name: 'ASKER', aeTitle: 'ASKER', host: '127.0.0.1', port });
    const bridge = await start({ peers: [at(await freePort())] });
    await fill(bridge.dicomPort);
    const request = { transactionUid: '1.2.59', references: all };
    expect(await peer.ask(bridge.dicomPort, request)).toBe(0);
    await expect.poll(bridge.output, { timeout: 5000 }).toContain('commitment.report');
    const page = await openPage(bridge);
    endings.push(() => page.close());
    await page.ask({
      type: 'saveSettings',
      settings: { aeTitle: 'GANTRY', peers: [at(peer.port)] },
    });
    expect(await peer.nextReport()).toMatchObject({ transactionUid: '1.2.59', eventType: 1 });
  });

  it('gives up after as many retries as are set', async () => {
    const { peer, bridge, port } = await asked({ reportRetryMs: 20, reportRetries: 2 });
    peer.answerWith(...Array.from({ length: 9 }, () => 'reject-association' as const));
    expect(await peer.ask(port, { transactionUid: '1.2.54', references: all })).toBe(0);
    const undelivered = () => bridge.output().match(/commitment\.report/g);
    await expect.poll(undelivered, { timeout: 5000 }).toHaveLength(3);
    expect(peer.calls).toBe(3);
  });

  it('reports after it was killed and started anew', async () => {
    const peer = await commitmentPeer();
    endings.push(() => peer.close());
    const peers = [{ name: 'ASKER', aeTitle: 'ASKER', host: '127.0.0.1', port: peer.port }];
    const configuration = { commitment: { reportRetryMs: 1000 } };
    const first = await start({ peers, configuration });
    await fill(first.dicomPort);
    peer.answerWith('reject-association');
    expect(await peer.ask(first.dicomPort, { transactionUid: '1.2.55', references: all })).toBe(0);
    await expect.poll(() => peer.calls).toBe(1);
    await first.kill();
    await start({ folder: first.folder });
    expect(await peer.nextReport()).toMatchObject({ transactionUid: '1.2.55', eventType: 1 });
  });
});
