/** An image of some hundred kilobytes is half there by then. */
const FIRST_BYTES = 192 * 1024;
/** What a disk takes in a fraction of a second: so long may the end of the longest file have to wait. */
const STEP_BYTES = 16 * 1024 * 1024;
/** A disk that takes longer for the half of an image has enough to do: its work isn't cut into more pieces. */
const QUICK_MS = 2;
/** For how long, milliseconds. */
const SLOW_FOR_MS = 1000;

/** The file of one instance. */
export interface FileAhead {
  /** @param size bytes that were written up to now */
  written(size: number): void;
  /**
   * Resolves when nothing is under way.
   * @throws what a synchronisation has thrown: a system tells of a failure once, and lets the next one succeed
   */
  ended(): Promise<void>;
}

/**
 * Has the disk take what was written while the rest still comes, so that less is left to wait for at the end. Several
 * senders keep it busy anyway.
 */
export class SyncAhead {
  #slowUntil = 0;

  /**
   * @param isAlone whether nothing else is being received
   * @param synchronise the file
   */
  begin(isAlone: boolean, synchronise: () => Promise<void>): FileAhead {
    const isQuick = performance.now() >= this.#slowUntil;
    let next = isAlone && isQuick ? FIRST_BYTES : STEP_BYTES;
    let running: Promise<void> | undefined;
    let failure: { readonly error: unknown } | undefined;
    const run = async (): Promise<void> => {
      const started = performance.now();
      await synchronise().catch((error: unknown) => (failure ??= { error }));
      const ended = performance.now();
      if (ended - started > QUICK_MS) this.#slowUntil = ended + SLOW_FOR_MS;
      running = undefined;
    };
    return {
      written: (size) => {
        if (size < next || running) return;
        next = size + STEP_BYTES;
        running = run();
      },
      ended: async () => {
        await running;
        if (failure) throw failure.error;
      },
    };
  }
}
