import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Archive, InstanceLocation } from '../archive/store.ts';
import type { StoreRequest } from '../dimse/storage-scu.ts';

const READ_BYTES = 256 * 1024;

/** Instances up to this size are read whole, before they are wanted: most images. A longer one is read while it is sent. */
const MAX_AHEAD_BYTES = 2 * 1024 * 1024;

/** An instance of the archive as it is to be stored somewhere. */
export type ArchivedInstance = StoreRequest & {
  readonly length: number;
  readonly dataset: AsyncIterable<Uint8Array>;
};

/** @returns undefined when it isn't there any more */
export async function archivedInstance(
  archive: Pick<Archive, 'locate'>,
  sopInstanceUid: string,
): Promise<ArchivedInstance | undefined> {
  const found = await archive.locate(sopInstanceUid);
  if (!found) return undefined;
  const { sopClassUid, transferSyntaxUid } = found;
  const dataset = await datasetOf(found);
  const length = found.size - found.datasetOffset;
  return { sopInstanceUid, sopClassUid, transferSyntaxUid, dataset, length };
}

/** The data set of an instance, whole where it is short; else its file is opened when it is read. */
export async function datasetOf({
  path,
  datasetOffset,
  size,
}: InstanceLocation): Promise<AsyncIterable<Uint8Array>> {
  if (size > MAX_AHEAD_BYTES) return fileFrom(path, datasetOffset);
  const bytes = Buffer.allocUnsafeSlow(size - datasetOffset);
  const file = await open(path, 'r');
  try {
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, datasetOffset + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    // Shorter than it should be, it is said to be so by whoever sends it.
    return once(bytes.subarray(0, at));
  } finally {
    await file.close();
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- an AsyncIterable is what is wanted
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* fileFrom(path: string, start: number): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { start, highWaterMark: READ_BYTES });
}
