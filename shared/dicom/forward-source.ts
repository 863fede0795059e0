import type { ByteSource } from './byte-source.ts';
import { concatBytes } from './encode.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What comes over a network, as a source: it is read forward, and keeps what hasn't been let go. */
export class ForwardSource implements ByteSource {
  readonly size: number;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #maxKept: number;
  #kept: Bytes = new Uint8Array();
  #start = 0;

  /** @param maxKept bytes that are kept at most */
  constructor(chunks: AsyncIterable<Uint8Array>, size: number, maxKept: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.size = size;
    this.#maxKept = maxKept;
  }

  /** @throws RangeError when what was read and not let go is too much, or had been let go */
  async read(offset: number, length: number): Promise<Bytes> {
    const from = offset - this.#start;
    const end = Math.min(offset + length, this.size) - this.#start;
    if (from < 0) throw new RangeError('These bytes have gone.');
    if (end > this.#maxKept)
      throw new RangeError(`More than ${this.#maxKept} bytes would be kept.`);
    if (end > this.#kept.byteLength) await this.#take(end);
    return this.#kept.subarray(from, Math.max(from, end));
  }

  /** Lets go what stands before `offset`: it won't be read again. */
  forget(offset: number): void {
    const count = Math.min(offset - this.#start, this.#kept.byteLength);
    if (count <= 0) return;
    this.#kept = this.#kept.subarray(count);
    this.#start += count;
  }

  async #take(length: number): Promise<void> {
    const parts: Uint8Array[] = [this.#kept];
    let kept = this.#kept.byteLength;
    while (kept < length) {
      const next = await this.#chunks.next();
      if (next.done) break;
      parts.push(next.value);
      kept += next.value.byteLength;
    }
    this.#kept = concatBytes(parts);
  }
}
