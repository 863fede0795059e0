import type { ImageDescription } from '../image-description.ts';
import { type PhotometricInterpretation, type StoredFrame } from '../stored-frame.ts';
import { clipped, isInFrame, type Box } from '../box.ts';

/** What of an image says which value is black. */
export interface Black {
  readonly photometricInterpretation: PhotometricInterpretation;
  readonly bitsStored: number;
  readonly signed: boolean;
}

/** The stored value that a blanked sample gets: black, without colour; 0 where values have no fixed meaning. */
export function blankValue(image: Black, sample: number): number {
  const { photometricInterpretation: photometric, bitsStored, signed } = image;
  if (photometric === 'MONOCHROME1') return signed ? 0 : 2 ** bitsStored - 1;
  if (photometric.startsWith('YBR') && sample > 0) return 2 ** (bitsStored - 1);
  // Of the partial range black is 16 (PS3.3 section C.7.6.3.1.2, retired).
  return photometric === 'YBR_PARTIAL_422' ? 16 : 0;
}

/** The parts of boxes that lie in a frame of an image. Two pixels of 4:2:2 share their colour: both are blanked. */
export function boxesInFrame(
  boxes: readonly Box[],
  image: Pick<ImageDescription, 'rows' | 'columns' | 'photometricInterpretation'>,
  frameIndex: number,
): Box[] {
  return boxes.flatMap((box) => {
    const inside = isInFrame(box, frameIndex) ? clipped(box, image) : undefined;
    if (!inside) return [];
    if (!image.photometricInterpretation.endsWith('_422')) return [inside];
    const left = inside.column - (inside.column % 2);
    const right = inside.column + inside.columns;
    return [{ ...inside, column: left, columns: right + (right % 2) - left }];
  });
}

/** A decoded frame with its boxes blanked. */
export function blankFrame(
  frame: StoredFrame,
  image: ImageDescription,
  boxes: readonly Box[],
): StoredFrame {
  const { samplesPerPixel, columns, photometricInterpretation } = frame;
  const samples = frame.samples.slice();
  const black = { ...image, photometricInterpretation };
  for (const box of boxes) {
    for (let row = box.row; row < box.row + box.rows; row++) {
      for (let sample = 0; sample < samplesPerPixel; sample++) {
        const value = box.value ?? blankValue(black, sample);
        const first = (row * columns + box.column) * samplesPerPixel + sample;
        const end = first + box.columns * samplesPerPixel;
        for (let at = first; at < end; at += samplesPerPixel) samples[at] = value;
      }
    }
  }
  return { ...frame, samples };
}
