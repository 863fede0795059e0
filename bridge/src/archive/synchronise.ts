// Waiting until the disk has what was written.
import { closeSync, fsync, fsyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const isWindows = process.platform === 'win32';

/** A wait this short costs less in this thread than handing it to another one. */
const SHORT_WAIT_MS = 5;

const synchroniseElsewhere = promisify(fsync);

/**
 * Waits for the disk: in this thread while the disk is quick, and for a file only while nothing else is to be done;
 * else in others, several at the same time.
 */
export class Synchroniser {
  #lastFileMs = Number.POSITIVE_INFINITY;
  #lastFolderMs = Number.POSITIVE_INFINITY;

  /** @param isAlone whether nobody else waits for this thread */
  async file(descriptor: number, isAlone: boolean): Promise<void> {
    this.#lastFileMs = await synchronised(descriptor, isAlone && this.#lastFileMs < SHORT_WAIT_MS);
  }

  /** Makes sure that the names in a folder are on disk. Windows can't, and keeps a journal of them instead. */
  async folder(folder: string): Promise<void> {
    if (isWindows) return;
    const descriptor = openSync(folder, 'r');
    try {
      // It is one entry or some: an instance that waits behind it loses less than by a change of threads.
      const isShort = this.#lastFolderMs < SHORT_WAIT_MS;
      this.#lastFolderMs = await synchronised(descriptor, isShort);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** @returns how long it took, milliseconds */
async function synchronised(descriptor: number, isHere: boolean): Promise<number> {
  const started = performance.now();
  if (isHere) fsyncSync(descriptor);
  else await synchroniseElsewhere(descriptor);
  return performance.now() - started;
}
