/** Counts what comes in for each retrieve: by the AE and Message ID that the peer repeats (PS3.7 table 9.1-1). */
export class Arrivals {
  readonly #counts = new Map<string, { arrived: number; onArrival: () => void }>();
  #lastMessageId = 0;

  /** A Message ID that no other retrieve under way has: 1 to 65535 (PS3.7 table E.1-1). */
  nextMessageId(): number {
    this.#lastMessageId = (this.#lastMessageId % 0xffff) + 1;
    return this.#lastMessageId;
  }

  /** An instance is on disk. */
  note(originator: { readonly aeTitle: string; readonly messageId: number } | undefined): void {
    const entry = originator && this.#counts.get(keyOf(originator.aeTitle, originator.messageId));
    if (!entry) return;
    entry.arrived++;
    entry.onArrival();
  }

  /** Begins to count for a retrieve; `end` forgets it. */
  expect(aeTitle: string, messageId: number, onArrival: () => void) {
    const key = keyOf(aeTitle, messageId);
    const entry = { arrived: 0, onArrival };
    this.#counts.set(key, entry);
    return {
      count: () => entry.arrived,
      end: () => {
        if (this.#counts.get(key) === entry) this.#counts.delete(key);
      },
    };
  }
}

const keyOf = (aeTitle: string, messageId: number) => `${aeTitle.trim()} ${messageId}`;
