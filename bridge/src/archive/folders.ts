import { join } from 'node:path';
import { makeFolder, moveFile } from './file-moves.ts';
import type { Synchroniser } from './synchronise.ts';

/** Moves files to where they stay, and makes their folders. Remembers which folders are there. */
export class Folders {
  /** The archive's. */
  readonly #root: string;
  readonly #synchroniser: Synchroniser;
  readonly #known = new Set<string>();
  /** With entries that may not be on disk yet. A failure leaves them here, so that the next one tries again. */
  readonly #changed = new Set<string>();

  constructor(root: string, synchroniser: Synchroniser) {
    this.#root = root;
    this.#synchroniser = synchroniser;
  }

  /**
   * @param from absolute
   * @param folder relative to the archive's, with forward slashes
   */
  async place(from: string, folder: string, name: string): Promise<void> {
    const target = join(this.#root, folder);
    const to = join(target, name);
    if (this.#known.has(folder)) {
      const isMoved = await moveFile(from, to).then(
        () => true,
        (error: unknown) => {
          // Somebody has removed it meanwhile.
          if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
          throw error;
        },
      );
      if (isMoved) {
        this.#changed.add(target);
        return;
      }
    }
    for (const changed of makeFolder(target)) this.#changed.add(changed);
    await moveFile(from, to);
    this.#changed.add(target);
    this.#known.add(folder);
  }

  /** Makes sure that the names of all that was placed are on disk. */
  async synchronise(): Promise<void> {
    const folders = [...this.#changed];
    await Promise.all(folders.map((folder) => this.#synchroniser.folder(folder)));
    for (const folder of folders) this.#changed.delete(folder);
  }
}
