import type { ImageDescription } from './image-description.ts';
import { interleave } from './interleave.ts';
import { PixelError } from './pixel-error.ts';
import type { StoredFrame } from './stored-frame.ts';
import { cellsOf, storedValues } from './stored-values.ts';

const HEADER_BYTES = 64;
const MAX_SEGMENTS = 15;

/** Decodes an RLE frame (PS3.5 annex G): one segment for each byte of each sample, most significant byte first. */
export function decodeRle(bytes: Uint8Array<ArrayBuffer>, image: ImageDescription): StoredFrame {
  const { rows, columns, samplesPerPixel, photometricInterpretation, bitsAllocated } = image;
  const pixels = rows * columns;
  const bytesPerSample = Math.ceil(bitsAllocated / 8);
  const segments = segmentsOf(bytes);
  if (segments.length !== samplesPerPixel * bytesPerSample) {
    const message = `The RLE frame has ${segments.length} segments, its attributes describe ${samplesPerPixel * bytesPerSample}.`;
    throw new PixelError('attributes', message);
  }
  const segmentBytes = bitsAllocated === 1 ? Math.ceil(pixels / 8) : pixels;
  const planar = new Uint8Array(segmentBytes * segments.length);
  for (const [i, segment] of segments.entries()) {
    const sample = Math.floor(i / bytesPerSample);
    const significance = bytesPerSample - 1 - (i % bytesPerSample);
    const start = sample * segmentBytes * bytesPerSample + significance;
    unpack(segment, planar, start, bytesPerSample, segmentBytes);
  }
  const cells = cellsOf(planar, bitsAllocated, pixels * samplesPerPixel);
  const values = storedValues(cells, image);
  const samples =
    samplesPerPixel === 1 ? values : interleave(values, pixels, samplesPerPixel, values.slice());
  return { rows, columns, samplesPerPixel, photometricInterpretation, samples };
}

function segmentsOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array[] {
  if (bytes.length < HEADER_BYTES) throw new PixelError('codec', 'The RLE header is cut short.');
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const count = header.getUint32(0, true);
  if (count < 1 || count > MAX_SEGMENTS)
    throw new PixelError('codec', 'The RLE header is damaged.');
  const offsets = Array.from({ length: count }, (_, i) => header.getUint32(4 + i * 4, true));
  return offsets.map((offset, i) => {
    const end = offsets[i + 1] ?? bytes.length;
    if (offset < HEADER_BYTES || end < offset || end > bytes.length) {
      throw new PixelError('codec', 'The RLE header points outside the frame.');
    }
    return bytes.subarray(offset, end);
  });
}

/** Unpacks one segment into every `step`th byte from `start` on (PS3.5 section G.3.2). */
function unpack(
  segment: Uint8Array,
  into: Uint8Array,
  start: number,
  step: number,
  count: number,
): void {
  let at = 0;
  let written = 0;
  while (written < count) {
    const control = segment[at++];
    if (control === undefined) throw new PixelError('codec', 'An RLE segment is cut short.');
    if (control === 128) continue;
    const repeat = control > 128;
    const run = Math.min(repeat ? 257 - control : control + 1, count - written);
    const needed = repeat ? 1 : run;
    if (at + needed > segment.length) throw new PixelError('codec', 'An RLE segment is cut short.');
    for (let i = 0; i < run; i++) {
      into[start + (written + i) * step] = segment[repeat ? at : at + i] ?? 0;
    }
    // A run may reach beyond the last pixel: its bytes are consumed all the same.
    at += repeat ? 1 : control + 1;
    written += run;
  }
}
