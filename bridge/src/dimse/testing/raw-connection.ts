// For tests: a peer that says exactly the bytes it is told to, as client and as server.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { encodeCommandSet } from '../message/command-set.ts';
import type { CommandSet } from '../message/command-set.ts';
import { encodeControlPdu } from '../pdu/control-pdu.ts';
import type { AssociateAc, AssociateRq } from '../pdu/pdu.ts';

export interface RawPdu {
  readonly type: number;
  readonly body: Buffer;
}

/** A socket on loopback that takes nothing for so long has a peer that doesn't read. */
const FULL_AFTER_MS = 300;

export class RawConnection {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#wake();
    });
    socket.on('error', () => undefined);
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  write(...parts: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(parts));
  }

  /** Writes once what was written before has gone. @param onFull told when that takes the other side's reading */
  async writeWithin(bytes: Uint8Array, onFull: () => void): Promise<void> {
    if (this.#socket.write(bytes)) return;
    const full = setTimeout(onFull, FULL_AFTER_MS);
    await once(this.#socket, 'drain');
    clearTimeout(full);
  }

  /** One write for each chunk, so that the other side most likely reads them apart. */
  async writeInChunks(bytes: Uint8Array, size: number): Promise<void> {
    this.#socket.setNoDelay(true);
    for (let at = 0; at < bytes.length; at += size) {
      await new Promise((resolve) => this.#socket.write(bytes.subarray(at, at + size), resolve));
      await new Promise(setImmediate);
    }
  }

  /** The next PDU, or undefined when the other side has ended the connection. */
  async pdu(): Promise<RawPdu | undefined> {
    for (;;) {
      this.#buffer = Buffer.concat([this.#buffer, ...this.#chunks.splice(0)]);
      const length = this.#buffer.length < 6 ? Infinity : 6 + this.#buffer.readUInt32BE(2);
      if (this.#buffer.length >= length) {
        const type = this.#buffer.readUInt8(0);
        const body = this.#buffer.subarray(6, length);
        this.#buffer = this.#buffer.subarray(length);
        return { type, body };
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Whether bytes have come that no PDU was made of. */
  get hasMore(): boolean {
    return this.#buffer.length > 0 || this.#chunks.length > 0;
  }

  /** Takes no more from the socket. */
  stall(): void {
    this.#socket.pause();
  }

  /** Takes from the socket again. */
  goOn(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Closes with RST instead of FIN. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }
}

/** @param localAddress where it calls from */
export async function rawClient(port: number, localAddress = '127.0.0.1'): Promise<RawConnection> {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  await once(socket, 'connect');
  return new RawConnection(socket);
}

export interface RawServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * @param script what the peer does with each connection
 * @param port any free one where it is left out
 */
export async function rawServer(
  script: (connection: RawConnection) => Promise<void> | void,
  port = 0,
): Promise<RawServer> {
  const connections: RawConnection[] = [];
  const failures: unknown[] = [];
  const server = createServer((socket) => {
    const connection = new RawConnection(socket);
    connections.push(connection);
    Promise.resolve(script(connection)).catch((error: unknown) => failures.push(error));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const connection of connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
      if (failures.length > 0)
        throw new AggregateError(failures, 'the script of a raw peer failed');
    },
  };
}

export function associateRq(changes: Partial<AssociateRq> = {}): Uint8Array {
  return encodeControlPdu({
    type: 'associate-rq',
    protocolVersion: 1,
    calledAeTitle: 'GANTRY',
    callingAeTitle: 'RAW',
    applicationContextName: '1.2.840.10008.3.1.1.1',
    presentationContexts: [
      { id: 1, abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2'] },
    ],
    userInformation: { maxPduLength: 16384, implementationClassUid: '1.2.3' },
    ...changes,
  });
}

/** Accepts the contexts with these IDs in Explicit VR Little Endian, unless said otherwise. */
export function associateAc(changes: Partial<AssociateAc> = {}): Uint8Array {
  return encodeControlPdu({
    type: 'associate-ac',
    protocolVersion: 1,
    calledAeTitle: 'RAW',
    callingAeTitle: 'GANTRY',
    applicationContextName: '1.2.840.10008.3.1.1.1',
    presentationContexts: [{ id: 1, result: 0, transferSyntax: '1.2.840.10008.1.2.1' }],
    userInformation: { maxPduLength: 16384, implementationClassUid: '1.2.3' },
    ...changes,
  });
}

export const COMMAND = 0x01;
export const LAST = 0x02;

/** One presentation data value: length, context, control, bytes. */
export function pdv(contextId: number, control: number, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt32BE(bytes.length + 2, 0);
  header.writeUInt8(contextId, 4);
  header.writeUInt8(control, 5);
  return Buffer.concat([header, bytes]);
}

export function dataTf(...values: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(values);
  const header = Buffer.from([0x04, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(body.length, 2);
  return Buffer.concat([header, body]);
}

/** A whole command in one P-DATA-TF. */
export function commandTf(contextId: number, command: CommandSet): Buffer {
  return dataTf(pdv(contextId, COMMAND | LAST, encodeCommandSet(command)));
}

export const echoRq = (messageId: number): CommandSet => ({
  AffectedSOPClassUID: '1.2.840.10008.1.1',
  CommandField: 0x0030,
  MessageID: messageId,
  CommandDataSetType: 0x0101,
});

export const RELEASE_RQ = Uint8Array.of(5, 0, 0, 0, 0, 4, 0, 0, 0, 0);
export const RELEASE_RP = Uint8Array.of(6, 0, 0, 0, 0, 4, 0, 0, 0, 0);
export const ABORT = Uint8Array.of(7, 0, 0, 0, 0, 4, 0, 0, 0, 0);
