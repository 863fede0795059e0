// Answers that other SCPs give, and DCMTK and Orthanc do not: a peer written by hand.
import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../shared/dicom/encode.ts';
import { encodeDataset } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import type { FindMatch } from './find-scu.ts';
import { wholeIdentifier } from './identifier.ts';
import { response, takeMessage, takeRelease } from './testing/raw-messages.ts';
import { rawPeer } from './testing/raw-peer.ts';
import { worklist, worklistFields } from './worklist-scu.ts';

const PENDING = 0xff00;
const WARNING_PENDING = 0xff01;

/** The peer's answers to a worklist that is asked for by these keys, and what the peer heard. */
async function entries(
  answers: readonly Fields[],
  { keys = {}, pending = PENDING }: { keys?: Record<string, string>; pending?: number } = {},
) {
  let heard: Awaited<ReturnType<typeof takeMessage>> | undefined;
  const peer = await rawPeer(async (connection) => {
    heard = await takeMessage(connection);
    for (const answer of answers) {
      const dataset = encodeDataset(answer, ExplicitVrLittleEndian);
      connection.write(response(heard.command, pending, dataset));
    }
    connection.write(response(heard.command, 0));
    await takeRelease(connection);
  });
  const found: FindMatch[] = [];
  const request = { keys, characterSet: 'ISO_IR 192' } as const;
  for await (const entry of worklist(peer, request, {})) found.push(entry);
  return { found, heard };
}

describe('Worklist SCU', () => {
  it('puts the keys of the step into its sequence, and the others beside it', async () => {
    const keys = { Modality: 'CT', ScheduledProcedureStepStartDate: '20260101-', PatientID: '1' };
    const { heard } = await entries([], { keys });
    expect(heard?.command).toMatchObject({
      CommandField: 0x0020,
      AffectedSOPClassUID: '1.2.840.10008.5.1.4.31',
    });
    const identifier = ReadableStream.from([new Uint8Array(heard?.dataset ?? [])]);
    const dataset = await wholeIdentifier(identifier, ExplicitVrLittleEndian.uid);
    expect(dataset.string(Tag.PatientID)).toBe('1');
    expect(dataset.has(Tag.Modality)).toBe(false);
    expect(dataset.has(Tag.QueryRetrieveLevel)).toBe(false);
    const [step, ...more] = dataset.items(Tag.ScheduledProcedureStepSequence);
    expect(more).toEqual([]);
    expect(step?.string(Tag.Modality)).toBe('CT');
    expect(step?.string(Tag.ScheduledProcedureStepStartDate)).toBe('20260101-');
    expect(step?.get(Tag.ScheduledStationAETitle)?.length).toBe(0);
  });

  it('makes an entry of each item, where an answer has several', async () => {
    const steps = [{ [Tag.Modality]: 'CT' }, { [Tag.Modality]: 'MR' }];
    const answer = { [Tag.PatientID]: 'P1', [Tag.ScheduledProcedureStepSequence]: steps };
    const { found } = await entries([answer], { pending: WARNING_PENDING });
    expect(found).toEqual([
      { PatientID: 'P1', Modality: 'CT' },
      { PatientID: 'P1', Modality: 'MR' },
    ]);
  });

  it('takes an answer without any step, and one that has its attributes outside', async () => {
    const empty = { [Tag.PatientID]: 'P1', [Tag.ScheduledProcedureStepSequence]: [] };
    const flat = { [Tag.PatientID]: 'P2', [Tag.Modality]: 'US' };
    const { found } = await entries([empty, flat]);
    expect(found).toEqual([{ PatientID: 'P1' }, { PatientID: 'P2', Modality: 'US' }]);
  });

  it('reads a name in an item by the character set of the answer, or by the item’s own', async () => {
    const greek = { vr: 'PN', value: Uint8Array.of(0xc4, 0xe9, 0xef, 0xed) } as const;
    const own = { [Tag.SpecificCharacterSet]: 'ISO_IR 126' };
    const item = { [Tag.ScheduledPerformingPhysicianName]: greek };
    const inherited = { ...own, [Tag.ScheduledProcedureStepSequence]: [item] };
    const itself = { [Tag.ScheduledProcedureStepSequence]: [{ ...own, ...item }] };
    const { found } = await entries([inherited, itself]);
    expect(found).toEqual([
      { ScheduledPerformingPhysicianName: 'Διον' },
      { ScheduledPerformingPhysicianName: 'Διον' },
    ]);
  });

  it.each([
    [{ QueryRetrieveLevel: 'STUDY' }, 'QueryRetrieveLevel is no key of a worklist'],
    [{ Nothing: '' }, 'Nothing is no key of a worklist'],
    [{ ScheduledStationAETitle: 'Ä' }, 'ScheduledStationAETitle takes letters of ASCII only'],
  ])('refuses what is no key of a worklist: %o', (keys, words) => {
    const ask = () => worklistFields({ keys, characterSet: 'ISO_IR 192' });
    expect(ask).toThrow(expect.objectContaining({ code: 'invalid-dataset' }));
    expect(ask).toThrow(words);
  });
});
