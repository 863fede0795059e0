import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Peer } from '../../../e2e/support/peers.ts';
import { DCMQRSCP_AE_TITLE, startDcmqrscp } from '../../../e2e/support/peers.ts';
import { ctSeries } from '../samples/phantom/ct-series.ts';
import { phantomUid } from '../samples/phantom/deterministic.ts';
import { phantomIdentity, seriesUid } from '../samples/phantom/phantom-identity.ts';
import { getContexts } from './get-classes.ts';
import { get } from './get-scu.ts';
import type { Listener } from './listener.ts';
import { listen } from './listener.ts';
import type { MoveRequest } from './move-scu.ts';
import { move } from './move-scu.ts';
import type { PeerAddress } from './request-association.ts';
import type { RetrieveResult, SubOperations } from './retrieve.ts';
import type { IncomingInstance } from './storage-scp.ts';
import { storageScp } from './storage-scp.ts';
import { readPart10 } from './testing/part10.ts';

const SEED = 7;
const SLICES = 6;
/** A study of two series. */
const files = [2, 3].flatMap((seriesNumber) => [
  ...ctSeries({ seed: SEED, slices: SLICES, size: 64, seriesNumber }),
]);
const originals = new Map(
  files.map(({ sopInstanceUid, bytes }) => [sopInstanceUid, readPart10('', bytes)?.dataset]),
);
const studyInstanceUid = phantomUid(SEED, 'study');
const seriesInstanceUid = seriesUid({
  seed: SEED,
  identity: phantomIdentity(SEED, ''),
  modality: 'CT',
  seriesNumber: 3,
  seriesDescription: '',
  bodyPart: '',
});

interface Arrival extends IncomingInstance {
  readonly bytes: Buffer;
}

let arrivals: Arrival[] = [];
let peer: Peer;
let listener: Listener;
let address: PeerAddress;

async function sink(incoming: IncomingInstance): Promise<{ kind: 'stored' }> {
  const parts: Uint8Array[] = [];
  for await (const part of incoming.dataset) parts.push(part);
  arrivals.push({ ...incoming, bytes: Buffer.concat(parts) });
  return { kind: 'stored' };
}

