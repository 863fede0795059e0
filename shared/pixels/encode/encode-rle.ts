import type { EncodableFrame } from './encodable-frame.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const HEADER_BYTES = 64;
/** A run or a stretch of single bytes has at most so many. */
const MAX_RUN = 128;

/**
 * Encodes a frame as RLE (PS3.5 annex G): one segment for each byte of each sample, most significant byte first, each row
 * by itself.
 */
export function encodeRle(frame: EncodableFrame): Bytes {
  const { rows, columns, samplesPerPixel, cells } = frame;
  const width = cells.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
  const segments = samplesPerPixel * width;
  // The worst case: a control byte for each 128 bytes of a row, and an even end of each segment.
  const longest = rows * (columns + Math.ceil(columns / MAX_RUN)) + 1;
  const out = new Uint8Array(HEADER_BYTES + segments * longest);
  const header = new DataView(out.buffer);
  header.setUint32(0, segments, true);
  const row = new Uint8Array(columns);
  const step = samplesPerPixel * width;
  let at = HEADER_BYTES;
  for (let segment = 0; segment < segments; segment++) {
    header.setUint32(4 + segment * 4, at, true);
    const sample = Math.floor(segment / width);
    let from = sample * width + (width - 1 - (segment % width));
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++, from += step) row[x] = bytes[from] ?? 0;
      at = packRow(row, out, at);
    }
    // Segments have an even length (PS3.5 section G.3.1).
    at += at % 2;
  }
  return out.slice(0, at);
}

/** Packs the bytes of a row behind `at` (PS3.5 section G.3.1); returns where they end. */
function packRow(row: Uint8Array, out: Uint8Array, at: number): number {
  const end = row.length;
  for (let start = 0; start < end;) {
    const repeats = runLength(row, start);
    if (repeats > 1) {
      out[at++] = 257 - repeats;
      out[at++] = row[start] ?? 0;
      start += repeats;
      continue;
    }
    // Two equal bytes within a stretch of single ones cost less there than a run of their own.
    let stop = start + 1;
    while (stop < end && stop - start < MAX_RUN && runLength(row, stop, 3) < 3) stop++;
    out[at++] = stop - start - 1;
    out.set(row.subarray(start, stop), at);
    at += stop - start;
    start = stop;
  }
  return at;
}

function runLength(row: Uint8Array, start: number, most = MAX_RUN): number {
  const value = row[start];
  const end = Math.min(row.length, start + most);
  let at = start + 1;
  while (at < end && row[at] === value) at++;
  return at - start;
}
