import { CHUNK, CodestreamError, type Found } from './beside.ts';
import type { FragmentStream } from './fragment-stream.ts';

/** What a frame is made of before it is compressed. */
export interface FrameSize {
  /** Bytes of all samples. */
  readonly bytes: number;
  /** Segments of RLE: one for each byte of each sample. */
  readonly segments: number;
  readonly segmentBytes: number;
}

const HEADER_BYTES = 64;
const MAX_SEGMENTS = 15;

/** A frame in RLE (PS3.5 annex G): between its segments, and in what its header has for more, are zeros. @returns where it ends */
export async function inRle(
  stream: FragmentStream,
  start: number,
  found: Found,
  { segments, segmentBytes }: FrameSize,
): Promise<number> {
  const head = await stream.read(start, HEADER_BYTES);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const count = head.length < HEADER_BYTES ? 0 : view.getUint32(0, true);
  if (count < 1 || count > MAX_SEGMENTS || count !== segments) {
    throw new CodestreamError('It has other segments than its attributes describe.');
  }
  const offsets = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i, true));
  await found.clear({ from: start + 4 + 4 * count, to: start + HEADER_BYTES });
  let at = start + HEADER_BYTES;
  for (const offset of offsets) {
    if (start + offset < at) throw new CodestreamError('A segment lies within another.');
    await found.clear({ from: at, to: start + offset });
    at = await endOfRuns(stream, start + offset, segmentBytes);
  }
  return at;
}

/** Past runs of so many bytes (section G.3.2). */
async function endOfRuns(stream: FragmentStream, from: number, count: number): Promise<number> {
  let at = from;
  let written = 0;
  while (written < count) {
    const bytes = await stream.read(at, CHUNK);
    if (bytes.length === 0) throw new CodestreamError('A segment is longer than the data.');
    let i = 0;
    while (i < bytes.length && written < count) {
      const control = bytes[i] ?? 0;
      if (control < 128) written += control + 1;
      else if (control > 128) written += 257 - control;
      i += control < 128 ? control + 2 : control > 128 ? 2 : 1;
    }
    at += i;
  }
  if (at > stream.length) throw new CodestreamError('A segment is longer than the data.');
  return at;
}
