import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Peer } from '../../../e2e/support/peers.ts';
import { ORTHANC_AE_TITLE, startOrthanc } from '../../../e2e/support/peers.ts';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { universalKeys } from '../../../shared/dicom/query-keys.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ctSeries } from '../samples/phantom/ct-series.ts';
import { phantomUid } from '../samples/phantom/deterministic.ts';
import { phantomIdentity } from '../samples/phantom/phantom-identity.ts';
import { getContexts } from './get-classes.ts';
import { get } from './get-scu.ts';
import type { Listener } from './listener.ts';
import { listen } from './listener.ts';
import { move } from './move-scu.ts';
import type { FindMatch } from './find-scu.ts';
import { query } from './query-scu.ts';
import type { PeerAddress } from './request-association.ts';
import type { RetrieveResult, SubOperations } from './retrieve.ts';
import type { IncomingInstance } from './storage-scp.ts';
import { storageScp } from './storage-scp.ts';

const NAMES = ['PHANTOM^MÜLLER', 'ΦΑΝΤΑΣΜΑ^ΔΙΟΝ', 'PHANTOM=팬텀^김'];
const SLICES = 5;
const studies = NAMES.map((patientName, index) => {
  const identity = { ...phantomIdentity(index + 1, 'CT'), patientName };
  return [...ctSeries({ seed: index + 1, slices: SLICES, size: 32, identity })];
});
const studyInstanceUid = phantomUid(1, 'study');
const uidsOfStudy = studies[0]?.map((file) => file.sopInstanceUid).sort();

let arrivals: IncomingInstance[] = [];
let peer: Peer;
let listener: Listener;
let address: PeerAddress;

async function sink(incoming: IncomingInstance): Promise<{ kind: 'stored' }> {
  for await (const part of incoming.dataset) expect(part.length).toBeGreaterThan(0);
  arrivals.push(incoming);
  return { kind: 'stored' };
}

beforeAll(async () => {
  const services = [storageScp({ sink, acceptUnknownClasses: false })];
  listener = await listen({ host: '127.0.0.1', port: 0, aeTitles: ['GANTRY'], services });
  const folder = await mkdtemp(join(tmpdir(), 'gantry-orthanc-files-'));
  try {
    for (const [index, file] of studies.flat().entries()) {
      await writeFile(join(folder, `${index}.dcm`), file.bytes);
    }
    peer = await startOrthanc([{ aeTitle: 'GANTRY', port: listener.port }], folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { host, port } = peer;
  address = { host, port, calledAeTitle: ORTHANC_AE_TITLE, callingAeTitle: 'GANTRY' };
}, 30_000);
beforeEach(() => {
  arrivals = [];
});
afterAll(async () => {
  await listener.close(0);
  await peer.stop();
});

async function finished(retrieving: AsyncGenerator<SubOperations, RetrieveResult>) {
  for (;;) {
    const step = await retrieving.next();
    if (step.done === true) return step.value;
  }
}

const arrivedUids = () => arrivals.map(({ sopInstanceUid }) => sopInstanceUid).sort();

describe('With Orthanc', () => {
  it.each([
    ['all', { PatientName: '' }, NAMES],
    ['by a wildcard', { PatientName: 'PHANTOM^M*' }, NAMES.slice(0, 1)],
    ['by a name outside ASCII', { PatientName: 'ΦΑΝΤ*' }, NAMES.slice(1, 2)],
    ['by a range', { StudyDate: '20260303-20261231', PatientName: '' }, NAMES.slice(1)],
  ])('finds studies, %s', async (_, keys, expected) => {
    const found: FindMatch[] = [];
    const request = { informationModel: 'study-root', level: 'STUDY', keys } as const;
    for await (const match of query(address, request)) found.push(match);
    expect(found.map((match) => match['PatientName']).sort()).toEqual([...expected].sort());
    expect(found.every((match) => match['StudyInstanceUID']?.startsWith('2.25.'))).toBe(true);
  });

  it('says of each image what the list shows', async () => {
    const [first] = studies[0] ?? [];
    const { dataset } = await readInstance(bufferSource(new Uint8Array(first!.bytes)));
    const SeriesInstanceUID = dataset.string(Tag.SeriesInstanceUID) ?? '';
    const above = { StudyInstanceUID: studyInstanceUid, SeriesInstanceUID };
    const keys = { ...universalKeys('IMAGE'), ...above };
    const found: FindMatch[] = [];
    const request = { informationModel: 'study-root', level: 'IMAGE', keys } as const;
    for await (const match of query(address, request)) found.push(match);
    expect(found).toHaveLength(SLICES);
    const SOPClassUID = '1.2.840.10008.5.1.4.1.1.2';
    expect(found).toContainEqual(
      expect.objectContaining({ SOPClassUID, InstanceNumber: '1', Rows: '32', Columns: '32' }),
    );
  });

  it('retrieves by C-MOVE, and the instances name the request', async () => {
    const request = { level: 'STUDY', studyInstanceUid, destination: 'GANTRY' } as const;
    const result = await finished(move(address, request, { messageId: 4711 }));
    expect(result).toMatchObject({ kind: 'complete', completed: SLICES, failed: 0 });
    expect(arrivedUids()).toEqual(uidsOfStudy);
    const moveOriginator = { aeTitle: 'GANTRY', messageId: 4711 };
    expect(arrivals[0]).toMatchObject({ callingAeTitle: ORTHANC_AE_TITLE, moveOriginator });
  });

  it('retrieves by C-GET', async () => {
    const request = { level: 'STUDY', studyInstanceUid, contexts: getContexts() } as const;
    const result = await finished(get(address, request, sink));
    expect(result).toMatchObject({ kind: 'complete', completed: SLICES, failed: 0 });
    expect(arrivedUids()).toEqual(uidsOfStudy);
  });

  it('retrieves several instances of a series with one request', async () => {
    const [first] = studies[0] ?? [];
    const { dataset } = await readInstance(bufferSource(new Uint8Array(first!.bytes)));
    const seriesInstanceUid = dataset.string(Tag.SeriesInstanceUID) ?? '';
    const uids = uidsOfStudy?.slice(1, 3) ?? [];
    const image = { level: 'IMAGE', studyInstanceUid, seriesInstanceUid } as const;
    const request = { ...image, sopInstanceUid: uids.join('\\'), destination: 'GANTRY' };
    expect(await finished(move(address, request))).toMatchObject({ kind: 'complete' });
    expect(arrivedUids()).toEqual(uids);
  });

  it('explains a destination that it does not know', async () => {
    const request = { level: 'STUDY', studyInstanceUid, destination: 'NOWHERE' } as const;
    const result = await finished(move(address, request));
    expect(result.kind).toBe('failed');
    expect(arrivals).toEqual([]);
  });
});
