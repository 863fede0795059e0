/** Above this the socket is paused: what has come and isn't consumed, over all messages of one association. */
const INFLOW_HIGH_WATER = 512 * 1024;
/** Below this it is resumed. */
const INFLOW_LOW_WATER = 128 * 1024;
/** What a queued slice or message costs beside its bytes, so that a million empty ones count too. */
const ENTRY_COST = 256;

/** Counts what was received and not consumed yet, and pauses and resumes the socket by it. */
export class Inflow {
  readonly #pause: () => void;
  readonly #resume: () => void;
  #held = 0;
  #paused = false;

  constructor(pause: () => void, resume: () => void) {
    this.#pause = pause;
    this.#resume = resume;
  }

  /** @param bytes that are kept from now on, as one entry */
  add(bytes: number): void {
    this.#held += bytes + ENTRY_COST;
    if (this.#paused || this.#held < INFLOW_HIGH_WATER) return;
    this.#paused = true;
    this.#pause();
  }

  /** @param bytes of one entry that was consumed */
  remove(bytes: number): void {
    this.#held -= bytes + ENTRY_COST;
    if (!this.#paused || this.#held > INFLOW_LOW_WATER) return;
    this.#paused = false;
    this.#resume();
  }
}
