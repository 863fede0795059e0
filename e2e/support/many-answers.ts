// A peer that answers a C-FIND with as many studies as it is told to, as fast as they are taken.
import { encodeDataset } from '../../shared/dicom/encode.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../shared/dicom/uids.ts';
import * as raw from '../../bridge/src/dimse/testing/raw-connection.ts';

const PENDING = 0xff00;
const NEVER_FULL = () => undefined;
/** Answers in one write. */
const TOGETHER = 100;

function answer(at: number): Buffer {
  const two = (value: number) => String(value).padStart(2, '0');
  const dataset = encodeDataset(
    {
      [Tag.StudyDate]: `20${two(at % 26)}${two(1 + (at % 12))}${two(1 + (at % 28))}`,
      [Tag.StudyTime]: two(at % 24) + two(at % 60) + two((at * 7) % 60),
      [Tag.AccessionNumber]: `A${at}`,
      [Tag.ModalitiesInStudy]: at % 3 === 0 ? 'CT' : 'MR\\SR',
      [Tag.ReferringPhysicianName]: `DOCTOR^${at % 50}`,
      [Tag.StudyDescription]: `Study ${at} of the abdomen and more`,
      [Tag.PatientName]: `PHANTOM^${(at * 7919) % 100_000}`,
      [Tag.PatientID]: `P${(at * 104_729) % 1_000_000}`,
      [Tag.PatientBirthDate]: `19${two(at % 99)}0${1 + (at % 9)}11`,
      [Tag.PatientSex]: at % 2 === 0 ? 'F' : 'M',
      [Tag.StudyInstanceUID]: `2.25.${1_000_000 + at}`,
      [Tag.StudyID]: String(at),
      [Tag.NumberOfStudyRelatedSeries]: '3',
      [Tag.NumberOfStudyRelatedInstances]: '512',
    },
    ExplicitVrLittleEndian,
  );
  return Buffer.concat([reply(PENDING, true), raw.dataTf(raw.pdv(1, raw.LAST, dataset))]);
}

/** The Message ID of the first request of an association is 1. */
const reply = (status: number, hasDataset: boolean) =>
  raw.commandTf(1, {
    CommandField: 0x8020,
    MessageIDBeingRespondedTo: 1,
    CommandDataSetType: hasDataset ? 1 : 0x0101,
    Status: status,
  });

export async function startManyAnswers(count: number) {
  const server = await raw.rawServer(async (connection) => {
    await connection.pdu();
    connection.write(raw.associateAc());
    for (let isAsked = false; !isAsked;) {
      const pdu = await connection.pdu();
      if (pdu?.type !== 4) throw new Error('No query came.');
      isAsked = pdu.body.readUInt8(5) === raw.LAST;
    }
    for (let at = 0; at < count; at += TOGETHER) {
      const answers = Array.from({ length: Math.min(TOGETHER, count - at) }, (_, i) =>
        answer(at + i),
      );
      await connection.writeWithin(Buffer.concat(answers), NEVER_FULL);
    }
    connection.write(reply(0, false));
    await connection.pdu();
    connection.write(raw.RELEASE_RP);
  });
  return { port: server.port, stop: () => server.close() };
}
