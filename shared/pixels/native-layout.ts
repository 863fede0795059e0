import type { ImageDescription } from './image-description.ts';

/** Bits that a native frame takes: frames of 1-bit data follow each other without padding (PS3.5 section 8.1.1). */
export function nativeFrameBits(image: ImageDescription): number {
  const pixels = image.rows * image.columns;
  const subsampled =
    image.photometricInterpretation === 'YBR_FULL_422' ||
    image.photometricInterpretation === 'YBR_PARTIAL_422';
  // Two luminance and two chrominance samples for each pair of pixels (PS3.3 C.7.6.3.1.2).
  return pixels * (subsampled ? 2 : image.samplesPerPixel) * image.bitsAllocated;
}
