import { Timer } from './upper-layer/timers.ts';

/** Who waits for a place among the associations: first come, first served. */
export class PlaceLine<Verdict> {
  readonly #places: number;
  readonly #waitMs: number;
  readonly #tries = new Set<() => void>();

  /**
   * @param places how many may wait
   * @param waitMs milliseconds; 0: as long as it takes
   */
  constructor(places: number, waitMs: number) {
    this.#places = places;
    this.#waitMs = waitMs;
  }

  get length(): number {
    return this.#tries.size;
  }

  get isFull(): boolean {
    return this.#tries.size >= this.#places;
  }

  /**
   * @param judgeAgain the verdict when a place may be free; undefined when there is still none. One who waits for a
   *   place of a host doesn't hold up others.
   * @param late the verdict when the time is up
   * @param gone nobody waits any more
   */
  async wait(
    judgeAgain: () => Verdict | undefined,
    late: Verdict,
    gone: Promise<unknown>,
  ): Promise<Verdict> {
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    const tryAgain = (): void => {
      const verdict = judgeAgain();
      if (verdict !== undefined) resolve(verdict);
    };
    const giveUp = (): void => resolve(late);
    const timer = new Timer(this.#waitMs, giveUp);
    timer.start();
    void gone.then(giveUp);
    // Once decided, the place is no longer in line, even before whoever awaits it goes on.
    const leave = (): void => {
      timer.stop();
      this.#tries.delete(tryAgain);
    };
    this.#tries.add(tryAgain);
    return promise.finally(leave);
  }

  /** An association has ended. */
  placeFreed(): void {
    for (const tryAgain of this.#tries) tryAgain();
  }
}
