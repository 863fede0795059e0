import { fileSource, readHeaderOfPart, type FileHeader } from './instance-file.ts';

/** A file whose end is still to come. */
export interface BegunFile {
  /** Absolute; names it until it is committed or dropped. */
  readonly path: string;
  /** Open for reading. */
  readonly descriptor: number;
  /** Of what is written, bytes. */
  readonly size: number;
}

/** Headers of files that are still being received: read while a sender is busy sending, they hold nobody up. */
export class BegunFiles {
  readonly #headers = new Map<string, Promise<FileHeader | undefined>>();

  /** Reads the header, if all of it is there. */
  begin({ path, descriptor, size }: BegunFile): void {
    // What can't be read now is read with the whole file, by someone who can say so.
    const header = readHeaderOfPart(fileSource(descriptor, size)).catch(() => undefined);
    this.#headers.set(path, header);
  }

  /** @returns undefined if it has to be read from the whole file */
  async take(path: string): Promise<FileHeader | undefined> {
    const header = this.#headers.get(path);
    this.#headers.delete(path);
    return header;
  }

  drop(path: string): void {
    this.#headers.delete(path);
  }
}
