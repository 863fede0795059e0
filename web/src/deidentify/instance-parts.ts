import type { ByteSource, Piece } from '../../../shared/dicom/byte-source.ts';
import { Dataset, type Element } from '../../../shared/dicom/dataset.ts';
import { concatBytes } from '../../../shared/dicom/encode.ts';
import {
  materialise,
  spliceDataset,
  type Decide,
  type NewElement,
} from '../../../shared/dicom/splice.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { PIXEL_DATA } from './plan.ts';

/** Everything before the pixel data is read into memory for the check, up to this many bytes: 64 MiB. */
export const MAX_CHECKED_RANGE = 64 * 1024 * 1024;

/** Pixel data, and the tables that say where its frames begin: dicom-parser doesn't know their VR. */
const PIXEL_DATA_GROUP: ReadonlySet<number> = new Set([
  ...PIXEL_DATA,
  Tag.ExtendedOffsetTable,
  Tag.ExtendedOffsetTableLengths,
  Tag.EncapsulatedPixelDataValueTotalLength,
]);

/** Name and ID behind the pixel data, out of order: they stand in front already. */
export const withoutAdded =
  (decideEdit: Decide): Decide =>
  (element, dataset, depth) =>
    depth === 0 && (element.tag === Tag.PatientName || element.tag === Tag.PatientID)
      ? { kind: 'remove' }
      : decideEdit(element, dataset, depth);

/** A part of a data set that keeps its encoding and the character set of the whole. */
const part = (dataset: Dataset, elements: readonly Element[]) =>
  new Dataset(elements, dataset, dataset);

/** What stands before the pixel data, the pixel data, and what stands behind it. */
export function splitAtPixelData(dataset: Dataset) {
  const at = dataset.elements.findIndex(({ tag }) => PIXEL_DATA_GROUP.has(tag));
  const from = at === -1 ? dataset.elements.length : at;
  const behind = dataset.elements.slice(from).findIndex(({ tag }) => !PIXEL_DATA_GROUP.has(tag));
  const to = behind === -1 ? dataset.elements.length : from + behind;
  return {
    head: part(dataset, dataset.elements.slice(0, from)),
    pixels: part(dataset, dataset.elements.slice(from, to)),
    tail: part(dataset, dataset.elements.slice(to)),
  };
}

/** Undefined where a part of it was left in the file. */
export function inMemory(pieces: readonly Piece[]): Uint8Array<ArrayBuffer> | undefined {
  const bytes = pieces.filter((piece) => piece instanceof Uint8Array);
  return bytes.length === pieces.length ? concatBytes(bytes) : undefined;
}

/** Bytes of a binary value above which nobody reads it again where the whole would be too large: 1 MiB. */
const MAX_REREAD = 2 ** 20;

/**
 * A head that is too large to be held, for the check: long binary values that stay as they are, raw data above all, are left out. It
 * doesn't read them otherwise either, but counts their bytes.
 */
export async function withoutLargeValues(
  head: Dataset,
  decideEdit: Decide,
  added: readonly NewElement[],
  source: ByteSource,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const isLarge = ({ vr, items, fragments, length }: Element) =>
    (vr.startsWith('O') || vr === 'UN') && !items && !fragments && length > MAX_REREAD;
  const decideShort: Decide = (element, dataset, depth) => {
    const edit = decideEdit(element, dataset, depth);
    return edit.kind === 'keep' && isLarge(element)
      ? { kind: 'replace', value: new Uint8Array() }
      : edit;
  };
  const pieces = spliceDataset(head, decideShort, added);
  return inMemory(await materialise(pieces, source, MAX_CHECKED_RANGE));
}
