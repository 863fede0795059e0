const ROUNDED_TO = 64 * 1024;

/**
 * Memory that one instance after another is read into. Fresh memory for each costs more than the reading: the system gives
 * it out empty, and the garbage collector marks all it knows of each time some megabytes have gone.
 */
export class ReadBuffers {
  #spare: Buffer[] = [];

  /** @returns at least `length` bytes, which hold whatever was there before */
  take(length: number): Buffer {
    const found = this.#spare.find((buffer) => buffer.length >= length);
    if (!found) return Buffer.allocUnsafeSlow(Math.ceil(length / ROUNDED_TO) * ROUNDED_TO);
    this.#spare = this.#spare.filter((buffer) => buffer !== found);
    return found;
  }

  /** Nobody reads it any more. One that is never given back is the garbage collector's. */
  giveBack(buffer: Buffer): void {
    this.#spare.push(buffer);
  }
}
