import { closeSync, open, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** An empty file, open for reading and writing. */
export interface SpareFile {
  /** Absolute. */
  readonly path: string;
  readonly descriptor: number;
}

/** As many are kept: what some senders need before the next one is made. */
const KEPT_FILES = 8;
/** Nobody else on the machine reads what comes in. */
const MODE = 0o600;

/**
 * Empty files in store. Making one takes a disk as long as writing an image, so it is done in another thread while the
 * instance before it is still coming in.
 */
export class SpareFiles {
  readonly #folder: string;
  #files: SpareFile[] = [];
  #lastNumber = 0;
  #isFilling = false;
  #isClosed = false;

  /** @param folder is there and empty */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Whoever takes one closes it, and moves or removes it.
   * @throws what the file system throws
   */
  take(): SpareFile {
    const file = this.#files.pop() ?? this.#make();
    this.#fill();
    return file;
  }

  close(): void {
    this.#isClosed = true;
    for (const file of this.#files) discard(file);
    this.#files = [];
  }

  #make(): SpareFile {
    const path = this.#nextPath();
    return { path, descriptor: openSync(path, 'wx+', MODE) };
  }

  #fill(): void {
    if (this.#isFilling || this.#files.length >= KEPT_FILES) return;
    this.#isFilling = true;
    const path = this.#nextPath();
    open(path, 'wx+', MODE, (error, descriptor) => {
      this.#isFilling = false;
      // Whoever takes the next one is told what is wrong.
      if (error) return;
      if (this.#isClosed) {
        discard({ path, descriptor });
        return;
      }
      this.#files.push({ path, descriptor });
      this.#fill();
    });
  }

  #nextPath(): string {
    return join(this.#folder, String(++this.#lastNumber));
  }
}

function discard({ path, descriptor }: SpareFile): void {
  closeSync(descriptor);
  rmSync(path, { force: true });
}
