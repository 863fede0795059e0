import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ArchiveError } from './archive-error.ts';

/** SQLITE_BUSY. */
const SQLITE_BUSY = 5;

/**
 * Keeps a second program out of the folder. A lock of the operating system, by way of SQLite: it ends with the
 * process, however that ends, on each platform.
 * @returns releases it
 * @throws ArchiveError in-use, unusable
 */
export function lockDirectory(folder: string): () => void {
  const database = new DatabaseSync(join(folder, 'lock.sqlite'));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY) {
      const message =
        `Another program has the archive in ${folder}: a Gantry that is running, or its archive tool. ` +
        'End it, or name another data directory with --data DIR.';
      throw new ArchiveError('in-use', message, { cause });
    }
    throw new ArchiveError('unusable', `The archive in ${folder} can't be locked.`, { cause });
  }
  return () => database.close();
}
