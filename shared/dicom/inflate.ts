import { Inflate } from 'fflate';

/** A deflated data set that grows beyond this many bytes is refused: 1 GiB. */
export const MAX_INFLATED_BYTES = 2 ** 30;

/** Bytes fed to the inflater at once, so that the limit is noticed before memory is gone. */
const STEP = 64 * 1024;

/**
 * Inflates a data set in Deflated Explicit VR Little Endian (PS3.5 section A.5).
 * Throws when the stream is damaged or comes out longer than `limit` bytes.
 */
export function inflateDataset(
  deflated: Uint8Array<ArrayBuffer>,
  limit = MAX_INFLATED_BYTES,
): Uint8Array<ArrayBuffer> {
  if (deflated.byteLength === 0) throw new Error('The deflated data set is missing.');
  const chunks: Uint8Array[] = [];
  let length = 0;
  const inflater = new Inflate((chunk) => {
    length += chunk.byteLength;
    chunks.push(chunk);
  });
  for (let at = 0; at < deflated.byteLength; at += STEP) {
    inflater.push(deflated.subarray(at, at + STEP), at + STEP >= deflated.byteLength);
    if (length > limit) throw new Error(`The deflated data set is larger than ${limit} bytes.`);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
