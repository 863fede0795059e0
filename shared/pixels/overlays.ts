import type { Dataset } from '../dicom/dataset.ts';
import type { ParsedInstance } from '../dicom/read-instance.ts';
import { tagOf, type TagNumber } from '../dicom/tag.ts';
import { readExactly, swapWords } from './element-bytes.ts';
import type { ImageDescription } from './image-description.ts';

/** An overlay plane as it lies over one frame (PS3.3 section C.9.2). */
export interface OverlayPlane {
  /** Repeating group: 6000 to 601E. */
  readonly group: number;
  readonly rows: number;
  readonly columns: number;
  /** Of its first pixel within the image, from 0; it may lie outside. */
  readonly top: number;
  readonly left: number;
  /** Overlay Type R: a region of interest, else graphics. */
  readonly isRegion: boolean;
  /** One bit a pixel, the lowest first, from the bit `firstBit` on; or the bit of the pixel cells that it is. */
  readonly bits:
    | { readonly bytes: Uint8Array<ArrayBuffer>; readonly firstBit: number }
    | { readonly cellBit: number };
}

const FIRST_GROUP = 0x6000;
const LAST_GROUP = 0x601e;

const ROWS = 0x0010;
const COLUMNS = 0x0011;
const NUMBER_OF_FRAMES = 0x0015;
const TYPE = 0x0040;
const SUBTYPE = 0x0045;
const ORIGIN = 0x0050;
const IMAGE_FRAME_ORIGIN = 0x0051;
const BIT_POSITION = 0x0102;
const DATA = 0x3000;

/**
 * The overlays of a frame, read from the source. Those that can't be drawn are named in `problems`.
 *
 * @param frameIndex from 0
 */
export async function readOverlays(
  instance: ParsedInstance,
  image: ImageDescription,
  frameIndex: number,
): Promise<{ planes: OverlayPlane[]; problems: string[] }> {
  const planes: OverlayPlane[] = [];
  const problems: string[] = [];
  for (let group = FIRST_GROUP; group <= LAST_GROUP; group += 2) {
    if (!instance.dataset.has(tagOf(group, ROWS))) continue;
    const plane = await readPlane(instance, image, { group, frameIndex });
    if (plane === 'damaged') problems.push(`Overlay ${group.toString(16)} can't be drawn.`);
    else if (plane) planes.push(plane);
  }
  return { planes, problems };
}

interface Place {
  readonly group: number;
  readonly frameIndex: number;
}

/** Undefined where the overlay doesn't lie over this frame, or says itself that it is no drawing. */
async function readPlane(
  { dataset, source }: ParsedInstance,
  image: ImageDescription,
  { group, frameIndex }: Place,
): Promise<OverlayPlane | 'damaged' | undefined> {
  const tag = (element: number): TagNumber => tagOf(group, element);
  // Marks the part of the picture that is alive, which is most of it.
  if (dataset.string(tag(SUBTYPE))?.startsWith('ACTIVE')) return undefined;
  const rows = dataset.number(tag(ROWS)) ?? 0;
  const columns = dataset.number(tag(COLUMNS)) ?? 0;
  const [top = 1, left = 1] = dataset.numbers(tag(ORIGIN));
  const isRegion = dataset.string(tag(TYPE)) === 'R';
  const plane = { group, rows, columns, top: top - 1, left: left - 1, isRegion };
  const data = dataset.get(tag(DATA));
  if (!data) {
    const cellBit = dataset.number(tag(BIT_POSITION)) ?? 0;
    return isFreeBit(image, cellBit) ? { ...plane, bits: { cellBit } } : 'damaged';
  }
  const index = overlayFrame(dataset, group, frameIndex);
  if (index === undefined) return undefined;
  const bits = rows * columns;
  const from = Math.floor((bits * index) / 8);
  const to = Math.ceil((bits * (index + 1)) / 8);
  if (bits === 0 || to > data.length) return 'damaged';
  // Big endian turns the words of OW: whole ones are read.
  const isTurned = !dataset.littleEndian && data.vr !== 'OB';
  const start = isTurned ? from - (from % 2) : from;
  const end = Math.min(data.length, isTurned ? to + (to % 2) : to);
  const stored = data.bytes
    ? data.bytes.slice(start, end)
    : await readExactly(source, data.valueStart + start, end - start);
  const bytes = isTurned ? swapWords(stored) : stored;
  return { ...plane, bits: { bytes, firstBit: bits * index - start * 8 } };
}

/** Whether a bit of the pixel cells lies outside the pixel's own (PS3.5 section 8.1.2, retired). */
const isFreeBit = ({ bitsAllocated, bitsStored, highBit }: ImageDescription, bit: number) =>
  bit < bitsAllocated && (bit > highBit || bit < highBit + 1 - bitsStored);

/** Which frame of a multi-frame overlay lies over a frame of the image; a single one lies over all. */
function overlayFrame(dataset: Dataset, group: number, frameIndex: number): number | undefined {
  const count = dataset.number(tagOf(group, NUMBER_OF_FRAMES));
  if (count === undefined) return 0;
  const index = frameIndex - ((dataset.number(tagOf(group, IMAGE_FRAME_ORIGIN)) ?? 1) - 1);
  return index >= 0 && index < count ? index : undefined;
}

/** Calls back for each pixel of the image, row by row from 0, that the overlay marks. */
export function markedPixels(
  { rows, columns, top, left, bits }: OverlayPlane,
  image: { readonly rows: number; readonly columns: number },
  /** The bit of each pixel cell, 0 or 1, where the overlay lies in them. */
  cells: ArrayLike<number> | undefined,
  mark: (pixel: number) => void,
): void {
  const isMarked = (at: number): boolean => {
    if ('cellBit' in bits) return cells?.[at] === 1;
    const bit = bits.firstBit + at;
    return (((bits.bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1;
  };
  const lastRow = Math.min(rows, image.rows - top);
  const lastColumn = Math.min(columns, image.columns - left);
  for (let row = Math.max(0, -top); row < lastRow; row++) {
    for (let column = Math.max(0, -left); column < lastColumn; column++) {
      if (isMarked(row * columns + column)) mark((row + top) * image.columns + column + left);
    }
  }
}
