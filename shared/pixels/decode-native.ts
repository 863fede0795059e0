import type { ImageDescription } from './image-description.ts';
import { interleave } from './interleave.ts';
import { nativeFrameBits } from './native-layout.ts';
import { PixelError } from './pixel-error.ts';
import type { SampleArray, StoredFrame } from './stored-frame.ts';
import { cellsOf, storedValues } from './stored-values.ts';

/** Decodes a native frame: little endian bytes, 1-bit data from bit 0 on (PS3.5 section 8.1). */
export function decodeNative(bytes: Uint8Array<ArrayBuffer>, image: ImageDescription): StoredFrame {
  const { rows, columns, samplesPerPixel, photometricInterpretation } = image;
  const frame = { rows, columns, samplesPerPixel, photometricInterpretation };
  if (image.sampleKind !== 'integer') return { ...frame, samples: floats(bytes, image) };
  const pixels = rows * columns;
  if (
    photometricInterpretation === 'YBR_FULL_422' ||
    photometricInterpretation === 'YBR_PARTIAL_422'
  ) {
    return { ...frame, ...upsample422(bytes, image) };
  }
  const cells = cellsOf(bytes, image.bitsAllocated, pixels * samplesPerPixel);
  const samples = storedValues(cells, image);
  if (image.planarConfiguration === 0) return { ...frame, samples };
  return { ...frame, samples: interleave(samples, pixels, samplesPerPixel, samples.slice()) };
}

function floats(bytes: Uint8Array<ArrayBuffer>, image: ImageDescription): SampleArray {
  const count = nativeFrameBits(image) / image.bitsAllocated;
  const { buffer } = new Uint8Array(bytes);
  return image.sampleKind === 'float32'
    ? new Float32Array(buffer, 0, count)
    : new Float64Array(buffer, 0, count);
}

/** Y1 Y2 CB CR for each pair of pixels: both get the same chrominance (PS3.3 C.7.6.3.1.2). */
function upsample422(
  bytes: Uint8Array<ArrayBuffer>,
  image: ImageDescription,
): Pick<StoredFrame, 'samples' | 'photometricInterpretation'> {
  if (image.bitsAllocated !== 8 || image.columns % 2 !== 0) {
    throw new PixelError(
      'attributes',
      'Subsampled colour needs 8 bits and an even number of columns.',
    );
  }
  const pairs = (image.rows * image.columns) / 2;
  if (bytes.length < pairs * 4)
    throw new PixelError('length', 'The frame is shorter than described.');
  const samples = new Uint8Array(pairs * 6);
  for (let pair = 0; pair < pairs; pair++) {
    const [y1 = 0, y2 = 0, cb = 0, cr = 0] = bytes.subarray(pair * 4, pair * 4 + 4);
    samples.set([y1, cb, cr, y2, cb, cr], pair * 6);
  }
  const partial = image.photometricInterpretation === 'YBR_PARTIAL_422';
  if (partial) expandPartialRange(samples);
  return { samples, photometricInterpretation: 'YBR_FULL' };
}

/** YBR_PARTIAL: black is 16, white 235, chrominance spans 16 to 240 (PS3.3 C.7.6.3.1.2, retired). */
function expandPartialRange(samples: Uint8Array): void {
  const clamp = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
  for (let at = 0; at < samples.length; at += 3) {
    samples[at] = clamp(((samples[at] ?? 0) - 16) * (255 / 219));
    samples[at + 1] = clamp(((samples[at + 1] ?? 0) - 128) * (255 / 224) + 128);
    samples[at + 2] = clamp(((samples[at + 2] ?? 0) - 128) * (255 / 224) + 128);
  }
}
