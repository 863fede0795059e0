import type { Socket } from 'node:net';
import { Timer } from './timers.ts';

/**
 * What is corked before it goes to the operating system in one call. Also the unit in which progress is seen:
 * Node reports a write when all of it is taken.
 */
const BATCH_LENGTH = 256 * 1024;
/** One that the operating system takes, one that waits behind it: more would only fill memory. */
const MAX_BATCHES_UNDER_WAY = 2;

/** Writes in batches, tells when the peer doesn't keep up and when it has stopped to take anything. */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #progress: Timer;
  #corked = 0;
  #batchesUnderWay = 0;
  #waiting: (() => void)[] = [];

  /** @param onStall nothing was taken for `writeMs` although something waits */
  constructor(socket: Socket, writeMs: number, onStall: () => void) {
    this.#socket = socket;
    this.#progress = new Timer(writeMs, onStall);
    socket.once('close', () => this.#progress.stop());
  }

  /** Queues bytes, which must not change until they are sent. Nothing leaves before a batch is full or `flush`. */
  write(bytes: Uint8Array): void {
    if (!this.#socket.writable) return;
    if (this.#corked === 0) this.#socket.cork();
    this.#corked += bytes.length;
    if (this.#corked < BATCH_LENGTH) this.#socket.write(bytes);
    else this.#writeLast(bytes);
  }

  /** Lets what was queued go. */
  flush(): void {
    // An empty write carries the callback: the batch that ends here has none yet.
    if (this.#corked > 0 && this.#socket.writable) this.#writeLast(new Uint8Array(0));
  }

  /**
   * Undefined when more may be written at once, else a promise of that moment, which a broken connection doesn't
   * resolve. Not by the event `drain`: it waits for corked bytes too, which wait for whoever would hear of it.
   */
  ready(): Promise<void> | undefined {
    if (this.#batchesUnderWay < MAX_BATCHES_UNDER_WAY) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #writeLast(bytes: Uint8Array): void {
    if (this.#batchesUnderWay++ === 0) this.#progress.start();
    this.#socket.write(bytes, (error) => {
      this.#batchesUnderWay--;
      if (error) return;
      if (this.#batchesUnderWay > 0) this.#progress.start();
      else this.#progress.stop();
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
    this.#corked = 0;
    this.#socket.uncork();
  }
}
