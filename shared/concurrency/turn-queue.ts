/** An AbortSignal, as far as a turn needs one: the ground floor has neither the browser's types nor Node's. */
interface CancelSignal {
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

interface Waiter {
  readonly begin: () => void;
  readonly onWait: (ahead: number) => void;
}

/** Lets so many at a time through; the others wait, first come first served. */
export class TurnQueue {
  readonly #limit: () => number;
  #running = 0;
  #waiting: Waiter[] = [];

  /** @param limit asked whenever a turn may begin, for it may change */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits for a turn.
   * @param onWait told how many stand before it, when it must wait and whenever that changes
   * @returns what ends the turn; calling it again does nothing
   * @throws the signal's reason, when it aborts before the turn came
   */
  async enter(
    signal: CancelSignal,
    onWait: (ahead: number) => void = () => undefined,
  ): Promise<() => void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiter = { begin: () => resolve(undefined), onWait };
    this.#waiting.push(waiter);
    this.refresh();
    const at = this.#waiting.indexOf(waiter);
    if (at >= 0) onWait(at);
    const leave = () => {
      const place = this.#waiting.indexOf(waiter);
      // A turn that has begun is not taken back by a signal: whoever has it ends it.
      if (place < 0) return;
      this.#waiting.splice(place, 1);
      this.#tell(place);
      reject(signal.reason instanceof Error ? signal.reason : new Error('Cancelled.'));
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#running--;
      this.refresh();
    };
  }

  /** Lets in whoever may begin: to be called when the limit has changed. */
  refresh(): void {
    let begun = 0;
    for (; this.#running < this.#limit(); begun++) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#running++;
      next.begin();
    }
    if (begun > 0) this.#tell(0);
  }

  /** Those from a place on have moved up. */
  #tell(from: number): void {
    this.#waiting.slice(from).forEach(({ onWait }, index) => {
      onWait(from + index);
    });
  }
}
