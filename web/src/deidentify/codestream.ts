// What stands beside the samples in encapsulated pixel data: comments, Exif and XML, bytes behind the end.
import { CodestreamError, Found, type Picture } from './beside.ts';
import { isVideo } from './content.ts';
import type { FragmentStream } from './fragment-stream.ts';
import { inBoxes } from './in-boxes.ts';
import { inJpeg } from './in-jpeg.ts';
import { inRle, type FrameSize } from './in-rle.ts';

/** Goes through a picture that begins at a place, and says where it ends. */
type Walk = (
  stream: FragmentStream,
  start: number,
  found: Found,
  size: FrameSize | undefined,
) => Promise<number>;

const needsSize = (size: FrameSize | undefined): FrameSize => {
  if (!size) throw new CodestreamError('Its attributes describe no picture.');
  return size;
};

const inUncompressed: Walk = (stream, start, _found, size) => {
  const end = start + needsSize(size).bytes;
  if (end > stream.length) throw new CodestreamError('A frame is longer than the data.');
  return Promise.resolve(end);
};

const WALKS: readonly (readonly [RegExp, Walk])[] = [
  [/^1\.2\.840\.10008\.1\.2\.4\.(5\d|6\d|70|80|81)$/, inJpeg],
  [/^1\.2\.840\.10008\.1\.2\.4\.(9[0-3]|11[0-2]|20[1-3])$/, inBoxes],
  [
    /^1\.2\.840\.10008\.1\.2\.5$/,
    (stream, start, found, size) => inRle(stream, start, found, needsSize(size)),
  ],
  [/^1\.2\.840\.10008\.1\.2\.1\.98$/, inUncompressed],
];

/**
 * The pictures of a stream, one after another, with what stands beside their samples and isn't zero.
 * @throws CodestreamError
 */
export async function* picturesIn(
  transferSyntaxUid: string,
  stream: FragmentStream,
  size: FrameSize | undefined,
): AsyncGenerator<Picture> {
  const walk = WALKS.find(([pattern]) => pattern.test(transferSyntaxUid))?.[1];
  if (!walk) {
    // It leaves as it is where a person has released it.
    if (isVideo(transferSyntaxUid)) return;
    throw new CodestreamError('Nothing here can follow its compression.');
  }
  let at = 0;
  while (at < stream.length) {
    const found = new Found(stream);
    const end = await walk(stream, at, found, size);
    const to = stream.fragmentEnd(end);
    if (await found.says({ from: end, to })) found.add({ from: end, to });
    yield { from: at, end, to, beside: found.list };
    // Each frame begins in a fragment of its own (PS3.5 section A.4).
    at = to;
  }
}
