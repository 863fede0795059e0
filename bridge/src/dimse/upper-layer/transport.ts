import type { Socket } from 'node:net';
import { DimseError } from '../dimse-error.ts';
import { SocketWriter } from './socket-writer.ts';
import type { AssociationTimers } from './timers.ts';
import { Timer } from './timers.ts';

/** What happens on the transport connection (PS3.8 section 9.2.2, the transport service). */
export interface TransportEvents {
  received(chunk: Uint8Array): void;
  /** The peer has closed its half, or all is gone. May come twice. */
  gone(): void;
  /** The socket exists no more; the last event. */
  closed(): void;
  /** Bytes stopped to move where they should. */
  stalled(error: DimseError): void;
}

/** One TCP connection: batched writes, back-pressure both ways, and the timer of progress for each way. */
export class Transport {
  readonly #socket: Socket;
  readonly #writer: SocketWriter;
  readonly #readProgress: Timer;
  #paused = false;
  #over = false;
  /** Why the connection broke, for the cause of an error; missing when it was closed. */
  error: Error | undefined;

  constructor(
    socket: Socket,
    { readMs, writeMs }: Pick<AssociationTimers, 'readMs' | 'writeMs'>,
    events: TransportEvents,
  ) {
    this.#socket = socket;
    const stall = (what: string, ms: number) => (): void => {
      events.stalled(new DimseError('stalled', `${what}; waited ${ms} ms.`));
    };
    const whenWriting = stall('The peer stopped to take what was sent', writeMs);
    this.#writer = new SocketWriter(socket, writeMs, whenWriting);
    const whenReading = stall('The peer stopped in the middle of what it was sending', readMs);
    this.#readProgress = new Timer(readMs, whenReading);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Uint8Array) => events.received(chunk));
    socket.on('error', (error) => (this.error = error));
    socket.on('end', () => events.gone());
    socket.on('close', () => {
      events.gone();
      events.closed();
    });
  }

  /** Queues bytes, which must not change until they are sent; `flush` lets them go. */
  write(bytes: Uint8Array): void {
    this.#writer.write(bytes);
  }

  flush(): void {
    this.#writer.flush();
  }

  /** Undefined when more may be written at once, else a promise of that moment. */
  ready(): Promise<void> | undefined {
    return this.#writer.ready();
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
    this.#readProgress.stop();
  }

  resume(): void {
    this.#paused = false;
    this.#socket.resume();
  }

  /** Told after each chunk: whether more bytes must come for what has begun. */
  expectMore(expected: boolean): void {
    if (expected && !this.#paused && !this.#over) this.#readProgress.start();
    else this.#readProgress.stop();
  }

  /** The association has ended: what still comes has no timer but ARTIM. */
  associationEnded(): void {
    this.#over = true;
    this.#readProgress.stop();
  }

  /** Nothing more will be sent. A paused socket would see neither the close of the peer nor its last PDUs. */
  endSending(): void {
    this.#socket.end();
    this.#socket.resume();
  }

  /** Closes, behind what was sent. */
  close(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
