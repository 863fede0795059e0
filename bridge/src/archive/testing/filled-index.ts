// For tests and benchmarks: an archive whose index has many studies, without files behind them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Fields } from '../../../../shared/dicom/encode.ts';
import { encodeDataset } from '../../../../shared/dicom/encode.ts';
import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { bufferSource } from '../../../../shared/dicom/byte-source.ts';
import { readDataset } from '../../../../shared/dicom/read-instance.ts';
import { ExplicitVrLittleEndian } from '../../../../shared/dicom/uids.ts';
import { openIndexDatabase } from '../index-database.ts';
import { indexedAttributes, type IndexedAttributes } from '../indexed-attributes.ts';
import { InstanceIndex } from '../instance-index.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const FAMILIES = ['Garcia', 'Nguyen', 'Okafor', 'Müller', 'Smith', 'Rossi', 'Kowalska', 'Haddad'];
const GIVEN = ['Ana', 'Minh', 'Chidi', 'Jörg', 'Jane', 'Luca', 'Zofia', 'Omar', 'Ines', 'Kai'];

/** The attributes of study `number`; two studies of each patient. */
function study(number: number): Fields {
  const patient = number >> 1;
  const text = (value: string) => ({ vr: 'LO' as const, value: Buffer.from(value) });
  const name = `${FAMILIES[patient % 8]}^${GIVEN[(patient >> 3) % 10]}^${patient}`;
  const two = (value: number) => String(value).padStart(2, '0');
  return {
    [Tag.SpecificCharacterSet]: 'ISO_IR 192',
    [Tag.SOPClassUID]: CT,
    [Tag.SOPInstanceUID]: `2.25.1.${number}.1.1`,
    [Tag.StudyDate]: `20${two(10 + (number % 16))}${two(1 + (number % 12))}${two(1 + (number % 28))}`,
    [Tag.StudyTime]: `${two(number % 24)}${two(number % 60)}00`,
    [Tag.AccessionNumber]: `A${number}`,
    [Tag.Modality]: number % 3 === 0 ? 'MR' : 'CT',
    [Tag.InstitutionName]: text(`Site ${number % 5}`),
    [Tag.ReferringPhysicianName]: { vr: 'PN', value: Buffer.from(`Doctor^${number % 50}`) },
    [Tag.StudyDescription]: text(`Examination ${number % 200}`),
    [Tag.PatientName]: { vr: 'PN', value: Buffer.from(name) },
    [Tag.PatientID]: `P${patient}`,
    [Tag.PatientBirthDate]: `19${two(patient % 100)}0101`,
    [Tag.PatientSex]: patient % 2 === 0 ? 'F' : 'M',
    [Tag.StudyInstanceUID]: `2.25.1.${number}`,
    [Tag.SeriesInstanceUID]: `2.25.1.${number}.1`,
    [Tag.StudyID]: `S${number}`,
    [Tag.SeriesNumber]: '1',
    [Tag.InstanceNumber]: '1',
  };
}

/** Writes the index of an archive that nobody has open, for `openArchive` with the same data directory. */
export async function fillIndex(dataDirectory: string, studies: number): Promise<void> {
  const folder = join(dataDirectory, 'archive');
  mkdirSync(folder, { recursive: true });
  const database = openIndexDatabase(join(folder, 'index.sqlite'));
  const index = new InstanceIndex(database);
  const { explicitVr, littleEndian } = ExplicitVrLittleEndian;
  const entries: IndexedAttributes[] = [];
  for (let number = 0; number < studies; number++) {
    const source = bufferSource(
      encodeDataset(study(number), ExplicitVrLittleEndian, 'as they are'),
    );
    const read = { explicitVr, littleEndian, start: 0, end: source.size, maxValueBytes: 64 };
    entries.push(indexedAttributes((await readDataset(source, read)).dataset));
  }
  index.transaction(() =>
    entries.forEach((attributes, number) =>
      index.add({
        attributes,
        path: `none/${number}`,
        datasetOffset: 0,
        size: 1,
        transferSyntaxUid: ExplicitVrLittleEndian.uid,
        receivedMs: number,
        sourceAeTitle: 'FILLED',
        origin: 'archive',
      }),
    ),
  );
  index.setClosedInOrder(true);
  database.close();
}
