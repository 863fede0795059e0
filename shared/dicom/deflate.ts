import { Deflate } from 'fflate';

type Bytes = Uint8Array<ArrayBuffer>;

/** Deflates a data set (PS3.5 section A.5) while it comes. A NUL makes the stream even in length. */
export async function* deflateDataset(
  chunks: AsyncIterable<Bytes>,
): AsyncGenerator<Bytes, void, undefined> {
  let ready: Bytes[] = [];
  let length = 0;
  const deflater = new Deflate((chunk) => {
    // fflate may reuse what it hands out.
    ready.push(chunk.slice());
    length += chunk.byteLength;
  });
  for await (const chunk of chunks) {
    deflater.push(chunk);
    yield* ready;
    ready = [];
  }
  deflater.push(new Uint8Array(), true);
  yield* ready;
  if (length % 2 === 1) yield new Uint8Array(1);
}
