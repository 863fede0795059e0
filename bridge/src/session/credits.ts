/** How many rows a page is ready to take. Waiting for one holds the peer's answers back. */
export class Credits {
  #available = 0;
  #waiting: (() => void) | undefined;

  add(rows: number): void {
    this.#available += rows;
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** Resolves when a row may be sent, and takes its credit. Rejects when the signal aborts. */
  async take(signal: AbortSignal): Promise<void> {
    while (this.#available === 0) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const fail = () => reject(new Error('The query was cancelled.'));
      signal.addEventListener('abort', fail, { once: true });
      this.#waiting = () => resolve(undefined);
      try {
        await promise;
      } finally {
        signal.removeEventListener('abort', fail);
      }
    }
    this.#available--;
  }
}
