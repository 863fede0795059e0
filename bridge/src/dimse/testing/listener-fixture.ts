// For tests: a listener on a free port, and raw peers that talk to it.
import { afterEach, expect } from 'vitest';
import type { Listener, ListenerOptions } from '../listener.ts';
import { listen } from '../listener.ts';
import type { ScpRequest, ScpService } from '../scp-service.ts';
import type { AssociationEnd } from '../upper-layer/upper-layer-user.ts';
import { verificationScp } from '../verification.ts';
import type { RawPdu } from './raw-connection.ts';
import * as raw from './raw-connection.ts';

export const STORE_CLASS = '1.2.840.10008.5.1.4.1.1.7';
export const ILE = '1.2.840.10008.1.2';
export const TYPE = { ac: 2, rj: 3, data: 4, releaseRp: 6, abort: 7 };

export const storeRq = (messageId: number) => ({
  AffectedSOPClassUID: STORE_CLASS,
  CommandField: 1,
  MessageID: messageId,
  Priority: 0,
  CommandDataSetType: 1,
  AffectedSOPInstanceUID: '1.2.3',
});

/** Verification in context 1, storage in context 3. */
export const bothContexts = [
  { id: 1, abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: [ILE] },
  { id: 3, abstractSyntax: STORE_CLASS, transferSyntaxes: [ILE] },
];

let listener: Listener | undefined;
const connections: raw.RawConnection[] = [];
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.destroy();
  await listener?.close(0);
  listener = undefined;
});

/** A listener that counts what reaches a handler, and its ends. */
export async function startListener(options: Partial<ListenerOptions> = {}) {
  const handled: string[] = [];
  const ends: AssociationEnd[] = [];
  const waiting: (() => void)[] = [];
  const counting: ScpService = {
    ...verificationScp,
    handle: (request) => {
      handled.push(request.name);
      return verificationScp.handle(request);
    },
  };
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    aeTitles: ['GANTRY'],
    services: [counting],
    onEnd: (end) => {
      ends.push(end);
      for (const wake of waiting.splice(0)) wake();
    },
    ...options,
  });
  const nextEnd = async (): Promise<AssociationEnd> => {
    for (;;) {
      const end = ends.shift();
      if (end) return end;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { listener, handled, nextEnd, port: listener.port };
}

export async function client(port: number): Promise<raw.RawConnection> {
  const connection = await raw.rawClient(port);
  connections.push(connection);
  return connection;
}

export async function associated(port: number, contexts = bothContexts.slice(0, 1)) {
  const connection = await client(port);
  connection.write(raw.associateRq({ presentationContexts: contexts }));
  expect((await connection.pdu())?.type).toBe(TYPE.ac);
  return connection;
}

/** The status of a response in one P-DATA-TF with one value. */
export function status(pdu: RawPdu | undefined): number {
  expect(pdu?.type).toBe(TYPE.data);
  const command = pdu?.body.subarray(6) ?? Buffer.alloc(0);
  const at = command.indexOf(Uint8Array.of(0, 0, 0, 9, 2, 0, 0, 0));
  return command.readUInt16LE(at + 8);
}

export const errorOf = (end: AssociationEnd) =>
  end.kind === 'failed' ? end.error.code : 'released';

/** A storage service for tests; what it does with a data set is up to each. */
export function storage(handle: (request: ScpRequest) => Promise<number>): ScpService {
  return {
    transferSyntaxesFor: (uid) => (uid === STORE_CLASS ? [ILE] : undefined),
    requests: ['C-STORE-RQ'],
    handle: async (request) => ({ status: await handle(request) }),
  };
}
