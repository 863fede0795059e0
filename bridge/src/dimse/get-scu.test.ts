import { describe, expect, it } from 'vitest';
import type { DimseError } from './dimse-error.ts';
import type { GetOptions, GetRequest } from './get-scu.ts';
import { MAX_GET_CONTEXTS, get } from './get-scu.ts';
import { decodeControlPdu } from './pdu/control-pdu.ts';
import type { PeerAddress } from './request-association.ts';
import type { SubOperations } from './retrieve.ts';
import type { IncomingInstance, StorageSink } from './storage-scp.ts';
import * as raw from './testing/raw-connection.ts';
import { response, takeMessage, takeRelease } from './testing/raw-messages.ts';
import { rawPeer } from './testing/raw-peer.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const MR = '1.2.840.10008.5.1.4.1.1.4';
const ELE = '1.2.840.10008.1.2.1';
const PENDING = 0xff00;
const STORE_RSP = 0x8001;

const transferSyntaxes = [ELE, '1.2.840.10008.1.2'];
const study: GetRequest = {
  level: 'STUDY',
  studyInstanceUid: '1.2.3',
  contexts: [CT, MR].map((sopClass) => ({ sopClass, transferSyntaxes })),
};

/** C-GET and CT accepted, MR refused; the peer may send CT. */
const ACCEPTED = {
  presentationContexts: [
    { id: 1, result: 0, transferSyntax: ELE },
    { id: 3, result: 0, transferSyntax: ELE },
    { id: 5, result: 3, transferSyntax: ELE },
  ],
  userInformation: {
    maxPduLength: 16384,
    roleSelections: [{ sopClassUid: CT, scuRole: false, scpRole: true }],
  },
};

const storeRq = (messageId: number, sopClassUid = CT) => ({
  AffectedSOPClassUID: sopClassUid,
  CommandField: 0x0001,
  MessageID: messageId,
  Priority: 0,
  CommandDataSetType: 1,
  AffectedSOPInstanceUID: `1.2.3.${messageId}`,
});

const store = (messageId: number, dataset: Uint8Array, contextId = 3) =>
  Buffer.concat([
    raw.commandTf(contextId, storeRq(messageId)),
    raw.dataTf(raw.pdv(contextId, raw.LAST, dataset)),
  ]);

async function got(
  peer: PeerAddress,
  sink: StorageSink,
  options: GetOptions = {},
  signal?: AbortSignal,
) {
  const progress: SubOperations[] = [];
  const getting = get(peer, study, sink, options, signal);
  for (;;) {
    const step = await getting.next();
    if (step.done === true) return { progress, result: step.value };
    progress.push(step.value);
  }
}

/** A sink that keeps what it gets. */
function keeping() {
  const kept: (IncomingInstance & { bytes: Buffer })[] = [];
  const sink: StorageSink = async (incoming) => {
    const parts: Uint8Array[] = [];
    for await (const part of incoming.dataset) parts.push(part);
    kept.push({ ...incoming, bytes: Buffer.concat(parts) });
    return { kind: 'stored' };
  };
  return { kept, sink };
}

async function failure(promise: Promise<unknown>): Promise<DimseError> {
  return promise.then(
    () => expect.fail('did not fail'),
    (error: unknown) => error as DimseError,
  );
}