beforeAll(async () => {
  const services = [storageScp({ sink, acceptUnknownClasses: false })];
  listener = await listen({ host: '127.0.0.1', port: 0, aeTitles: ['GANTRY'], services });
  const folder = await mkdtemp(join(tmpdir(), 'gantry-retrieve-'));
  try {
    for (const [index, file] of files.entries()) {
      await writeFile(join(folder, `${index}.dcm`), file.bytes);
    }
    peer = await startDcmqrscp([{ aeTitle: 'GANTRY', port: listener.port }], folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { host, port } = peer;
  address = { host, port, calledAeTitle: DCMQRSCP_AE_TITLE, callingAeTitle: 'GANTRY' };
});
beforeEach(() => {
  arrivals = [];
});
afterAll(async () => {
  await listener.close(0);
  await peer.stop();
});

async function finished(retrieving: AsyncGenerator<SubOperations, RetrieveResult>) {
  const progress: SubOperations[] = [];
  for (;;) {
    const step = await retrieving.next();
    if (step.done === true) return { progress, result: step.value };
    progress.push(step.value);
  }
}

function expectArrived(count: number): void {
  expect(new Set(arrivals.map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(count);
  expect(arrivals).toHaveLength(count);
  for (const { sopInstanceUid, bytes } of arrivals) {
    const original = originals.get(sopInstanceUid);
    expect(original && Buffer.compare(bytes, original)).toBe(0);
  }
}

describe('Move SCU with dcmqrscp', () => {
  it('retrieves a study, and its instances name the request', async () => {
    const { progress, result } = await finished(
      move(
        address,
        { level: 'STUDY', studyInstanceUid, destination: 'GANTRY' },
        { messageId: 4711 },
      ),
    );
    expect(result).toMatchObject({ kind: 'complete', completed: 2 * SLICES, failed: 0 });
    expect(progress.at(-1)).toMatchObject({ remaining: 0, completed: 2 * SLICES });
    expectArrived(2 * SLICES);
    expect(arrivals[0]).toMatchObject({
      callingAeTitle: DCMQRSCP_AE_TITLE,
      calledAeTitle: 'GANTRY',
      moveOriginator: { aeTitle: 'GANTRY', messageId: 4711 },
    });
  });

  it('retrieves a series, or one instance', async () => {
    const destination = 'GANTRY';
    const series: MoveRequest = {
      level: 'SERIES',
      studyInstanceUid,
      seriesInstanceUid,
      destination,
    };
    expect((await finished(move(address, series))).result).toMatchObject({ completed: SLICES });
    expectArrived(SLICES);
    arrivals = [];
    const sopInstanceUid = files.at(-1)?.sopInstanceUid ?? '';
    const image: MoveRequest = { ...series, level: 'IMAGE', sopInstanceUid };
    expect((await finished(move(address, image))).result).toMatchObject({ completed: 1 });
    expectArrived(1);
  });

  it('retrieves several instances of a series with one request', async () => {
    const uids = files.slice(-2).map((file) => file.sopInstanceUid);
    const destination = 'GANTRY';
    const series = { level: 'IMAGE', studyInstanceUid, seriesInstanceUid, destination } as const;
    const request = { ...series, sopInstanceUid: uids.join('\\') };
    expect((await finished(move(address, request))).result).toMatchObject({ completed: 2 });
    expectArrived(2);
  });

  it('explains that the peer does not know the destination', async () => {
    const request = { level: 'STUDY', studyInstanceUid, destination: 'NOWHERE' } as const;
    const { result } = await finished(move(address, request));
    expect(result).toMatchObject({ kind: 'failed', status: 0xa801 });
    expect(result.words).toMatch(/does not know the move destination/);
    expectArrived(0);
  });

  it('cancels when the loop is left, and the peer sends no more', async () => {
    const request = { level: 'STUDY', studyInstanceUid, destination: 'GANTRY' } as const;
    for await (const { completed } of move(address, request)) {
      expect(completed).toBeLessThan(2 * SLICES);
      break;
    }
    await expect.poll(() => peer.output()).toMatch(/Cancel/i);
    expect(arrivals.length).toBeLessThan(2 * SLICES);
  });
});

describe('Get SCU with dcmqrscp', () => {
  const study = { level: 'STUDY', studyInstanceUid } as const;

  it('retrieves a study over its own association, with 127 classes proposed', async () => {
    const request = { ...study, contexts: getContexts() };
    const { progress, result } = await finished(get(address, request, sink));
    expect(result).toMatchObject({ kind: 'complete', completed: 2 * SLICES, failed: 0 });
    expect(progress.length).toBeGreaterThan(0);
    expectArrived(2 * SLICES);
    expect(arrivals[0]).toMatchObject({
      callingAeTitle: DCMQRSCP_AE_TITLE,
      calledAeTitle: 'GANTRY',
    });
  });

  it('retrieves a series', async () => {
    const series = { level: 'SERIES', studyInstanceUid, seriesInstanceUid } as const;
    const request = { ...series, contexts: getContexts() };
    expect((await finished(get(address, request, sink))).result).toMatchObject({
      kind: 'complete',
    });
    expectArrived(SLICES);
  });

  it('tells which instances the peer could not send', async () => {
    const request = {
      ...study,
      contexts: [
        { sopClass: '1.2.840.10008.5.1.4.1.1.4', transferSyntaxes: ['1.2.840.10008.1.2'] },
      ],
    };
    const { result } = await finished(get(address, request, sink));
    expect(result.kind).not.toBe('complete');
    expect(result).toMatchObject({ completed: 0, failed: 2 * SLICES });
    expect([...result.failedSopInstanceUids].sort()).toEqual([...originals.keys()].sort());
    expectArrived(0);
  });

  it('cancels when the loop is left', async () => {
    const request = { ...study, contexts: getContexts() };
    for await (const { completed } of get(address, request, sink)) {
      expect(completed).toBeLessThan(2 * SLICES);
      break;
    }
    expect(arrivals.length).toBeLessThan(2 * SLICES);
  });
});
