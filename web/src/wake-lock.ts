/** Keeps the computer awake while something long runs. Where that isn't to be had, nothing happens. */
export class WakeLock {
  #sentinel: Promise<WakeLockSentinel | undefined> | undefined;

  async hold(isNeeded: boolean): Promise<void> {
    if (isNeeded === (this.#sentinel !== undefined)) return;
    if (isNeeded) {
      // Refused on a hidden page or a low battery: the transfer goes on all the same.
      this.#sentinel = navigator.wakeLock.request('screen').catch(() => undefined);
      return;
    }
    const sentinel = await this.#sentinel;
    this.#sentinel = undefined;
    await sentinel?.release();
  }
}
