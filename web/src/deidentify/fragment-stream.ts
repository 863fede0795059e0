import type { ByteSource } from '../../../shared/dicom/byte-source.ts';
import type { Fragment } from '../../../shared/dicom/dataset.ts';

/** Bytes that are read at once. */
const WINDOW = 256 * 1024;

/** Bytes of the source, `to` excluded. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** The fragments of encapsulated pixel data as one stream: a codestream may go on in the next one. */
export class FragmentStream {
  readonly #source: ByteSource;
  readonly #fragments: readonly Fragment[];
  /** Where each fragment starts in the stream, and the end of all. */
  readonly #starts: readonly number[];
  #window: Uint8Array<ArrayBuffer> = new Uint8Array();
  #windowStart = 0;

  constructor(source: ByteSource, fragments: readonly Fragment[]) {
    this.#source = source;
    this.#fragments = fragments;
    let at = 0;
    this.#starts = [0, ...fragments.map(({ length }) => (at += length))];
  }

  get length(): number {
    return this.#starts.at(-1) ?? 0;
  }

  /** Where the fragment ends that a place lies in, or that ends there. */
  fragmentEnd(at: number): number {
    const index = at === 0 ? 0 : this.#indexAt(at - 1);
    return this.#starts[index + 1] ?? this.length;
  }

  /** Where the first fragment behind a place begins; the end where none does. */
  nextStart(at: number): number {
    return this.#starts[this.#indexAt(at) + 1] ?? this.length;
  }

  /** Whether a fragment begins at a place. */
  isStart(at: number): boolean {
    return this.#starts[this.#indexAt(at)] === at;
  }

  /** Few bytes far from those that are read: no others come with them. */
  async peek(at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const end = Math.min(at + length, this.length);
    const isHere = at >= this.#windowStart && end <= this.#windowStart + this.#window.length;
    return isHere ? this.read(at, length) : this.#gathered(at, end - at);
  }

  /** Bytes from a place on: as many as are asked for, or as there are. */
  async read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const end = Math.min(at + length, this.length);
    if (at < this.#windowStart || end > this.#windowStart + this.#window.length) {
      await this.#fill(at, Math.max(end - at, Math.min(WINDOW, this.length - at)));
    }
    return this.#window.subarray(at - this.#windowStart, end - this.#windowStart);
  }

  async #fill(at: number, length: number): Promise<void> {
    this.#window = await this.#gathered(at, length);
    this.#windowStart = at;
  }

  async #gathered(at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    for (const near of neighbours(this.ranges(at, at + length))) {
      const [first, last] = [near[0]?.from ?? 0, near.at(-1)?.to ?? 0];
      const read = await this.#source.read(first, last - first);
      for (const { from, to } of near) {
        bytes.set(read.subarray(from - first, to - first), filled);
        filled += to - from;
      }
    }
    return bytes;
  }

  /** The fragment that a place lies in; the last for one behind the end. */
  #indexAt(at: number): number {
    let [low, high] = [0, this.#fragments.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  }

  /** Where a part of the stream lies in the source. */
  ranges(from: number, to: number): ByteRange[] {
    const found: ByteRange[] = [];
    for (let i = this.#indexAt(from); i < this.#fragments.length; i++) {
      const start = this.#starts[i] ?? 0;
      if (start >= to) break;
      const { offset = 0, length = 0 } = this.#fragments[i] ?? {};
      const [first, last] = [Math.max(from, start), Math.min(to, start + length)];
      if (first < last) found.push({ from: offset + first - start, to: offset + last - start });
    }
    return found;
  }
}

/** Bytes between fragments that are read with them: the headers of items are fewer. */
const MAX_GAP = 4096;

/** Ranges that lie close together: each read of a file takes its time, however short it is. */
function neighbours(ranges: readonly ByteRange[]): ByteRange[][] {
  const groups: ByteRange[][] = [];
  let end = -Infinity;
  for (const range of ranges) {
    const isNear = range.from >= end && range.from - end <= MAX_GAP;
    if (isNear) groups.at(-1)?.push(range);
    else groups.push([range]);
    end = range.to;
  }
  return groups;
}
