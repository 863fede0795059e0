import type { Socket } from 'node:net';
import { Timer } from './timers.ts';

/**
 * What is corked before it goes to the operating system in one call. Also the unit in which progress is seen:
 * Node reports a write when all of it is taken.
 */
const BATCH_LENGTH = 256 * 1024;

/** Writes in batches, tells when the peer doesn't keep up and when it has stopped to take anything. */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #progress: Timer;
  #corked = 0;
  #batchesUnderWay = 0;

  /** @param onStall nothing was taken for `progressMs` although something waits */
  constructor(socket: Socket, progressMs: number, onStall: () => void) {
    this.#socket = socket;
    this.#progress = new Timer(progressMs, onStall);
    socket.once('close', () => this.#progress.stop());
  }

  /** Queues bytes, which must not change until they are sent. Nothing leaves before a batch is full or `flush`. */
  write(bytes: Uint8Array): void {
    if (!this.#socket.writable) return;
    if (this.#corked === 0) this.#socket.cork();
    this.#corked += bytes.length;
    if (this.#corked < BATCH_LENGTH) {
      this.#socket.write(bytes);
      return;
    }
    this.#writeLast(bytes);
  }

  /** Lets what was queued go. */
  flush(): void {
    // An empty write carries the callback: the batch that ends here has none yet.
    if (this.#corked > 0 && this.#socket.writable) this.#writeLast(new Uint8Array(0));
  }

  /** Undefined when more may be written at once, else a promise of that moment. */
  ready(): Promise<void> | undefined {
    if (!this.#socket.writableNeedDrain) return undefined;
    // Not events.once: that would fail with the socket's own error, before the association knows of its end.
    return new Promise((resolve) => this.#socket.once('drain', resolve));
  }

  #writeLast(bytes: Uint8Array): void {
    if (this.#batchesUnderWay++ === 0) this.#progress.start();
    this.#socket.write(bytes, () => {
      if (--this.#batchesUnderWay > 0) this.#progress.start();
      else this.#progress.stop();
    });
    this.#corked = 0;
    this.#socket.uncork();
  }
}
