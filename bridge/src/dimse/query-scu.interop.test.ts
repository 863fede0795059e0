import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Peer } from '../../../e2e/support/peers.ts';
import { DCMQRSCP_AE_TITLE, startDcmqrscp } from '../../../e2e/support/peers.ts';
import { ctSeries } from '../samples/phantom/ct-series.ts';
import type { PhantomIdentity } from '../samples/phantom/phantom-identity.ts';
import { phantomIdentity } from '../samples/phantom/phantom-identity.ts';
import { seriesUid } from '../samples/phantom/phantom-identity.ts';
import type { FindMatch } from './find-scu.ts';
import type { QueryOptions } from './query-scu.ts';
import { query } from './query-scu.ts';
import type { QueryRequest } from './query-identifier.ts';
import type { PeerAddress } from './request-association.ts';

const NAMES = ['PHANTOM^ÄNNE', 'ФАНТОМ^БОРИС', 'PHANTOM=ファントム^クララ', 'PHANTOM^DAVID'];

let peer: Peer;
let address: PeerAddress;

/** One study for each name, of two instances. */
const studies = NAMES.map((patientName, index) => {
  const identity: PhantomIdentity = { ...phantomIdentity(index + 1, 'CT'), patientName };
  return [...ctSeries({ seed: index + 1, slices: 2, size: 16, identity })];
});

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-query-'));
  try {
    for (const [index, file] of studies.flat().entries()) {
      await writeFile(join(folder, `${index}.dcm`), file.bytes);
    }
    peer = await startDcmqrscp([], folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { host, port } = peer;
  address = { host, port, calledAeTitle: DCMQRSCP_AE_TITLE, callingAeTitle: 'GANTRY' };
});
afterAll(() => peer.stop());

async function matches(
  request: QueryRequest,
  options: QueryOptions = {},
  signal?: AbortSignal,
): Promise<FindMatch[]> {
  const found: FindMatch[] = [];
  for await (const match of query(address, request, options, signal)) found.push(match);
  return found;
}

const study = (keys: Record<string, string>): QueryRequest => ({
  informationModel: 'study-root',
  level: 'STUDY',
  keys,
});

const namesOf = (found: readonly FindMatch[]) => found.map((match) => match['PatientName']).sort();

describe('Query SCU with dcmqrscp', () => {
  it('finds all studies, with names in any script', async () => {
    const found = await matches(study({ PatientName: '', StudyDate: '', AccessionNumber: '' }));
    expect(namesOf(found)).toEqual([...NAMES].sort());
    const dates = found.map((match) => match['StudyDate']).sort();
    expect(dates).toEqual(['20260202', '20260303', '20260404', '20260505']);
    expect(found[0]).toMatchObject({ QueryRetrieveLevel: 'STUDY' });
  });

  it.each([
    ['a wildcard', { PatientName: 'PHANTOM^D*' }, ['PHANTOM^DAVID']],
    ['a name outside ASCII', { PatientName: 'ФАНТОМ*' }, ['ФАНТОМ^БОРИС']],
    ['a range', { StudyDate: '20260404-', PatientName: '' }, [NAMES[2], 'PHANTOM^DAVID']],
    ['an identifier', { PatientID: 'PHANTOM-0001', PatientName: '' }, ['PHANTOM^ÄNNE']],
    ['nothing', { PatientName: 'NOBODY' }, []],
  ])('finds by %s', async (_, keys, expected) => {
    expect(namesOf(await matches(study(keys)))).toEqual([...expected].sort());
  });

  it('finds series and instances of a study', async () => {
    const [found] = await matches(study({ PatientName: 'PHANTOM^DAVID' }));
    const StudyInstanceUID = found?.['StudyInstanceUID'] ?? '';
    const series = await matches({
      informationModel: 'study-root',
      level: 'SERIES',
      keys: { StudyInstanceUID, Modality: '', SeriesDescription: '' },
    });
    const identity = phantomIdentity(4, 'CT');
    const words = { seriesDescription: '', bodyPart: '' };
    const uid = seriesUid({ seed: 4, identity, modality: 'CT', seriesNumber: 2, ...words });
    expect(series).toMatchObject([{ Modality: 'CT', SeriesInstanceUID: uid }]);
    const instances = await matches({
      informationModel: 'patient-root',
      level: 'IMAGE',
      keys: {
        PatientID: 'PHANTOM-0004',
        StudyInstanceUID,
        SeriesInstanceUID: uid,
        InstanceNumber: '',
      },
    });
    const uids = studies[3]?.map((file) => file.sopInstanceUid).sort();
    expect(instances.map((match) => match['SOPInstanceUID']).sort()).toEqual(uids);
  });

  it('finds patients', async () => {
    const found = await matches({
      informationModel: 'patient-root',
      level: 'PATIENT',
      keys: { PatientName: 'PHANTOM*', PatientBirthDate: '' },
    });
    expect(found.map((match) => match['PatientID']).sort()).toEqual([
      'PHANTOM-0001',
      'PHANTOM-0003',
      'PHANTOM-0004',
    ]);
  });

  it('cancels, and the peer serves the next query', async () => {
    const controller = new AbortController();
    const all = study({ PatientName: '' });
    await expect(
      (async () => {
        for await (const match of query(address, all, {}, controller.signal)) {
          expect(match['PatientName']).not.toBe('');
          controller.abort();
        }
      })(),
    ).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => peer.output()).toMatch(/Cancel/i);
    expect(await matches(all)).toHaveLength(NAMES.length);
  });

  it('says that the peer rejects an AE title', async () => {
    const request = study({ PatientName: '' });
    await expect(
      query({ ...address, calledAeTitle: 'NOBODY' }, request).next(),
    ).rejects.toMatchObject({ code: 'association-rejected' });
  });
});
