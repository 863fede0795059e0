import { concatBytes, elementHeader, itemHeader } from '../../../../shared/dicom/encode.ts';
import { ITEM, SEQUENCE_DELIMITATION } from '../../../../shared/dicom/tag.ts';
import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../../shared/dicom/uids.ts';
import { read } from './run.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** With a zero behind it where its length is odd. */
export const evenly = (bytes: Bytes): Bytes =>
  bytes.length % 2 === 0 ? bytes : concatBytes([bytes, new Uint8Array(1)]);

/** Encapsulated pixel data of fragments, with an empty table. */
export const encapsulated = (fragments: readonly Bytes[]): Bytes =>
  concatBytes([
    elementHeader(Tag.PixelData, 'OB', 0xffffffff, ExplicitVrLittleEndian),
    itemHeader(ITEM, 0, true),
    ...fragments.map(evenly).flatMap((even) => [itemHeader(ITEM, even.length, true), even]),
    itemHeader(SEQUENCE_DELIMITATION, 0, true),
  ]);

/** Fragments of a file, without the table. */
export async function fragmentsIn(file: Bytes): Promise<Bytes[]> {
  const { fragments = [] } = (await read(file)).dataset.get(Tag.PixelData) ?? {};
  return fragments.slice(1).map(({ offset, length }) => file.slice(offset, offset + length));
}