describe('Get SCU', () => {
  it('takes what the peer stores over the same association, and answers each', async () => {
    const answers: unknown[] = [];
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      for (const id of [1, 2]) {
        connection.write(store(id, Buffer.alloc(id * 1000, id)));
        answers.push((await takeMessage(connection)).command);
        const counts = { NumberOfRemainingSuboperations: 2 - id };
        connection.write(response(command, PENDING, undefined, counts));
      }
      connection.write(response(command, 0, undefined, { NumberOfCompletedSuboperations: 2 }));
      await takeRelease(connection);
    }, ACCEPTED);
    const { kept, sink } = keeping();
    const { progress, result } = await got(peer, sink);
    expect(result).toMatchObject({ kind: 'complete', completed: 2 });
    expect(progress.map(({ remaining }) => remaining)).toEqual([1, 0]);
    expect(kept).toMatchObject([
      { sopClassUid: CT, sopInstanceUid: '1.2.3.1', transferSyntaxUid: ELE },
      { sopInstanceUid: '1.2.3.2', callingAeTitle: 'RAW', calledAeTitle: 'GANTRY' },
    ]);
    expect(kept.map(({ bytes }) => bytes.equals(Buffer.alloc(bytes.length, bytes[0])))).toEqual([
      true,
      true,
    ]);
    expect(kept.map(({ bytes }) => bytes.length)).toEqual([1000, 2000]);
    expect(answers).toMatchObject([
      { CommandField: STORE_RSP, Status: 0, MessageIDBeingRespondedTo: 1 },
      { CommandField: STORE_RSP, Status: 0, AffectedSOPInstanceUID: '1.2.3.2' },
    ]);
  });

  it('proposes to be the SCP of each storage class', async () => {
    let request: ReturnType<typeof decodeControlPdu> | undefined;
    const server = await raw.rawServer(async (connection) => {
      const pdu = await connection.pdu();
      request = pdu && decodeControlPdu(pdu.type, pdu.body);
      connection.write(raw.associateAc(ACCEPTED));
      const { command } = await takeMessage(connection);
      connection.write(response(command, 0));
      await takeRelease(connection);
    });
    const address = { host: '127.0.0.1', calledAeTitle: 'RAW', callingAeTitle: 'GANTRY' };
    await got({ ...address, port: server.port }, keeping().sink);
    await server.close();
    const roles = [CT, MR].map((sopClassUid) => ({ sopClassUid, scuRole: false, scpRole: true }));
    expect(request).toMatchObject({
      presentationContexts: [
        { id: 1, abstractSyntax: '1.2.840.10008.5.1.4.1.2.2.3' },
        { id: 3, abstractSyntax: CT, transferSyntaxes },
        { id: 5, abstractSyntax: MR, transferSyntaxes },
      ],
      userInformation: { roleSelections: roles },
    });
  });

  it.each<[string, Parameters<typeof raw.associateAc>[0], string]>([
    [
      'no C-GET',
      { presentationContexts: [{ id: 3, result: 0, transferSyntax: ELE }] },
      'No C-GET with this peer: the peer did not answer it.',
    ],
    [
      'no storage class',
      { presentationContexts: [{ id: 1, result: 0, transferSyntax: ELE }] },
      'No C-GET with this peer: it does not agree to send images over our association.',
    ],
    [
      'no role',
      {
        ...ACCEPTED,
        userInformation: { roleSelections: [{ sopClassUid: CT, scuRole: true, scpRole: false }] },
      },
      'No C-GET with this peer: it does not agree to send images over our association.',
    ],
  ])('asks nothing of a peer that accepts %s', async (_, changes, message) => {
    const peer = await rawPeer(takeRelease, changes);
    expect(await failure(got(peer, keeping().sink))).toMatchObject({
      code: 'no-presentation-context',
      message,
    });
  });

  it('answers with a failure when the sink fails, and goes on', async () => {
    const statuses: unknown[] = [];
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      for (const id of [1, 2]) {
        connection.write(store(id, Buffer.alloc(100_000)));
        statuses.push((await takeMessage(connection)).command.Status);
      }
      connection.write(response(command, 0xb000));
      await takeRelease(connection);
    }, ACCEPTED);
    const failures: unknown[] = [];
    const sink: StorageSink = ({ sopInstanceUid }) =>
      sopInstanceUid === '1.2.3.1'
        ? Promise.reject(new Error('the disk is gone'))
        : Promise.resolve({ kind: 'out-of-resources' });
    const options = { onSinkFailure: (error: unknown) => failures.push(error) };
    expect((await got(peer, sink, options)).result).toMatchObject({ kind: 'incomplete' });
    expect(statuses).toEqual([0x0110, 0xa700]);
    expect(failures).toEqual([new Error('the disk is gone')]);
  });

  it('refuses an instance of another class than its context', async () => {
    let status: number | undefined;
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(raw.commandTf(3, storeRq(1, MR)));
      connection.write(raw.dataTf(raw.pdv(3, raw.LAST, Buffer.alloc(10))));
      status = (await takeMessage(connection)).command.Status;
      connection.write(response(command, 0xb000));
      await takeRelease(connection);
    }, ACCEPTED);
    const { kept, sink } = keeping();
    await got(peer, sink);
    expect(status).toBe(0xa900);
    expect(kept).toEqual([]);
  });

  it.each<[string, Uint8Array]>([
    ['stores in a context that was refused', store(1, Buffer.alloc(10), 5)],
    ['asks for something else', raw.commandTf(1, raw.echoRq(1))],
  ])('aborts when the peer %s', async (_, bytes) => {
    let last: raw.RawPdu | undefined;
    const peer = await rawPeer(async (connection) => {
      await takeMessage(connection);
      connection.write(bytes);
      last = await connection.pdu();
    }, ACCEPTED);
    const { kept, sink } = keeping();
    expect(await failure(got(peer, sink))).toMatchObject({ code: 'protocol-violation' });
    expect(kept).toEqual([]);
    await expect.poll(() => last?.type).toBe(7);
  });

  it('tells the sink when the association ends in the middle of an instance', async () => {
    const peer = await rawPeer(async (connection) => {
      await takeMessage(connection);
      connection.write(raw.commandTf(3, storeRq(1)));
      connection.write(raw.dataTf(raw.pdv(3, 0, Buffer.alloc(1000))), raw.ABORT);
    }, ACCEPTED);
    let seen: { error: unknown; aborted: boolean } | undefined;
    const sink: StorageSink = async ({ dataset, signal }) => {
      try {
        for await (const part of dataset) expect(part.length).toBeGreaterThan(0);
      } catch (error) {
        seen = { error, aborted: signal.aborted };
        throw error;
      }
      return { kind: 'stored' };
    };
    expect(await failure(got(peer, sink))).toMatchObject({ code: 'association-aborted' });
    expect(seen).toMatchObject({ error: { code: 'association-aborted' }, aborted: true });
  });

  it('slows the peer down while the sink does not take the bytes', async () => {
    const size = 64 * 1024 * 1024;
    const piece = 16_000;
    let written = 0;
    let full: () => void = () => undefined;
    const backPressure = new Promise<void>((resolve) => (full = resolve));
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(raw.commandTf(3, storeRq(1)));
      for (; written < size; written += piece) {
        const control = written + piece >= size ? raw.LAST : 0;
        const bytes = raw.dataTf(raw.pdv(3, control, Buffer.alloc(piece)));
        await connection.writeWithin(bytes, full);
      }
      await takeMessage(connection);
      connection.write(response(command, 0));
      await takeRelease(connection);
    }, ACCEPTED);
    let length = 0;
    const sink: StorageSink = async ({ dataset }) => {
      await backPressure;
      expect(written).toBeLessThan(size / 2);
      for await (const part of dataset) length += part.length;
      return { kind: 'stored' };
    };
    expect((await got(peer, sink)).result).toMatchObject({ kind: 'complete' });
    expect(length).toBe(Math.ceil(size / piece) * piece);
  });

  it('still takes what is on its way after a cancellation', async () => {
    const controller = new AbortController();
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      controller.abort();
      const cancel = await takeMessage(connection);
      expect(cancel.command).toMatchObject({ CommandField: 0x0fff });
      connection.write(store(1, Buffer.alloc(10)));
      await takeMessage(connection);
      connection.write(response(command, 0xfe00, undefined, { NumberOfCompletedSuboperations: 1 }));
      await takeRelease(connection);
    }, ACCEPTED);
    const { kept, sink } = keeping();
    const { result } = await got(peer, sink, {}, controller.signal);
    expect(result).toMatchObject({ kind: 'cancelled', completed: 1 });
    expect(kept).toHaveLength(1);
  });

  it.each([
    ['no class', []],
    [
      'too many classes',
      Array.from({ length: 128 }, (_, index) => ({ sopClass: `1.2.${index}`, transferSyntaxes })),
    ],
    ['no transfer syntax', [{ sopClass: CT, transferSyntaxes: [] }]],
  ])('refuses %s before it connects', async (_, contexts) => {
    const peer = { host: '127.0.0.1', port: 1, calledAeTitle: 'A', callingAeTitle: 'B' };
    const getting = get(peer, { ...study, contexts }, keeping().sink);
    expect(await failure(getting.next())).toMatchObject({ code: 'invalid-configuration' });
    expect(MAX_GET_CONTEXTS).toBe(127);
  });
});
