import type { Inflow } from './inflow.ts';

/**
 * The bytes of a data set while they come in: slices of what the socket delivered, in order, not copied. Can be
 * iterated once. As long as nobody takes the slices, the peer is slowed down; leaving the loop early drops the rest.
 */
export class ReceivedDataset implements AsyncIterable<Uint8Array> {
  readonly #inflow: Inflow;
  #slices: Uint8Array[] = [];
  #taken = 0;
  #complete = false;
  #discarding = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(inflow: Inflow) {
    this.#inflow = inflow;
  }

  push(slice: Uint8Array): void {
    if (this.#discarding) return;
    this.#slices.push(slice);
    this.#inflow.add(slice.length);
    this.#wakeUp();
  }

  /** The last fragment has come. */
  complete(): void {
    this.#complete = true;
    this.#wakeUp();
  }

  /** The association ended before the last fragment. Slices that have come are dropped: a part is of no use. */
  fail(error: Error): void {
    if (this.#complete) return;
    this.#error = error;
    this.#wakeUp();
  }

  /** Takes no more of the data set, which the peer will send to its end nevertheless. */
  discard(): void {
    if (this.#discarding) return;
    this.#discarding = true;
    const rest = this.#slices.slice(this.#taken);
    this.#slices = [];
    this.#taken = 0;
    for (const slice of rest) this.#inflow.remove(slice.length);
  }

  /** @throws DimseError what ended the association */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        if (this.#error) throw this.#error;
        const slice = this.#slices[this.#taken];
        if (slice) {
          this.#taken++;
          // Nothing of the past is kept, and yet taking one slice doesn't move all others.
          if (this.#taken === this.#slices.length) {
            this.#slices = [];
            this.#taken = 0;
          }
          this.#inflow.remove(slice.length);
          yield slice;
        } else if (this.#complete || this.#discarding) {
          return;
        } else {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
      }
    } finally {
      this.discard();
    }
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
