// Writing what comes in.
import { fdatasync, writev, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { SyncAhead } from './sync-ahead.ts';

/** The first bytes of each instance are written at once: all of a CT or MR image. */
export const DIRECT_BYTES = 1024 * 1024;
/** A disk that takes longer for a piece of some ten kilobytes gets the next ones from another thread, milliseconds. */
const QUICK_MS = 5;
/** For how long, milliseconds. */
const SLOW_FOR_MS = 1000;
/** What is gathered for one write by another thread; as much is on its way to the disk meanwhile. */
const GATHERED_BYTES = 128 * 1024;

/** Holds most headers. As much is written when the header is said to be there. */
const HEADER_BYTES = 32 * 1024;

/** Writes at the end of a file, for tests that need a disk of their own. @returns how many bytes the disk took */
export interface WriteFile {
  now(descriptor: number, part: Uint8Array): number;
  elsewhere(descriptor: number, parts: readonly Uint8Array[]): Promise<{ bytesWritten: number }>;
  synchronise(descriptor: number): Promise<void>;
}

const writevElsewhere = promisify(writev);

export const diskFile: WriteFile = {
  now: (descriptor, part) => writeSync(descriptor, part),
  elsewhere: (descriptor, parts) => writevElsewhere(descriptor, parts),
  synchronise: promisify(fdatasync),
};

/**
 * Writes data sets to files while they come in, as fast as the disk takes them. A small one is written at once, in
 * this thread: bytes that the system only copies are quicker written than handed to another thread. A long one, or any
 * while the disk is slow, mustn't hold this thread up.
 */
export class IncomingWriter {
  readonly #file: WriteFile;
  readonly #ahead = new SyncAhead();
  #running = 0;
  #slowUntil = 0;

  constructor(file: WriteFile = diskFile) {
    this.#file = file;
  }

  /**
   * @param descriptor of an empty file; its end isn't synchronised
   * @param head comes first
   * @param headerWritten told once how many bytes the file has, when they may hold the header and more is to come
   * @returns bytes written
   * @throws what `received` or the file system throws
   */
  async write(
    descriptor: number,
    head: Uint8Array,
    received: AsyncIterable<Uint8Array>,
    headerWritten: (size: number) => void = () => undefined,
  ): Promise<number> {
    const gathered = new GatheredWrites(this.#file, descriptor);
    this.#running++;
    const isAlone = this.#running === 1;
    const ahead = this.#ahead.begin(isAlone, () => this.#file.synchronise(descriptor));
    let size = 0;
    let isHeaderWritten = false;
    const take = async (slice: Uint8Array): Promise<void> => {
      size += slice.byteLength;
      if (size <= DIRECT_BYTES && performance.now() >= this.#slowUntil && gathered.isEmpty) {
        this.#writeNow(descriptor, slice);
        if (!isHeaderWritten && size >= HEADER_BYTES) {
          isHeaderWritten = true;
          headerWritten(size);
        }
      } else {
        await gathered.add(slice);
      }
      ahead.written(size);
    };
    try {
      await take(head);
      for await (const slice of received) await take(slice);
      await gathered.flush();
    } finally {
      this.#running--;
      // The file is closed next, which must not happen within a write.
      await gathered.idle();
      await ahead.ended();
    }
    return size;
  }

  #writeNow(descriptor: number, slice: Uint8Array): void {
    const started = performance.now();
    for (let at = 0; at < slice.byteLength;) {
      at += this.#file.now(descriptor, at === 0 ? slice : slice.subarray(at));
    }
    const ended = performance.now();
    if (ended - started > QUICK_MS) this.#slowUntil = ended + SLOW_FOR_MS;
  }
}

/** Writes by another thread, one at a time, in order. */
class GatheredWrites {
  readonly #file: WriteFile;
  readonly #descriptor: number;
  #parts: Uint8Array[] = [];
  #gathered = 0;
  #writing: Promise<void> | undefined;

  constructor(file: WriteFile, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
  }

  /** Whether nothing was ever given to it. */
  get isEmpty(): boolean {
    return this.#gathered === 0 && this.#writing === undefined;
  }

  async add(slice: Uint8Array): Promise<void> {
    this.#parts.push(slice);
    this.#gathered += slice.byteLength;
    if (this.#gathered < GATHERED_BYTES) return;
    await this.#writing;
    this.#writing = this.#writeParts(this.#parts);
    // It is awaited with the next write; until then a failure must not count as unhandled.
    this.#writing.catch(() => undefined);
    this.#parts = [];
    this.#gathered = 0;
  }

  async flush(): Promise<void> {
    await this.#writing;
    await this.#writeParts(this.#parts);
  }

  /** Resolves when no write is under way, however it ended. */
  async idle(): Promise<void> {
    await this.#writing?.catch(() => undefined);
  }

  async #writeParts(parts: readonly Uint8Array[]): Promise<void> {
    let rest = parts.filter((part) => part.byteLength > 0);
    while (rest.length > 0) {
      const { bytesWritten } = await this.#file.elsewhere(this.#descriptor, rest);
      rest = without(rest, bytesWritten);
    }
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
