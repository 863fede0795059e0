// Moving files. What takes microseconds is done at once: the thread is the archive's own, and handing it
// to another costs more.
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const isWindows = process.platform === 'win32';

/** On Windows a virus scanner may hold a new file for a moment. */
const HELD_FOR_A_MOMENT = new Set(['EPERM', 'EACCES', 'EBUSY']);
const RENAME_TRIES = 20;
const RENAME_RETRY_MS = 50;

/** Moves a file within one disk to a name that no other has. The folder is there. */
export async function moveFile(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (!isWindows || attempt === RENAME_TRIES || !HELD_FOR_A_MOMENT.has(code)) throw error;
      await delay(RENAME_RETRY_MS);
    }
  }
}

/**
 * Makes a folder and those above it.
 * @returns the folders with a new entry, which are to be synchronised
 */
export function makeFolder(folder: string): readonly string[] {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  const changed: string[] = [];
  for (let at = folder; first !== undefined; at = dirname(at)) {
    changed.push(dirname(at));
    if (resolve(at) === resolve(first)) break;
  }
  return changed;
}
