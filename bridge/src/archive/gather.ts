/** Instances up to this size go to the archive's thread whole: a CT or MR image with its header. */
export const WHOLE_BYTES = 1024 * 1024;
/** As many instances are gathered at the same time; others are written while they come in. */
const MAX_SLOTS = 32;
/** Kept for the next ones. */
const MAX_FREE_SLOTS = 8;

type Slot = Uint8Array<SharedArrayBuffer>;

export type Gathered =
  /** All of it; `release` tells that the bytes aren't needed any more. */
  | { readonly kind: 'whole'; readonly bytes: Slot; readonly release: () => void }
  /** It is longer than what is gathered: its beginning, and all that follows. */
  | { readonly kind: 'long'; readonly bytes: AsyncIterable<Uint8Array> };

/**
 * Takes what comes in into memory while it is small enough. The memory is shared with the archive's thread and used
 * again and again: a buffer for each instance makes both threads collect garbage for a fifth of their time.
 */
export class Gatherer {
  readonly #free: Slot[] = [];
  #used = 0;

  /** @throws what the data set throws */
  async gather(head: Uint8Array, dataset: AsyncIterable<Uint8Array>): Promise<Gathered> {
    const slices = dataset[Symbol.asyncIterator]();
    if (this.#used === MAX_SLOTS) return { kind: 'long', bytes: following([head], slices) };
    const slot = this.#take();
    let isWhole = false;
    try {
      slot.set(head);
      let size = head.byteLength;
      for (;;) {
        const next = await slices.next();
        if (next.done) {
          isWhole = true;
          const release = (): void => this.#release(slot);
          return { kind: 'whole', bytes: slot.subarray(0, size), release };
        }
        const slice = next.value;
        if (size + slice.byteLength > WHOLE_BYTES) {
          return { kind: 'long', bytes: following([slot.slice(0, size), slice], slices) };
        }
        slot.set(slice, size);
        size += slice.byteLength;
      }
    } finally {
      if (!isWhole) this.#release(slot);
    }
  }

  #take(): Slot {
    this.#used++;
    return this.#free.pop() ?? new Uint8Array(new SharedArrayBuffer(WHOLE_BYTES));
  }

  #release(slot: Slot): void {
    this.#used--;
    if (this.#free.length < MAX_FREE_SLOTS) this.#free.push(slot);
  }
}

async function* following(
  parts: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* parts;
    for (;;) {
      const next = await rest.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Whoever stops early leaves the rest to be dropped.
    await rest.return?.();
  }
}
