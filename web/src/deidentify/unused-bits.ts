import {
  isRange,
  pieceLength,
  type ByteSource,
  type Piece,
} from '../../../shared/dicom/byte-source.ts';
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import { isPrivate, type TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { transferSyntaxOf } from '../../../shared/dicom/uids.ts';

const BIT_POSITION = 0x0102;

/**
 * Groups of overlays that lie in the unused bits of Pixel Data (retired, PS3.5 section 8.1.2): what describes an overlay
 * that has no Overlay Data is taken for one.
 */
function embeddedOverlays(dataset: Dataset): TagNumber[] {
  return dataset.elements.flatMap(({ tag }) => {
    if (tag >>> 24 !== 0x60 || isPrivate(tag)) return [];
    const element = tag & 0xffff;
    const isPlane = element === 0x0010 || (element === 0x0100 && (dataset.number(tag) ?? 16) > 1);
    const group = (tag & 0xffff0000) >>> 0;
    return isPlane && !dataset.has((group | 0x3000) >>> 0) ? [group] : [];
  });
}

/** Of each byte of a pixel cell the bits that hold the sample, in the order of the source. */
type CellMask = readonly number[];

function cellMask(dataset: Dataset): CellMask | undefined {
  const allocated = dataset.number(Tag.BitsAllocated) ?? 0;
  const stored = dataset.number(Tag.BitsStored) ?? 0;
  const lowest = (dataset.number(Tag.HighBit) ?? -1) + 1 - stored;
  if (![8, 16, 32].includes(allocated) || stored < 1) return undefined;
  if (lowest < 0 || lowest + stored > allocated) return undefined;
  const bits = Array.from(
    { length: allocated },
    (_, bit) => bit >= lowest && bit < lowest + stored,
  );
  const bytes = Array.from({ length: allocated / 8 }, (_, byte) =>
    bits.slice(8 * byte, 8 * byte + 8).reduce((mask, isUsed, i) => mask | (isUsed ? 1 << i : 0), 0),
  );
  return dataset.littleEndian ? bytes : bytes.reverse();
}

/** Whether an overlay lies in bits of the samples, where nothing can be told from it. */
function isAmongSamples(dataset: Dataset, mask: CellMask, group: TagNumber): boolean {
  const position = dataset.number((group | BIT_POSITION) >>> 0);
  if (position === undefined || position === 0) return false;
  const bytes = dataset.littleEndian ? mask : [...mask].reverse();
  return (((bytes[position >>> 3] ?? 0) >> (position & 7)) & 1) === 1;
}

/** Why an overlay in the pixel data can't be removed, in words; undefined where it can, or there is none. */
export function reasonInOverlays({
  dataset,
  transferSyntaxUid,
}: ParsedInstance): string | undefined {
  const groups = embeddedOverlays(dataset);
  if (groups.length === 0) return undefined;
  const drawn = 'An overlay is drawn in the pixel data';
  if (transferSyntaxOf(transferSyntaxUid).encapsulated) {
    return `${drawn}, which is compressed, so that it can not be removed.`;
  }
  const mask = cellMask(dataset);
  if (!mask) return `${drawn}, in cells of a size that it can not be removed from.`;
  return groups.some((group) => isAmongSamples(dataset, mask, group))
    ? `${drawn}, in bits of the picture itself.`
    : undefined;
}

/** The bits to be cleared in Pixel Data; undefined where no overlay lies in it. */
export const bitsToClear = (dataset: Dataset): CellMask | undefined =>
  embeddedOverlays(dataset).length === 0 ? undefined : cellMask(dataset);

/** Bytes that are read and cleared at once; each part is a Blob, which the browser may keep on its disk: 1 MiB. */
const PART = 2 ** 20;

/**
 * Uncompressed Pixel Data with all bits zero that hold no sample.
 * @param pieces of the element, its header first
 * @param valueStart bytes of that header
 */
export async function withClearedBits(
  pieces: readonly (Piece | Blob)[],
  valueStart: number,
  mask: CellMask,
  source: ByteSource,
): Promise<Blob[]> {
  const parts: Blob[] = [];
  let at = -valueStart;
  for (const piece of pieces) {
    const length = piece instanceof Blob ? piece.size : pieceLength(piece);
    for (let from = 0; from < length; from += PART) {
      const bytes = await readPart(piece, from, Math.min(PART, length - from), source);
      for (let i = Math.max(0, -at); i < bytes.length; i++) {
        bytes[i] = (bytes[i] ?? 0) & (mask[(at + i) % mask.length] ?? 0);
      }
      at += bytes.length;
      parts.push(new Blob([bytes]));
    }
  }
  return parts;
}

/** A copy. */
async function readPart(
  piece: Piece | Blob,
  from: number,
  length: number,
  source: ByteSource,
): Promise<Uint8Array<ArrayBuffer>> {
  if (piece instanceof Blob) {
    return new Uint8Array(await piece.slice(from, from + length).arrayBuffer());
  }
  const bytes = isRange(piece)
    ? await source.read(piece.from + from, length)
    : piece.subarray(from, from + length);
  return bytes.slice();
}
