import { bufferSource } from '../shared/dicom/byte-source.ts';
import { encodePart10, type Fields } from '../shared/dicom/encode.ts';
import { readInstance } from '../shared/dicom/read-instance.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../shared/dicom/uids.ts';

const ELEMENTS = 1500;
const REFERENCES = 250;

/** An instance with a header of 1,500 elements, as some scanners write: references, and blocks of private elements. */
export async function withLongHeader(
  file: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { dataset, source } = await readInstance(bufferSource(file));
  const fields: Record<number, Fields[number]> = {};
  for (const { tag, vr, items, length, valueStart, bytes } of dataset.elements) {
    const value = bytes ?? (await source.read(valueStart, length));
    if (!items) fields[tag] = { vr, value: new Uint8Array(value) };
  }
  const sopClassUid = dataset.string(Tag.SOPClassUID) ?? '';
  fields[Tag.ReferencedImageSequence] = Array.from({ length: REFERENCES }, (_, i) => ({
    [Tag.ReferencedSOPClassUID]: sopClassUid,
    [Tag.ReferencedSOPInstanceUID]: `1.2.826.0.1.3680043.10.4.${i}`,
  }));
  let left = ELEMENTS - dataset.elements.length - 1 - 2 * REFERENCES;
  for (let group = 0x0019; left > 0; group += 2) {
    fields[((group << 16) | 0x10) >>> 0] = { vr: 'LO', value: `ACME HEADER ${group}` };
    left--;
    for (let element = 0x1000; element < 0x10ff && left > 0; element++, left--) {
      const isText = element % 2 === 0;
      fields[((group << 16) | element) >>> 0] = isText
        ? { vr: 'LO', value: `Value ${element}` }
        : { vr: 'DS', value: String(element / 8) };
    }
  }
  const sopInstanceUid = dataset.string(Tag.SOPInstanceUID) ?? '';
  const meta = { sopClassUid, sopInstanceUid, transferSyntaxUid: ExplicitVrLittleEndian.uid };
  return encodePart10(meta, fields, ExplicitVrLittleEndian, 'as they are');
}
