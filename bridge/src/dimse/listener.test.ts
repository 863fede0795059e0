import { afterEach, describe, expect, it } from 'vitest';
import type { ListenerOptions, Listener } from './listener.ts';
import { MAX_CONNECTIONS_WITHOUT_ASSOCIATION, listen } from './listener.ts';
import { encodeCommandSet } from './message/command-set.ts';
import { decodeControlPdu } from './pdu/control-pdu.ts';
import type { ScpRequest, ScpService } from './scp-service.ts';
import type { RawPdu } from './testing/raw-connection.ts';
import * as raw from './testing/raw-connection.ts';
import type { AssociationEnd } from './upper-layer/upper-layer-user.ts';
import { verificationScp } from './verification.ts';

const STORE_CLASS = '1.2.840.10008.5.1.4.1.1.7';
const ILE = '1.2.840.10008.1.2';
const TYPE = { ac: 2, rj: 3, data: 4, releaseRp: 6, abort: 7 };

const storeRq = (messageId: number) => ({
  AffectedSOPClassUID: STORE_CLASS,
  CommandField: 1,
  MessageID: messageId,
  Priority: 0,
  CommandDataSetType: 1,
  AffectedSOPInstanceUID: '1.2.3',
});

/** Verification in context 1, storage in context 3. */
const bothContexts = [
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
async function start(options: Partial<ListenerOptions> = {}) {
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
    while (ends.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    return ends.shift()!;
  };
  return { handled, nextEnd, port: listener.port };
}

async function client(port: number): Promise<raw.RawConnection> {
  const connection = await raw.rawClient(port);
  connections.push(connection);
  return connection;
}

async function associated(port: number, contexts = bothContexts.slice(0, 1)) {
  const connection = await client(port);
  connection.write(raw.associateRq({ presentationContexts: contexts }));
  expect((await connection.pdu())?.type).toBe(TYPE.ac);
  return connection;
}

/** The status of a response in one P-DATA-TF with one value. */
function status(pdu: RawPdu | undefined): number {
  expect(pdu?.type).toBe(TYPE.data);
  const command = pdu?.body.subarray(6) ?? Buffer.alloc(0);
  const at = command.indexOf(Uint8Array.of(0, 0, 0, 9, 2, 0, 0, 0));
  return command.readUInt16LE(at + 8);
}

const errorOf = (end: AssociationEnd) => (end.kind === 'failed' ? end.error.code : 'released');

/** A storage service for tests; what it does with a data set is up to each. */
function storage(handle: (request: ScpRequest) => Promise<number>): ScpService {
  return {
    transferSyntaxesFor: (uid) => (uid === STORE_CLASS ? [ILE] : undefined),
    requests: ['C-STORE-RQ'],
    handle: async (request) => ({ status: await handle(request) }),
  };
}

describe('A DICOM listener', () => {
  it('answers C-ECHO and a release, over and over', async () => {
    const { handled, nextEnd, port } = await start();
    const connection = await associated(port);
    for (let id = 1; id <= 3; id++) {
      connection.write(raw.commandTf(1, raw.echoRq(id)));
      expect(status(await connection.pdu())).toBe(0);
    }
    connection.write(raw.RELEASE_RQ);
    expect((await connection.pdu())?.type).toBe(TYPE.releaseRp);
    expect(errorOf(await nextEnd())).toBe('released');
    expect(handled).toHaveLength(3);
  });

  it.each([1, 3, 7, 100])('understands a conversation in chunks of %i bytes', async (size) => {
    const { handled, port } = await start();
    const connection = await client(port);
    const command = encodeCommandSet(raw.echoRq(1));
    const stream = Buffer.concat([
      raw.associateRq(),
      raw.dataTf(raw.pdv(1, raw.COMMAND, command.subarray(0, 5))),
      raw.dataTf(
        raw.pdv(1, raw.COMMAND, new Uint8Array(0)),
        raw.pdv(1, raw.COMMAND, command.subarray(5, 18)),
        raw.pdv(1, raw.COMMAND, command.subarray(18)),
        raw.pdv(1, raw.COMMAND | raw.LAST, new Uint8Array(0)),
      ),
      raw.RELEASE_RQ,
    ]);
    await connection.writeInChunks(stream, size);
    expect((await connection.pdu())?.type).toBe(TYPE.ac);
    expect(status(await connection.pdu())).toBe(0);
    expect((await connection.pdu())?.type).toBe(TYPE.releaseRp);
    expect(handled).toEqual(['C-ECHO-RQ']);
  });

  it('takes command and data set in one PDU, in values of odd length', async () => {
    const got: Uint8Array[] = [];
    const service = storage(async ({ dataset }) => {
      for await (const slice of dataset ?? []) got.push(Uint8Array.from(slice));
      return 0;
    });
    const { port } = await start({ services: [verificationScp, service] });
    const connection = await associated(port, bothContexts);
    connection.write(
      raw.dataTf(
        raw.pdv(3, raw.COMMAND | raw.LAST, encodeCommandSet(storeRq(1))),
        raw.pdv(3, 0, Uint8Array.of(1, 2, 3)),
        raw.pdv(3, 0, Uint8Array.of(4)),
        raw.pdv(3, raw.LAST, Uint8Array.of(5, 6)),
      ),
    );
    expect(status(await connection.pdu())).toBe(0);
    expect([...Buffer.concat(got)]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('slows a peer down whose data set nobody takes, and loses nothing of it', async () => {
    const { promise: go, resolve: goOn } = Promise.withResolvers<undefined>();
    let length = 0;
    const service = storage(async ({ dataset }) => {
      await go;
      for await (const slice of dataset ?? []) length += slice.length;
      return 0;
    });
    const { port } = await start({ services: [service], timers: { progressMs: 300 } });
    const connection = await associated(port, bothContexts);
    connection.write(raw.commandTf(3, storeRq(1)));
    const total = 40_000_000;
    const before = process.memoryUsage().arrayBuffers;
    const piece = raw.dataTf(raw.pdv(3, 0, new Uint8Array(100_000)));
    for (let sent = 0; sent < total; sent += 100_000) connection.write(piece);
    connection.write(raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(0))));
    // Longer than the progress timer: waiting for our own handler must not count as a stall of the peer.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const held = process.memoryUsage().arrayBuffers - before;
    // The 40 MB wait in the sender, in this same process; our side may add little to them.
    expect(held - total).toBeLessThan(8_000_000);
    goOn(undefined);
    expect(status(await connection.pdu())).toBe(0);
    expect(length).toBe(total);
  });

  it('drops the rest of a data set that a handler leaves, and goes on', async () => {
    const service = storage(() => Promise.resolve(0xa700));
    const { port } = await start({ services: [verificationScp, service] });
    const connection = await associated(port, bothContexts);
    connection.write(raw.commandTf(3, storeRq(1)), raw.dataTf(raw.pdv(3, 0, new Uint8Array(5000))));
    expect(status(await connection.pdu())).toBe(0xa700);
    connection.write(raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(5000))));
    connection.write(raw.commandTf(1, raw.echoRq(2)));
    expect(status(await connection.pdu())).toBe(0);
  });

  it('answers 0110H when a handler fails, 0211H for a request that no service takes', async () => {
    const failures: unknown[] = [];
    const service = storage(() => Promise.reject(new Error('disk full')));
    const { port } = await start({
      services: [verificationScp, service],
      onHandlerFailure: (error) => failures.push(error),
    });
    const connection = await associated(port, bothContexts);
    connection.write(
      raw.commandTf(3, storeRq(1)),
      raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(2))),
    );
    expect(status(await connection.pdu())).toBe(0x0110);
    expect(failures).toEqual([new Error('disk full')]);
    connection.write(raw.commandTf(3, { ...raw.echoRq(2), AffectedSOPClassUID: STORE_CLASS }));
    expect(status(await connection.pdu())).toBe(0x0211);
  });

  it('passes C-CANCEL to the running handler', async () => {
    const service = storage(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return 0xfe00;
    });
    const { port } = await start({ services: [service] });
    const connection = await associated(port, bothContexts);
    connection.write(
      raw.commandTf(3, storeRq(9)),
      raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(2))),
    );
    const cancel = {
      CommandField: 0x0fff,
      MessageIDBeingRespondedTo: 9,
      CommandDataSetType: 0x0101,
    };
    connection.write(raw.commandTf(3, cancel));
    expect(status(await connection.pdu())).toBe(0xfe00);
  });

  it('ends the data set of a handler when the peer aborts in the middle', async () => {
    const { promise: failed, resolve } = Promise.withResolvers<unknown>();
    const { promise: begun, resolve: begins } = Promise.withResolvers<undefined>();
    const service = storage(async ({ dataset }) => {
      try {
        for await (const _ of dataset ?? []) begins(undefined);
      } catch (error) {
        resolve(error);
      }
      return 0;
    });
    const { port, nextEnd } = await start({ services: [service] });
    const connection = await associated(port, bothContexts);
    connection.write(raw.commandTf(3, storeRq(1)), raw.dataTf(raw.pdv(3, 0, new Uint8Array(5000))));
    await begun;
    connection.write(raw.ABORT);
    expect(errorOf(await nextEnd())).toBe('association-aborted');
    expect(await failed).toMatchObject({ code: 'association-aborted' });
  });

  it('runs no handler for a request that came with an abort behind it', async () => {
    const { handled, port, nextEnd } = await start();
    const connection = await associated(port);
    connection.write(raw.commandTf(1, raw.echoRq(1)), raw.ABORT);
    expect(errorOf(await nextEnd())).toBe('association-aborted');
    expect(handled).toEqual([]);
  });

  const hostile: [string, Uint8Array, number][] = [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 0],
    ['TLS', Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0), 0],
    ['data before an association', raw.commandTf(1, raw.echoRq(1)), 0],
    ['a release before an association', raw.RELEASE_RQ, 0],
    ['a PDU of 4 GB', Uint8Array.of(1, 0, 0xff, 0xff, 0xff, 0xff), 0],
  ];
  it.each(hostile)('aborts on %s without a handler', async (_, bytes, source) => {
    const { handled, nextEnd, port } = await start();
    const connection = await client(port);
    connection.write(bytes);
    const abort = await connection.pdu();
    expect([abort?.type, abort?.body[2]]).toEqual([TYPE.abort, source]);
    expect(await connection.pdu()).toBeUndefined();
    expect(errorOf(await nextEnd())).toBe('protocol-violation');
    expect(handled).toEqual([]);
  });

  const echo = encodeCommandSet(raw.echoRq(1));
  const violations: [string, Uint8Array, number][] = [
    ['a context that was not proposed', raw.commandTf(9, raw.echoRq(1)), 5],
    ['a context that was refused', raw.commandTf(5, raw.echoRq(1)), 5],
    ['a data set without a command', raw.dataTf(raw.pdv(1, raw.LAST, new Uint8Array(4))), 6],
    [
      'a command that changes its context',
      raw.dataTf(raw.pdv(1, 1, echo.subarray(0, 4)), raw.pdv(3, 3, echo.subarray(4))),
      6,
    ],
    [
      'a response to nothing',
      raw.commandTf(1, { CommandField: 0x8030, MessageIDBeingRespondedTo: 1, Status: 0 }),
      6,
    ],
    ['a second A-ASSOCIATE-RQ', raw.associateRq(), 2],
    ['A-RELEASE-RP', raw.RELEASE_RP, 2],
    ['garbage', Buffer.from('garbage'), 1],
    [
      'a command of 70,000 bytes',
      Buffer.concat(
        Array.from({ length: 7 }, () => raw.dataTf(raw.pdv(1, 1, new Uint8Array(10_000)))),
      ),
      6,
    ],
    ['a PDU over what we announced', Uint8Array.of(4, 0, 0xff, 0xff, 0xff, 0xff), 6],
  ];
  it.each(violations)('aborts on %s without a handler', async (_, bytes, reason) => {
    const { handled, nextEnd, port } = await start({
      services: [verificationScp, storage(() => Promise.resolve(0))],
    });
    const refused = { id: 5, abstractSyntax: '1.2.999', transferSyntaxes: [ILE] };
    const connection = await associated(port, [...bothContexts, refused]);
    connection.write(bytes);
    const abort = await connection.pdu();
    expect([abort?.type, abort?.body[2], abort?.body[3]]).toEqual([TYPE.abort, 2, reason]);
    expect(errorOf(await nextEnd())).toBe('protocol-violation');
    expect(handled).toEqual([]);
  });

  it('answers each presentation context by itself', async () => {
    const { port } = await start();
    const connection = await client(port);
    const verification = '1.2.840.10008.1.1';
    connection.write(
      raw.associateRq({
        presentationContexts: [
          { id: 1, abstractSyntax: verification, transferSyntaxes: ['1.2.3', ILE] },
          { id: 3, abstractSyntax: '1.2.999', transferSyntaxes: [ILE] },
          { id: 5, abstractSyntax: verification, transferSyntaxes: ['1.2.840.10008.1.2.4.50'] },
        ],
        userInformation: {
          maxPduLength: 0,
          asynchronousOperationsWindow: { invoked: 0, performed: 9 },
        },
      }),
    );
    const pdu = await connection.pdu();
    expect(decodeControlPdu(pdu?.type ?? 0, pdu?.body ?? Buffer.alloc(0))).toMatchObject({
      presentationContexts: [
        { id: 1, result: 0, transferSyntax: ILE },
        { id: 3, result: 3 },
        { id: 5, result: 4 },
      ],
      userInformation: { asynchronousOperationsWindow: { invoked: 1, performed: 1 } },
    });
  });

  const rejected: [
    string,
    Partial<ListenerOptions>,
    Parameters<typeof raw.associateRq>[0],
    number[],
  ][] = [
    ['another called AE title', {}, { calledAeTitle: 'OTHER' }, [1, 1, 7]],
    ['a calling AE title that is not listed', { callingAeTitles: ['CT1'] }, {}, [1, 1, 3]],
    ['a host that is not listed', { callingHosts: ['10.0.0.1'] }, {}, [1, 1, 3]],
    ['another application context', {}, { applicationContextName: '1.2.3' }, [1, 1, 2]],
    ['another protocol version', {}, { protocolVersion: 2 }, [1, 2, 2]],
    ['a maximum PDU length of 15', {}, { userInformation: { maxPduLength: 15 } }, [1, 1, 1]],
    ['more associations than allowed', { maxAssociations: 0 }, {}, [2, 3, 2]],
    ['more associations of a host than allowed', { maxAssociationsPerHost: 0 }, {}, [2, 3, 2]],
  ];
  it.each(rejected)('rejects %s, and runs no handler', async (_, options, request, fields) => {
    const { handled, nextEnd, port } = await start(options);
    const connection = await client(port);
    connection.write(raw.associateRq(request), raw.commandTf(1, raw.echoRq(1)));
    const pdu = await connection.pdu();
    expect([pdu?.type, ...(pdu?.body.subarray(1) ?? [])]).toEqual([TYPE.rj, ...fields]);
    expect(errorOf(await nextEnd())).toBe('association-rejected');
    expect(handled).toEqual([]);
  });

  it('accepts what its lists name, and any called AE title when told so', async () => {
    const { port } = await start({
      acceptAnyCalledAeTitle: true,
      callingAeTitles: ['RAW'],
      callingHosts: ['127.0.0.1'],
    });
    const connection = await client(port);
    connection.write(raw.associateRq({ calledAeTitle: 'WHATEVER' }));
    expect((await connection.pdu())?.type).toBe(TYPE.ac);
  });

  it('takes a new association when an old one has ended', async () => {
    const { nextEnd, port } = await start({ maxAssociations: 1 });
    const first = await associated(port);
    first.end();
    expect(errorOf(await nextEnd())).toBe('connection-lost');
    await associated(port);
  });

  it('drops connections beyond its limit, and still serves the associations it has', async () => {
    const { port } = await start();
    const working = await associated(port);
    for (let count = 0; count < MAX_CONNECTIONS_WITHOUT_ASSOCIATION; count++) await client(port);
    const onemore = await client(port);
    expect(await onemore.pdu()).toBeUndefined();
    working.write(raw.commandTf(1, raw.echoRq(1)));
    expect(status(await working.pdu())).toBe(0);
  });

  it.each([
    ['ARTIM: no request comes', { artimMs: 200 }, '', 'association-timeout'],
    ['idle: nothing is asked', { idleMs: 200 }, 'associate', 'idle-timeout'],
    ['progress: a command stops in the middle', { progressMs: 200 }, 'half', 'stalled'],
    ['progress: a PDU stops in the middle', { progressMs: 200 }, 'pdu', 'stalled'],
  ])('ends by its timers (%s)', async (_, timers, doing, code) => {
    const { nextEnd, port } = await start({ timers });
    const started = performance.now();
    const connection = await (doing === '' ? client(port) : associated(port));
    if (doing === 'half')
      connection.write(raw.dataTf(raw.pdv(1, raw.COMMAND, echo.subarray(0, 8))));
    if (doing === 'pdu') connection.write(raw.commandTf(1, raw.echoRq(1)).subarray(0, 9));
    expect(errorOf(await nextEnd())).toBe(code);
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(190);
    expect(took).toBeLessThan(1200);
  });

  it('lives with a slow peer that moves', async () => {
    const { port } = await start({ timers: { progressMs: 200 } });
    const connection = await associated(port);
    const bytes = raw.commandTf(1, raw.echoRq(1));
    for (let at = 0; at < bytes.length; at += 10) {
      connection.write(bytes.subarray(at, at + 10));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(status(await connection.pdu())).toBe(0);
  });

  it('closes in order: idle associations end at once, running requests are let finish', async () => {
    const { promise: go, resolve: goOn } = Promise.withResolvers<undefined>();
    const { promise: running, resolve: runs } = Promise.withResolvers<undefined>();
    const service = storage(async () => {
      runs(undefined);
      await go;
      return 0;
    });
    const { port } = await start({ services: [verificationScp, service] });
    const idle = await associated(port);
    const busy = await associated(port, bothContexts);
    busy.write(raw.commandTf(3, storeRq(1)), raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(2))));
    await running;
    const closed = listener?.close(10_000);
    expect((await idle.pdu())?.type).toBe(TYPE.abort);
    goOn(undefined);
    expect(status(await busy.pdu())).toBe(0);
    busy.write(raw.RELEASE_RQ);
    expect((await busy.pdu())?.type).toBe(TYPE.releaseRp);
    await closed;
    await expect(raw.rawClient(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('says which port it cannot have', async () => {
    const { port } = await start();
    const second = listen({ host: '127.0.0.1', port, aeTitles: ['B'], services: [] });
    await expect(second).rejects.toMatchObject({ code: 'listen-failed' });
  });
});
