import { createReadStream } from 'node:fs';
import type { Archive } from '../archive/store.ts';
import type { StoreRequest } from '../dimse/storage-scu.ts';

const READ_BYTES = 256 * 1024;

/** An instance of the archive as it is to be stored somewhere; undefined when it isn't there any more. */
export async function archivedInstance(
  archive: Pick<Archive, 'locate'>,
  sopInstanceUid: string,
): Promise<
  | (StoreRequest & { readonly length: number; readonly dataset: AsyncIterable<Uint8Array> })
  | undefined
> {
  const found = await archive.locate(sopInstanceUid);
  if (!found) return undefined;
  const { path, datasetOffset, size, sopClassUid, transferSyntaxUid } = found;
  const dataset = fileFrom(path, datasetOffset);
  const length = size - datasetOffset;
  return { sopInstanceUid, sopClassUid, transferSyntaxUid, dataset, length };
}

/** Opened when it is read. */
async function* fileFrom(path: string, start: number): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { start, highWaterMark: READ_BYTES });
}
