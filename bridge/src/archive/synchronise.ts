// Waiting until the disk has what was written.
import { closeSync, fsync, fsyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const isWindows = process.platform === 'win32';

/** A wait this short costs less in this thread than handing it to another one. */
const SHORT_WAIT_MS = 5;

const synchroniseElsewhere = promisify(fsync);

/**
 * Waits for the disk: in this thread while nothing else is to be done and the disk is quick, else in others, several
 * at the same time.
 */
export class Synchroniser {
  #lastMs = Number.POSITIVE_INFINITY;

  /** @param isAlone whether nobody else waits for this thread */
  async file(descriptor: number, isAlone: boolean): Promise<void> {
    const started = performance.now();
    if (isAlone && this.#lastMs < SHORT_WAIT_MS) fsyncSync(descriptor);
    else await synchroniseElsewhere(descriptor);
    this.#lastMs = performance.now() - started;
  }

  /** Makes sure that the names in a folder are on disk. Windows can't, and keeps a journal of them instead. */
  async folder(folder: string, isAlone: boolean): Promise<void> {
    if (isWindows) return;
    const descriptor = openSync(folder, 'r');
    try {
      await this.file(descriptor, isAlone);
    } finally {
      closeSync(descriptor);
    }
  }
}
