import { statfsSync } from 'node:fs';

/** Of the disk, kept free for the index: without room for it nothing could be listed or deleted any more. */
const RESERVED_BYTES = 16 * 1024 * 1024;

/** Whether a folder's disk has room for so many bytes more. Where that isn't known, a write will tell. */
export function hasDiskSpace(folder: string, bytes: number): boolean {
  try {
    const { bavail, bsize, blocks } = statfsSync(folder);
    return blocks === 0 || bavail * bsize - bytes >= RESERVED_BYTES;
  } catch {
    return true;
  }
}
