// Bits of pixel cells that hold no sample (PS3.5 section 8.1.1): overlays of old objects are drawn there, and anything can be.
import { isRange, pieceLength, type ByteSource, type Piece } from '../../../shared/dicom/byte-source.ts'; // prettier-ignore
import { concatBytes } from '../../../shared/dicom/encode.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import {
  areSignsAbove,
  areZerosBeside,
  cellLayout,
  countFillings,
  withFilling,
  type CellLayout,
  type Filling,
} from './cells.ts';
import { isDrawnInCells } from './embedded-overlays.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** How cells are filled beside their samples. */
interface Clearing {
  readonly layout: CellLayout;
  readonly filling: Filling;
  /** Cells that stay: they stand for none (PS3.3 section C.7.5.1.1.2). */
  readonly padding: number | undefined;
}

/** Bytes that are read at once; what is cleared of them is a Blob, which the browser may keep on its disk: 1 MiB. */
const PART = 2 ** 20;

/**
 * What is to be cleared in uncompressed Pixel Data; undefined where nothing is. Beside samples may stand zeros, or above signed
 * ones their sign: whichever most negative ones have. An overlay goes under any profile; all else where pixels are to be cleaned,
 * for that takes a look at each cell, and some writers put larger samples there than they say.
 */
export async function clearingOf(
  instance: ParsedInstance,
  clearsUnused: boolean,
): Promise<Clearing | undefined> {
  const { dataset, source } = instance;
  const element = dataset.get(Tag.PixelData);
  const layout = cellLayout(dataset);
  if (!element || element.fragments || !layout) return undefined;
  if (isDrawnInCells(instance)) return { layout, filling: 'zeros', padding: undefined };
  if (!clearsUnused || layout.stored === 8 * layout.width) return undefined;
  const { valueStart, length } = element;
  let [areZeros, areSigns] = [true, layout.isSigned];
  for (let at = 0; at < length && (areZeros || areSigns); at += PART) {
    const bytes = await source.read(valueStart + at, Math.min(PART, length - at));
    areZeros &&= areZerosBeside(bytes, layout);
    areSigns &&= areSignsAbove(bytes, layout);
  }
  if (areZeros || areSigns) return undefined;
  const padding = cellOf(dataset.number(Tag.PixelPaddingValue), layout);
  if (!layout.isSigned) return { layout, filling: 'zeros', padding };
  const counts = { zeros: 0, sign: 0 };
  for (let at = 0; at < length; at += PART) {
    const bytes = await source.read(valueStart + at, Math.min(PART, length - at));
    const { zeros, sign } = countFillings(bytes, layout);
    counts.zeros += zeros;
    counts.sign += sign;
  }
  return { layout, filling: counts.sign > counts.zeros ? 'sign' : 'zeros', padding };
}

const cellOf = (value: number | undefined, { width }: CellLayout): number | undefined =>
  value === undefined ? undefined : (value << (32 - 8 * width)) >> (32 - 8 * width);

/**
 * Uncompressed Pixel Data with its cells filled. Memory doesn't depend on its length.
 * @param pieces of the element, its header first
 * @param header bytes of that header
 */
export async function withClearedBits(
  pieces: readonly (Piece | Blob)[],
  header: number,
  { layout, filling, padding }: Clearing,
  source: ByteSource,
): Promise<{ readonly pieces: readonly (Piece | Blob)[]; readonly cells: number }> {
  const made: (Piece | Blob)[] = [];
  let cells = 0;
  let left: Bytes = new Uint8Array();
  for (const [i, part] of partsOf(pieces, header).entries()) {
    if (i === 0) {
      made.push(part);
      continue;
    }
    const read = await bytesOf(part, source);
    const whole = left.length === 0 ? read : concatBytes([left, read]);
    const end = whole.length - (whole.length % layout.width);
    const { bytes, count } = withFilling(whole.subarray(0, end), layout, filling, padding);
    // What stays isn't copied.
    if (count === 0 && left.length === 0 && end === whole.length) made.push(part);
    else made.push(new Blob([bytes]));
    left = whole.slice(end);
    cells += count;
  }
  if (left.length > 0) made.push(left);
  return { pieces: made, cells };
}

/** The header, and the value in parts that are short enough to be read. */
function partsOf(pieces: readonly (Piece | Blob)[], header: number): (Piece | Blob)[] {
  const parts: (Piece | Blob)[] = [];
  let at = 0;
  for (const piece of pieces) {
    const length = piece instanceof Blob ? piece.size : pieceLength(piece);
    for (let from = 0; from < length;) {
      const to = Math.min(length, at < header ? from + header - at : from + PART);
      parts.push(partOf(piece, from, to));
      at += to - from;
      from = to;
    }
  }
  return parts;
}

function partOf(piece: Piece | Blob, from: number, to: number): Piece | Blob {
  if (piece instanceof Blob) return piece.slice(from, to);
  return isRange(piece)
    ? { from: piece.from + from, to: piece.from + to }
    : piece.subarray(from, to);
}

async function bytesOf(piece: Piece | Blob, source: ByteSource): Promise<Bytes> {
  if (piece instanceof Blob) return new Uint8Array(await piece.arrayBuffer());
  return isRange(piece) ? source.read(piece.from, pieceLength(piece)) : piece;
}
