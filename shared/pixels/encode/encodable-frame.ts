import type { ImageDescription } from '../image-description.ts';
import { PixelError } from '../pixel-error.ts';
import type { PhotometricInterpretation, StoredFrame } from '../stored-frame.ts';
import type { Cells } from '../stored-values.ts';

/** A frame as encoders take it. */
export interface EncodableFrame {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  readonly photometricInterpretation: PhotometricInterpretation;
  /** Row by row, the samples of a pixel side by side; negative values in two's complement of all bits of a cell. */
  readonly cells: Cells;
  /** Bits that the values take; of signed ones, whose sign fills a cell, all that it has. */
  readonly precision: number;
  /** What the attributes will say. */
  readonly bitsStored: number;
  readonly signed: boolean;
}

/**
 * Stored values as cells for an encoder.
 * @throws PixelError for what no compression here holds: floating point, single bits
 */
export function encodableFrame(frame: StoredFrame, image: ImageDescription): EncodableFrame {
  const { samples, rows, columns, photometricInterpretation } = frame;
  if (samples instanceof Float32Array || samples instanceof Float64Array) {
    throw new PixelError('transfer-syntax', 'Floating point pixels can’t be compressed.');
  }
  if (image.bitsAllocated === 1) {
    throw new PixelError('transfer-syntax', 'Pixels of a single bit can’t be compressed.');
  }
  const cells = unsignedView(samples);
  const width = cells.BYTES_PER_ELEMENT * 8;
  const bitsStored = Math.min(width, image.bitsStored);
  // Streams are decoded to the smallest cells that hold them: fewer bits would change Bits Allocated.
  const isWholeCell = image.signed || width === 32 || (width === 16 && bitsStored <= 8);
  return {
    rows,
    columns,
    samplesPerPixel: image.samplesPerPixel,
    photometricInterpretation,
    cells,
    // No lossless stream has samples of a single bit.
    precision: isWholeCell ? width : Math.max(2, bitsStored),
    bitsStored,
    signed: image.signed,
  };
}

function unsignedView(
  samples: Exclude<StoredFrame['samples'], Float32Array | Float64Array>,
): Cells {
  const { buffer, byteOffset, length } = samples;
  if (samples.BYTES_PER_ELEMENT === 1) return new Uint8Array(buffer, byteOffset, length);
  if (samples.BYTES_PER_ELEMENT === 2) return new Uint16Array(buffer, byteOffset, length);
  return new Uint32Array(buffer, byteOffset, length);
}
