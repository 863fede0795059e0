/** Places for associations that several listeners share. */
export class SharedPlaces {
  readonly #max: number;
  readonly #listeners = new Set<() => void>();
  #taken = 0;

  /** @param max associations at a time */
  constructor(max: number) {
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#taken >= this.#max;
  }

  /** Each is to be followed by `free`. */
  take(): void {
    this.#taken++;
  }

  free(): void {
    this.#taken--;
    for (const listener of this.#listeners) listener();
  }

  /** Calls back when a place was freed, until what is returned is called. */
  onFreed(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
