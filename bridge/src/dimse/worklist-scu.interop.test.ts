import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORTHANC_AE_TITLE, startOrthanc, startStorescp } from '../../../e2e/support/peers.ts';
import type { Peer } from '../../../e2e/support/peers.ts';
import {
  startWlmscpfs,
  WORKLIST_AE_TITLE,
  writeWorklist,
} from '../../../e2e/support/worklist-peers.ts';
import type { ScheduledStep } from '../../../e2e/support/worklist-peers.ts';
import type { WritableCharacterSet } from '../../../shared/dicom/encode-text.ts';
import type { FindMatch } from './find-scu.ts';
import { worklist } from './worklist-scu.ts';

const STEPS: readonly ScheduledStep[] = [
  { patientName: 'DOE^JANE', patientId: 'P1', date: '20261121', time: '0830', station: 'CT1' },
  { patientName: 'MÜLLER^ÄNNE', patientId: 'P2', date: '20261121', characterSet: 'ISO_IR 100' },
  {
    ...{ patientName: 'Yamada^Tarou=山田^太郎=やまだ^たろう', patientId: 'P3', date: '20261122' },
    ...{ modality: 'MR', station: 'MR1', characterSet: 'ISO 2022 IR 87' },
  },
  {
    ...{ patientName: 'Hong^Gildong=洪^吉洞=홍^길동', patientId: 'P4', date: '20261123' },
    ...{ modality: 'MR', station: 'MR1', characterSet: 'ISO 2022 IR 149' },
  },
];

const ORTHANC_WORKLISTS = '/usr/share/orthanc/plugins/libModalityWorklists.so';

const startOrthancWorklist = async (): Promise<Peer> => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-worklists-'));
  await writeWorklist(folder, STEPS);
  const orthanc = await startOrthanc([], undefined, {
    Plugins: [ORTHANC_WORKLISTS],
    Worklists: { Enable: true, Database: folder },
    DicomAlwaysAllowFindWorklist: true,
  });
  const stop = async () => {
    await orthanc.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...orthanc, stop };
};

interface Asked {
  readonly characterSet?: WritableCharacterSet;
  readonly onEntry?: () => void;
  readonly signal?: AbortSignal;
}

async function askedOf(
  { host, port }: Peer,
  calledAeTitle: string,
  keys: Record<string, string>,
  { characterSet = 'ISO_IR 192', onEntry, signal }: Asked = {},
): Promise<FindMatch[]> {
  const address = { host, port, calledAeTitle, callingAeTitle: 'GANTRY' };
  const found: FindMatch[] = [];
  for await (const entry of worklist(address, { keys, characterSet }, {}, signal)) {
    found.push(entry);
    onEntry?.();
  }
  return found;
}

const idsOf = (found: readonly FindMatch[]) => found.map((entry) => entry['PatientID']).sort();

const PEERS: [string, string, () => Promise<Peer>][] = [
  ['wlmscpfs', WORKLIST_AE_TITLE, () => startWlmscpfs(STEPS)],
];
// Debian has the plug-in in the package of Orthanc; others of Orthanc's builds may lack it.
if (existsSync(ORTHANC_WORKLISTS)) PEERS.push(['Orthanc', ORTHANC_AE_TITLE, startOrthancWorklist]);

describe.each(PEERS)('Worklist SCU with %s', (_name, aeTitle, start) => {
  let peer: Peer;
  beforeAll(async () => {
    peer = await start();
  }, 30_000);
  afterAll(() => peer.stop());
  const asked = (keys: Record<string, string>, how?: Asked) => askedOf(peer, aeTitle, keys, how);

  it('gives each step with its patient and request, and names in any script', async () => {
    const found = await asked({});
    expect(idsOf(found)).toEqual(['P1', 'P2', 'P3', 'P4']);
    const names = new Map(found.map((entry) => [entry['PatientID'], entry['PatientName']]));
    // Orthanc writes its answers in UTF-8, and leaves the escape sequences of Korean names in them.
    const isTold = ({ patientId }: ScheduledStep) =>
      aeTitle === WORKLIST_AE_TITLE || patientId !== 'P4';
    for (const { patientId, patientName } of STEPS.filter(isTold)) {
      expect(names.get(patientId)).toBe(patientName);
    }
    expect(found.find((entry) => entry['PatientID'] === 'P1')).toMatchObject({
      ScheduledStationAETitle: 'CT1',
      ScheduledProcedureStepStartDate: '20261121',
      ScheduledProcedureStepStartTime: '0830',
      Modality: 'CT',
      ScheduledPerformingPhysicianName: 'Doe^Jane',
      ScheduledProcedureStepID: 'SPS1',
      RequestedProcedureID: 'RP1',
      RequestedProcedureDescription: 'CT abdomen',
      StudyInstanceUID: '1.2.276.0.7230010.3.2.1',
      AccessionNumber: 'ACC1',
      ReferringPhysicianName: 'Refer^Ring',
      PatientBirthDate: '19610504',
      PatientSex: 'F',
    });
  });

  it.each([
    ['a day', { ScheduledProcedureStepStartDate: '20261122' }, ['P3']],
    [
      'a range of days',
      { ScheduledProcedureStepStartDate: '20261121-20261122' },
      ['P1', 'P2', 'P3'],
    ],
    ['an open range', { ScheduledProcedureStepStartDate: '20261122-' }, ['P3', 'P4']],
    ['a modality', { Modality: 'MR' }, ['P3', 'P4']],
    ['a station', { ScheduledStationAETitle: 'MR1' }, ['P3', 'P4']],
    ['a name with a wildcard', { PatientName: 'DOE*' }, ['P1']],
    ['an ID', { PatientID: 'P2' }, ['P2']],
    ['a day and a modality', { ScheduledProcedureStepStartDate: '20261123', Modality: 'CT' }, []],
  ])('finds by %s', async (_key, keys, expected) => {
    expect(idsOf(await asked(keys))).toEqual(expected);
  });

  it('finds by a name in the peer’s character set', async () => {
    const keys = { PatientName: 'MÜLLER^ÄNNE' };
    expect(idsOf(await asked(keys, { characterSet: 'ISO_IR 100' }))).toEqual(['P2']);
  });
});

describe('Worklist SCU', () => {
  it('says of a peer without a worklist that it does not take the service', async () => {
    const storescp = await startStorescp();
    try {
      await expect(askedOf(storescp, 'STORESCP', {})).rejects.toMatchObject({
        code: 'no-presentation-context',
      });
    } finally {
      await storescp.stop();
    }
  });

  it('tells wlmscpfs that nobody waits any more, and is served again', async () => {
    const peer = await startWlmscpfs(STEPS);
    const controller = new AbortController();
    const { signal } = controller;
    const onEntry = () => controller.abort();
    try {
      const asking = askedOf(peer, WORKLIST_AE_TITLE, {}, { signal, onEntry });
      await expect(asking).rejects.toMatchObject({ code: 'cancelled' });
      await expect.poll(() => peer.output()).toMatch(/Cancel/i);
      expect(idsOf(await askedOf(peer, WORKLIST_AE_TITLE, { PatientID: 'P4' }))).toEqual(['P4']);
    } finally {
      await peer.stop();
    }
  });
});
