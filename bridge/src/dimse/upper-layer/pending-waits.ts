/**
 * Everything that awaits something of one association. When the association ends, each of these waits ends with
 * the same error. Promise.race against one long-lived promise would do too, but keeps memory for each wait until
 * the association ends.
 */
export class PendingWaits {
  readonly #rejects = new Set<(error: Error) => void>();
  #error: Error | undefined;

  /**
   * Awaits `promise`, but no longer than the association lives.
   * @param timeoutMs 0: no limit
   * @param onTimeout is expected to end the association, and with it this wait
   */
  async wait<T>(promise: Promise<T>, timeoutMs = 0, onTimeout?: () => void): Promise<T> {
    // The promise may still fail when nobody waits any more: that must not count as unhandled.
    promise.catch(() => undefined);
    if (this.#error) throw this.#error;
    let reject: (error: Error) => void = () => undefined;
    const interrupted = new Promise<never>((_, rejectInterrupted) => (reject = rejectInterrupted));
    const timer = timeoutMs > 0 && onTimeout ? setTimeout(onTimeout, timeoutMs) : undefined;
    this.#rejects.add(reject);
    try {
      return await Promise.race([promise, interrupted]);
    } finally {
      this.#rejects.delete(reject);
      clearTimeout(timer);
    }
  }

  /** Ends all waits, and those that come later. */
  fail(error: Error): void {
    this.#error ??= error;
    for (const reject of this.#rejects) reject(this.#error);
    this.#rejects.clear();
  }
}
