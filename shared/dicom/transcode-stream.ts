import type { Encoding } from './element-header.ts';
import { ForwardSource } from './forward-source.ts';
import { readDataset } from './read-instance.ts';
import { pixelSign, transcodeDataset, transcodedBytes, TranscodeError } from './transcode.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Top-level values longer than this pass through in windows; what stands between them is held. */
const LARGE_VALUE = 1024 * 1024;

/** Bytes between two large values that are held at most: 64 MiB. */
const MAX_HELD = 64 * 1024 * 1024;

/**
 * Writes a data set in another encoding while it comes, in memory that doesn't depend on its large values.
 * @param length bytes of the data set
 * @throws TranscodeError as `transcodeDataset`, perhaps after a part has been given out
 * @throws RangeError when more than 64 MiB stand between two large values
 */
export async function* transcodeStream(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
  from: Encoding,
  target: Encoding,
): AsyncGenerator<Bytes, void, undefined> {
  const source = new ForwardSource(chunks, length, MAX_HELD);
  const { explicitVr, littleEndian } = from;
  let isSigned: boolean | undefined;
  for (let start = 0; start < length;) {
    const part = await readDataset(source, {
      explicitVr,
      littleEndian,
      start,
      end: length,
      maxValueBytes: LARGE_VALUE / 16,
      pauseAfterValueOver: LARGE_VALUE,
    });
    isSigned = pixelSign(part.dataset) ?? isSigned;
    const transcoded = transcodeDataset(part, target, isSigned);
    yield* transcodedBytes(transcoded, source, (offset) => source.forget(offset));
    if (part.end === start) throw new TranscodeError('damaged', 'Something is no element.');
    start = part.end;
    source.forget(start);
  }
}
