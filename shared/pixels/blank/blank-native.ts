// Rectangles of uncompressed pixel data (PS3.5 sections 8.1 and 8.2): only their bytes change.
import type { ByteSource, Piece } from '../../dicom/byte-source.ts';
import type { Element } from '../../dicom/dataset.ts';
import { readExactly } from '../element-bytes.ts';
import type { Box } from '../box.ts';
import type { ImageDescription } from '../image-description.ts';
import { nativeFrameBits } from '../native-layout.ts';
import { PixelError } from '../pixel-error.ts';
import { blankValue, boxesInFrame } from './blank-values.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A row of a box in a plane, as bits of the value of Pixel Data. */
interface Run {
  readonly from: number;
  readonly to: number;
  /** As the box says. */
  readonly value: number | undefined;
}

/** Bytes of the value that are written anew, and the rows of boxes within. */
interface Band {
  readonly from: number;
  to: number;
  readonly runs: Run[];
}

/** How samples follow each other. */
interface Layout {
  /** Bits of a pixel within a plane. */
  readonly pixelBits: number;
  readonly planes: number;
}

const isSubsampled = ({ photometricInterpretation }: ImageDescription): boolean =>
  photometricInterpretation.endsWith('_422');

function layoutOf(image: ImageDescription): Layout {
  const { bitsAllocated, samplesPerPixel, planarConfiguration } = image;
  if (isSubsampled(image)) return { pixelBits: 2 * bitsAllocated, planes: 1 };
  if (planarConfiguration === 1) return { pixelBits: bitsAllocated, planes: samplesPerPixel };
  return { pixelBits: samplesPerPixel * bitsAllocated, planes: 1 };
}

/**
 * The element of the pixels with boxes blanked, in pieces: what no box touches stays a range of the source.
 * @throws PixelError when the value ends before its frames do
 */
export async function* blankNative(
  source: ByteSource,
  element: Element,
  image: ImageDescription,
  boxes: readonly Box[],
): AsyncGenerator<Piece, void, undefined> {
  const needed = Math.ceil((nativeFrameBits(image) * image.numberOfFrames) / 8);
  if (element.length < needed) {
    throw new PixelError('length', 'The pixel data ends before its last frame does.');
  }
  let at = element.start;
  for (const band of bandsOf(image, boxes, element.length)) {
    const from = element.valueStart + band.from;
    if (from > at) yield { from: at, to: from };
    const bytes = (await readExactly(source, from, band.to - band.from)).slice();
    for (const run of band.runs) blankRun(bytes, run, band.from, image, element);
    yield bytes;
    at = element.valueStart + band.to;
  }
  if (at < element.end) yield { from: at, to: element.end };
}

/** Rows that lie close together are read and written at once: bytes between two of them. */
const MAX_GAP = 4096;
/** A band grows to no more than this: 1 MiB. */
const MAX_BAND = 2 ** 20;

/** In the order of the value, frame by frame, so that memory doesn't depend on the number of frames. */
function* bandsOf(
  image: ImageDescription,
  boxes: readonly Box[],
  valueLength: number,
): Generator<Band, void, undefined> {
  const { rows, columns } = image;
  const { pixelBits, planes } = layoutOf(image);
  let band: Band | undefined;
  for (let frame = 0; frame < image.numberOfFrames; frame++) {
    const inFrame = boxesInFrame(boxes, image, frame);
    const runs: Run[] = [];
    for (let plane = 0; plane < planes; plane++) {
      const start = nativeFrameBits(image) * frame + plane * rows * columns * pixelBits;
      for (const box of inFrame) {
        for (let row = box.row; row < box.row + box.rows; row++) {
          const from = start + (row * columns + box.column) * pixelBits;
          runs.push({ from, to: from + box.columns * pixelBits, value: box.value });
        }
      }
    }
    for (const run of runs.sort((a, b) => a.from - b.from)) {
      // Whole words: in big endian two bytes change places.
      const from = Math.floor(run.from / 16) * 2;
      const to = Math.min(valueLength, Math.ceil(run.to / 16) * 2);
      const isApart = band && from > band.to + MAX_GAP;
      const isFull = band && to - band.from > MAX_BAND && from >= band.to;
      if (band && (isApart || isFull)) {
        yield band;
        band = undefined;
      }
      band ??= { from, to, runs: [] };
      band.to = Math.max(band.to, to);
      band.runs.push(run);
    }
  }
  if (band) yield band;
}

/** Blanks a run in bytes that begin at `start` of the value. */
function blankRun(
  bytes: Bytes,
  { from, to, value }: Run,
  start: number,
  image: ImageDescription,
  element: Element,
): void {
  const { bitsAllocated, littleEndian } = image;
  const isSwapped = !littleEndian && element.vr !== 'OB' && bitsAllocated < 16;
  const place = (byte: number) => (isSwapped ? byte ^ 1 : byte) - start;
  if (bitsAllocated === 1) {
    const isSet = (value ?? blankValue(image, 0)) === 1;
    for (let bit = from; bit < to; bit++) {
      const mask = 1 << (bit & 7);
      const at = place(bit >> 3);
      bytes[at] = isSet ? (bytes[at] ?? 0) | mask : (bytes[at] ?? 0) & ~mask;
    }
    return;
  }
  const width = bitsAllocated / 8;
  const pattern = patternOf(image, from, value);
  for (let byte = from / 8, i = 0; byte < to / 8; byte++, i++) {
    bytes[place(byte)] = pattern[i % pattern.length] ?? 0;
  }
  // What was one of two bytes of a word stays in its word: runs are whole cells.
  if ((to - from) % (width * 8) !== 0) throw new Error('A run ends within a cell.');
}

/** The bytes of a blank pixel (of two where they share their colour), as the value has them. */
function patternOf(image: ImageDescription, fromBit: number, value: number | undefined): Bytes {
  const { bitsAllocated, samplesPerPixel, highBit, bitsStored, littleEndian } = image;
  const width = bitsAllocated / 8;
  const bytes = new Uint8Array(patternSamples(image, fromBit).length * width);
  // Floating point: zero is all zeros, and no box has another value.
  if (image.sampleKind !== 'integer') return bytes;
  const view = new DataView(bytes.buffer);
  const low = highBit + 1 - bitsStored;
  patternSamples(image, fromBit).forEach((sample, i) => {
    const blank = value ?? blankValue(image, Math.min(sample, samplesPerPixel - 1));
    // Of a negative value the bits that are stored: PS3.5 section 8.1.1.
    const cell = (blank < 0 ? blank + 2 ** bitsStored : blank) * 2 ** low;
    if (width === 1) view.setUint8(i, cell);
    else if (width === 2) view.setUint16(i * 2, cell, littleEndian);
    else view.setUint32(i * 4, cell, littleEndian);
  });
  return bytes;
}

/** Which sample of a pixel each cell of a pattern holds. */
function patternSamples(image: ImageDescription, fromBit: number): readonly number[] {
  if (isSubsampled(image)) return [0, 0, 1, 2];
  if (image.samplesPerPixel === 1) return [0];
  if (image.planarConfiguration === 0) return [0, 1, 2];
  const plane = image.rows * image.columns * image.bitsAllocated;
  return [Math.floor((fromBit % nativeFrameBits(image)) / plane)];
}
