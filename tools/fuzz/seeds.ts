import { encodePart10 } from '../../shared/dicom/encode.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { bytesOf, corpusFiles } from '../../shared/dicom/testing/corpus.ts';
import {
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
} from '../../shared/dicom/uids.ts';
import { seedOf, type Seed } from './mutations.ts';

/** Larger files take the time of many small ones, and have no other headers. */
const MAX_SEED_BYTES = 100_000;

/** The small real files of the machine, and made ones of each encoding. */
export async function fuzzSeeds(): Promise<Seed[]> {
  const seeds: Seed[] = [];
  for (const file of corpusFiles()) {
    if (file.size <= MAX_SEED_BYTES) seeds.push(await seedOf(file.name, bytesOf(file)));
  }
  for (const syntax of [ExplicitVrLittleEndian, ImplicitVrLittleEndian, ExplicitVrBigEndian]) {
    const meta = { sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid: syntax.uid };
    const fields = {
      [Tag.SpecificCharacterSet]: '\\ISO 2022 IR 87',
      [Tag.PatientName]: 'Doe^Jane',
      [Tag.ReferencedImageSequence]: [
        { [Tag.ReferencedSOPInstanceUID]: '1.2.3', [Tag.SourceImageSequence]: [{}, {}] },
      ],
      [Tag.Rows]: 4,
      [Tag.PixelData]: { vr: 'OW' as const, value: new Uint8Array(32) },
    };
    seeds.push(await seedOf(syntax.name, encodePart10(meta, fields, syntax)));
  }
  return seeds;
}
