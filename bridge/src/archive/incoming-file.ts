import type { FileHandle } from 'node:fs/promises';
import { open, rm } from 'node:fs/promises';

/** What is gathered for one write; as much is on its way to the disk meanwhile. */
const WRITE_BYTES = 128 * 1024;

/** Opens a file that doesn't exist yet, for writing. Another one stands in for a disk that is full. */
export type OpenFile = (path: string) => Promise<Pick<FileHandle, 'writev' | 'close'>>;

export const openNewFile: OpenFile = (path) => open(path, 'wx', 0o600);

/**
 * Writes what comes in to a new file. Bytes are taken as fast as the disk writes them. After a
 * failure there is no file. It isn't synchronised with the disk yet.
 * @returns bytes written
 * @throws what `received` or the file system throws
 */
export async function receiveFile(
  path: string,
  received: AsyncIterable<Uint8Array>,
  openFile: OpenFile = openNewFile,
): Promise<number> {
  const handle = await openFile(path);
  try {
    const size = await writeAll(handle, received);
    await handle.close();
    return size;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}

async function writeAll(
  handle: Pick<FileHandle, 'writev'>,
  received: AsyncIterable<Uint8Array>,
): Promise<number> {
  let size = 0;
  let parts: Uint8Array[] = [];
  let gathered = 0;
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const slice of received) {
      parts.push(slice);
      gathered += slice.byteLength;
      size += slice.byteLength;
      if (gathered < WRITE_BYTES) continue;
      await writing;
      writing = writeParts(handle, parts);
      // It is awaited with the next write; until then a failure must not count as unhandled.
      writing.catch(() => undefined);
      parts = [];
      gathered = 0;
    }
    await writing;
    await writeParts(handle, parts);
  } finally {
    // The file is closed next, which must not happen within a write.
    await writing.catch(() => undefined);
  }
  return size;
}

async function writeParts(
  handle: Pick<FileHandle, 'writev'>,
  parts: readonly Uint8Array[],
): Promise<void> {
  let rest = parts.filter((part) => part.byteLength > 0);
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest);
    rest = without(rest, bytesWritten);
  }
}

/** What remains of `parts` behind the first bytes: a disk may take less than it was given. */
function without(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    const taken = Math.min(skip, part.byteLength);
    skip -= taken;
    if (taken < part.byteLength) rest.push(part.subarray(taken));
  }
  return rest;
}
