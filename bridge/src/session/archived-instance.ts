import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Archive, InstanceLocation } from '../archive/store.ts';
import type { StoreRequest } from '../dimse/storage-scu.ts';
import type { ReadBuffers } from './read-buffers.ts';

const READ_BYTES = 256 * 1024;

/** Instances up to this size are read whole, before they are wanted: most images. A longer one is read while it is sent. */
const MAX_AHEAD_BYTES = 2 * 1024 * 1024;

/** The data set of an instance of the archive. */
export interface ArchivedDataset {
  readonly dataset: AsyncIterable<Uint8Array>;
  /**
   * To be called once whoever was sent it has said that it is there: only then surely nothing waits to be sent, and the
   * memory can hold another one.
   */
  readonly giveBack: () => void;
}

/** An instance of the archive as it is to be stored somewhere. */
export type ArchivedInstance = StoreRequest & ArchivedDataset & { readonly length: number };

/** @returns undefined when it isn't there any more */
export async function archivedInstance(
  archive: Pick<Archive, 'locate'>,
  sopInstanceUid: string,
  buffers: ReadBuffers,
): Promise<ArchivedInstance | undefined> {
  const found = await archive.locate(sopInstanceUid);
  if (!found) return undefined;
  const { sopClassUid, transferSyntaxUid } = found;
  const length = found.size - found.datasetOffset;
  const read = await datasetOf(found, buffers);
  return { sopInstanceUid, sopClassUid, transferSyntaxUid, length, ...read };
}

/** The data set of an instance, whole where it is short; else its file is opened when it is read. */
export async function datasetOf(
  { path, datasetOffset, size }: InstanceLocation,
  buffers: ReadBuffers,
): Promise<ArchivedDataset> {
  if (size > MAX_AHEAD_BYTES) {
    return { dataset: fileFrom(path, datasetOffset), giveBack: () => undefined };
  }
  const length = size - datasetOffset;
  const file = await open(path, 'r');
  const buffer = buffers.take(length);
  try {
    let at = 0;
    while (at < length) {
      const { bytesRead } = await file.read(buffer, at, length - at, datasetOffset + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    // Shorter than it should be, it is said to be so by whoever sends it.
    return { dataset: once(buffer.subarray(0, at)), giveBack: () => buffers.giveBack(buffer) };
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
