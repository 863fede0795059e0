// Uncompressed pixels: how many bytes their frames take, and what stands behind the last one.
import type { Element, Dataset } from '../../../shared/dicom/dataset.ts';
import { isRange, type Piece } from '../../../shared/dicom/byte-source.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { CodestreamError } from './beside.ts';
import type { ByteRange } from './fragment-stream.ts';
import type { FrameSize } from './in-rle.ts';
import { PIXEL_DATA } from './plan.ts';

/** Frames behind each other without an end would fill memory; no writer pads that much: 16 MiB. */
const MAX_EXCESS = 2 ** 24;

const numberOf = (dataset: Dataset, tag: number, otherwise: number): number =>
  dataset.number(tag) ?? otherwise;

/** Bits of a frame, uncompressed (PS3.5 section 8.2); 0 where no image is described. */
function frameBits(dataset: Dataset): number {
  const pixels = numberOf(dataset, Tag.Rows, 0) * numberOf(dataset, Tag.Columns, 0);
  const photometric = dataset.string(Tag.PhotometricInterpretation);
  // Two pixels share their chroma.
  const samples = photometric === 'YBR_FULL_422' ? 2 : numberOf(dataset, Tag.SamplesPerPixel, 1);
  return pixels * samples * numberOf(dataset, Tag.BitsAllocated, 0);
}

/** What a frame of the Image Pixel Module is made of; undefined where none is described. */
export function frameSize(dataset: Dataset): FrameSize | undefined {
  const bits = frameBits(dataset);
  if (bits === 0) return undefined;
  const allocated = numberOf(dataset, Tag.BitsAllocated, 0);
  const pixels = numberOf(dataset, Tag.Rows, 0) * numberOf(dataset, Tag.Columns, 0);
  return {
    bytes: Math.ceil(bits / 8),
    segments: numberOf(dataset, Tag.SamplesPerPixel, 1) * Math.ceil(allocated / 8),
    segmentBytes: allocated === 1 ? Math.ceil(pixels / 8) : pixels,
  };
}

/**
 * Bytes behind the last frame of uncompressed pixels.
 * @throws CodestreamError where nobody can tell
 */
export function rangesBehind(element: Element, dataset: Dataset): readonly ByteRange[] {
  const bits = PIXEL_DATA.has(element.tag) ? frameBits(dataset) : 0;
  // In words of 16 bits the last sample may be the second byte of the last one.
  const used = 2 * Math.ceil((bits * Math.max(1, numberOf(dataset, Tag.NumberOfFrames, 1))) / 16);
  if (bits === 0 || element.length <= used) return [];
  if (element.length - used > MAX_EXCESS) {
    throw new CodestreamError('Far more bytes than its frames need stand in it.');
  }
  return [{ from: element.valueStart + used, to: element.valueStart + element.length }];
}

const ZEROS = new Uint8Array(64 * 1024);

/** Pieces in which ranges of the source have become zeros. */
export function withZeros(
  pieces: readonly Piece[],
  ranges: readonly ByteRange[],
): readonly Piece[] {
  if (ranges.length === 0) return pieces;
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  return pieces.flatMap((piece) => {
    if (!isRange(piece)) return [piece];
    const out: Piece[] = [];
    let at = piece.from;
    for (const { from, to } of sorted) {
      const [start, end] = [Math.max(from, at), Math.min(to, piece.to)];
      if (start >= end) continue;
      if (start > at) out.push({ from: at, to: start });
      for (let left = end - start; left > 0; left -= ZEROS.length) {
        out.push(ZEROS.slice(0, Math.min(left, ZEROS.length)));
      }
      at = end;
    }
    if (at < piece.to) out.push({ from: at, to: piece.to });
    return out;
  });
}
