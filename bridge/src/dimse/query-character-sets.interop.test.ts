import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Peer } from '../../../e2e/support/peers.ts';
import {
  DCMQRSCP_AE_TITLE,
  ORTHANC_AE_TITLE,
  startDcmqrscp,
  startOrthanc,
} from '../../../e2e/support/peers.ts';
import { encodePart10 } from '../../../shared/dicom/encode.ts';
import type { WritableCharacterSet } from '../../../shared/dicom/encode-text.ts';
import { characterSetOf, encodeText } from '../../../shared/dicom/encode-text.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { query } from './query-scu.ts';

const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';

/** A name in each character set, and how its beginning is searched for. */
const NAMES: readonly (readonly [string, WritableCharacterSet, string, string])[] = [
  ['Latin 1', 'ISO_IR 100', 'Äneas^Rüdiger', 'Äne*'],
  ['Greek', 'ISO_IR 126', 'Διονυσιος', 'Διον*'],
  ['Cyrillic', 'ISO_IR 144', 'Люкceмбypг', 'Люк*'],
  ['Arabic', 'ISO_IR 127', 'قباني^لنزار', 'قبا*'],
  ['Hebrew', 'ISO_IR 138', 'שרון^דבורה', 'שרו*'],
  ['Japanese', 'ISO 2022 IR 87', 'Yamada^Tarou=山田^太郎=やまだ^たろう', 'Yamada^Tarou=山田*'],
  ['Korean', 'ISO 2022 IR 149', 'Hong^Gildong=洪^吉洞=홍^길동', 'Hong^Gildong=洪*'],
  ['Chinese in GB18030', 'GB18030', 'Wang^XiaoDong=王^小东', 'Wang^XiaoDong=王*'],
  ['Chinese in UTF-8', 'ISO_IR 192', 'Zhang^XiaoDong=张^小东', 'Zhang^XiaoDong=张*'],
];

function file(number: number, term: WritableCharacterSet, name: string): Uint8Array {
  const sopInstanceUid = `2.25.4242${number}`;
  const meta = {
    sopClassUid: SECONDARY_CAPTURE,
    sopInstanceUid,
    transferSyntaxUid: ExplicitVrLittleEndian.uid,
  };
  const value = encodeText(name, term, true) ?? new Uint8Array();
  return encodePart10(
    meta,
    {
      [Tag.SpecificCharacterSet]: characterSetOf(term),
      [Tag.SOPClassUID]: SECONDARY_CAPTURE,
      [Tag.SOPInstanceUID]: sopInstanceUid,
      [Tag.StudyDate]: '20260101',
      [Tag.Modality]: 'OT',
      [Tag.PatientName]: { vr: 'PN', value },
      [Tag.PatientID]: `NAME-${number}`,
      [Tag.StudyInstanceUID]: `2.25.4243${number}`,
      [Tag.SeriesInstanceUID]: `2.25.4244${number}`,
      [Tag.StudyID]: '1',
      [Tag.SeriesNumber]: '1',
      [Tag.InstanceNumber]: '1',
    },
    ExplicitVrLittleEndian,
  );
}

const PEERS = [
  ['dcmqrscp', DCMQRSCP_AE_TITLE, startDcmqrscp],
  ['Orthanc', ORTHANC_AE_TITLE, startOrthanc],
] as const;

describe.each(PEERS)('Names at %s', (_, aeTitle, start) => {
  let peer: Peer;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-names-'));
    try {
      for (const [number, [, term, name]] of NAMES.entries()) {
        await writeFile(join(folder, `${number}.dcm`), file(number, term, name));
      }
      peer = await start([], folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 30_000);
  afterAll(() => peer.stop());

  async function namesBy(keys: Record<string, string>, characterSet?: WritableCharacterSet) {
    const { host, port } = peer;
    const address = { host, port, calledAeTitle: aeTitle, callingAeTitle: 'GANTRY' };
    const names: (string | undefined)[] = [];
    const request = { informationModel: 'study-root', level: 'STUDY', keys } as const;
    for await (const match of query(address, { ...request, ...(characterSet && { characterSet }) }))
      names.push(match['PatientName']);
    return names;
  }

  it.each(NAMES)('in %s come as they are written', async (_script, term, name) => {
    const number = NAMES.findIndex((entry) => entry[1] === term);
    expect(await namesBy({ PatientID: `NAME-${number}`, PatientName: '' })).toEqual([name]);
  });

  it.each(NAMES)(
    'in %s are found by a key in their character set',
    async (_script, term, name, key) => {
      expect(await namesBy({ PatientName: key }, term)).toEqual([name]);
    },
  );
});
