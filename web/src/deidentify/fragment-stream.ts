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
    return this.#starts.find((start) => start >= at && start > 0) ?? this.length;
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
    const window = new Uint8Array(length);
    for (const { from, to } of this.ranges(at, at + length)) {
      const bytes = await this.#source.read(from, to - from);
      window.set(bytes, this.#placeOf(from) - at);
    }
    this.#window = window;
    this.#windowStart = at;
  }

  #placeOf(offset: number): number {
    const index = this.#fragments.findIndex(
      (fragment) => offset >= fragment.offset && offset < fragment.offset + fragment.length,
    );
    return (this.#starts[index] ?? 0) + offset - (this.#fragments[index]?.offset ?? 0);
  }

  /** Where a part of the stream lies in the source. */
  ranges(from: number, to: number): ByteRange[] {
    return this.#fragments.flatMap(({ offset, length }, i) => {
      const start = this.#starts[i] ?? 0;
      const [first, last] = [Math.max(from, start), Math.min(to, start + length)];
      return first < last ? [{ from: offset + first - start, to: offset + last - start }] : [];
    });
  }
}
