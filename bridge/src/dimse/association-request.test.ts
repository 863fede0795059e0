import { describe, expect, it } from 'vitest';
import { ByteBuilder } from './pdu/byte-builder.ts';
import { decodeControlPdu } from './pdu/control-pdu.ts';
import { StorageScu } from './storage-scu.ts';
import { encodeCommandSet } from './message/command-set.ts';
import {
  associated,
  bothContexts,
  client,
  ILE,
  startListener,
  status,
  storage,
  STORE_CLASS,
  storeRq,
  TYPE,
} from './testing/listener-fixture.ts';
import * as raw from './testing/raw-connection.ts';
import { verificationScp } from './verification.ts';

const VERIFICATION = '1.2.840.10008.1.1';

interface Context {
  readonly id: number;
  readonly syntaxes: readonly (string | Uint8Array)[];
}

const field = (text: string | Uint8Array): ByteBuilder =>
  typeof text === 'string' ? new ByteBuilder().text(text) : new ByteBuilder().bytes(text);

const contextItem = ({ id, syntaxes: [abstract = '', ...transfer] }: Context): ByteBuilder => {
  const body = new ByteBuilder().u8(id, 0, 0, 0).item(0x30, field(abstract));
  for (const syntax of transfer) body.item(0x40, field(syntax));
  return body;
};

/** A-ASSOCIATE-RQ from its items; the titles as they are, 16 bytes each. */
function request(
  fill: (items: ByteBuilder) => void,
  titles = 'GANTRY'.padEnd(16) + 'RAW'.padEnd(16),
) {
  const body = new ByteBuilder().u16(1).u16(0).text(titles).bytes(new Uint8Array(32));
  fill(body.item(0x10, field('1.2.840.10008.3.1.1.1')));
  const bytes = body.build();
  const header = new ByteBuilder().u8(1, 0).u32(bytes.length).build();
  return Buffer.concat([header, bytes]);
}

const maxLength = (length: number) => new ByteBuilder().item(0x51, new ByteBuilder().u32(length));

const contexts = (...list: readonly Context[]) =>
  request((items) => {
    for (const context of list) items.item(0x20, contextItem(context));
    items.item(0x50, maxLength(16_384));
  });

const echoContext = (id: number): Context => ({ id, syntaxes: [VERIFICATION, ILE] });

async function answerTo(bytes: Uint8Array) {
  const { port } = await startListener({
    services: [verificationScp, storage(() => Promise.resolve(0))],
  });
  const connection = await client(port);
  connection.write(bytes);
  const pdu = await connection.pdu();
  if (pdu?.type !== TYPE.ac) return { type: pdu?.type, body: pdu?.body, connection, ids: [] };
  const answer = decodeControlPdu(pdu.type, pdu.body);
  if (answer.type !== 'associate-ac') throw new TypeError('no A-ASSOCIATE-AC');
  const ids = answer.presentationContexts.map(({ id, result }) => [id, result]);
  return { type: pdu.type, body: pdu.body, connection, ids };
}

describe('An association request', () => {
  it('may have its contexts in any order, and one twice', async () => {
    const { connection, ids } = await answerTo(
      contexts(echoContext(9), echoContext(255), echoContext(1), echoContext(9)),
    );
    expect(ids).toEqual([
      [9, 0],
      [255, 0],
      [1, 0],
    ]);
    connection.write(raw.commandTf(255, raw.echoRq(1)));
    expect(status(await connection.pdu())).toBe(0);
  });

  it.each([0, 2, 254])('may have the even context ID %i, over which it is served', async (id) => {
    const { connection, ids } = await answerTo(contexts(echoContext(1), echoContext(id)));
    expect(ids).toEqual([
      [1, 0],
      [id, 0],
    ]);
    connection.write(raw.commandTf(id, raw.echoRq(1)));
    const answer = await connection.pdu();
    expect(status(answer)).toBe(0);
    expect(answer?.body.readUInt8(4)).toBe(id);
  });

  it.each([
    ['UIDs with a NUL behind', `${VERIFICATION}\0`, `${ILE}\0`],
    ['UIDs with a space behind', `${VERIFICATION} `, `${ILE} `],
  ])('may have %s', async (_, abstract, transfer) => {
    const { ids } = await answerTo(contexts({ id: 1, syntaxes: [abstract, transfer] }));
    expect(ids).toEqual([[1, 0]]);
  });

  it.each([
    ['spaces before', '          GANTRY' + '             RAW'],
    ['NULs behind', 'GANTRY'.padEnd(16, '\0') + 'RAW'.padEnd(16, '\0')],
  ])('may have AE titles with %s', async (_, titles) => {
    const { type } = await answerTo(
      request((items) => {
        items.item(0x20, contextItem(echoContext(1))).item(0x50, maxLength(0));
      }, titles),
    );
    expect(type).toBe(TYPE.ac);
  });

  it('may have items and user items that nobody knows', async () => {
    const { ids } = await answerTo(
      request((items) => {
        items.item(0x77, field('what'));
        items.item(0x20, contextItem(echoContext(1)));
        items.item(0x50, maxLength(0).item(0x7e, field('why')).item(0x57, field('x')));
      }),
    );
    expect(ids).toEqual([[1, 0]]);
  });

  const floods: [string, (items: ByteBuilder) => void][] = [
    [
      'items',
      (items) => {
        for (let count = 0; count < 2000; count++) items.u8(0x77, 0, 0, 0);
      },
    ],
    [
      'transfer syntaxes of a context',
      (items) => {
        const syntaxes = Array.from({ length: 1000 }, () => ILE);
        items.item(0x20, contextItem({ id: 1, syntaxes: [VERIFICATION, ...syntaxes] }));
      },
    ],
    [
      'user items',
      (items) => {
        const user = maxLength(0);
        for (let count = 0; count < 5000; count++) user.u8(0x56, 0, 0, 2, 0, 0);
        items.item(0x20, contextItem(echoContext(1))).item(0x50, user);
      },
    ],
  ];
  it.each(floods)('with thousands of %s is aborted', async (_, fill) => {
    expect((await answerTo(request(fill))).type).toBe(TYPE.abort);
  });

  it('that claims 4 GB costs no memory, however much of it comes', async () => {
    const { port } = await startListener();
    const before = process.memoryUsage().arrayBuffers;
    const peers = await Promise.all(Array.from({ length: 32 }, () => client(port)));
    for (const peer of peers) {
      peer.write(Uint8Array.of(1, 0, 0xff, 0xff, 0xff, 0xff), new Uint8Array(20_000));
    }
    for (const peer of peers) expect((await peer.pdu())?.type).toBe(TYPE.abort);
    // What the test itself wrote is part of it.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_000_000);
  });
});

describe('Messages', () => {
  it('come in values of no length, with command and data set in one PDU', async () => {
    let length = 0;
    const service = storage(async ({ dataset }) => {
      for await (const slice of dataset ?? []) length += slice.length;
      return 0;
    });
    const { port } = await startListener({ services: [verificationScp, service] });
    const connection = await associated(port, bothContexts);
    const command = encodeCommandSet(storeRq(1));
    const nothing = new Uint8Array(0);
    const half = command.length / 2;
    connection.write(
      raw.dataTf(
        raw.pdv(3, raw.COMMAND, nothing),
        raw.pdv(3, raw.COMMAND, command.subarray(0, half)),
        raw.pdv(3, raw.COMMAND, nothing),
        raw.pdv(3, raw.COMMAND, command.subarray(half)),
        raw.pdv(3, raw.COMMAND | raw.LAST, nothing),
        raw.pdv(3, 0, nothing),
        raw.pdv(3, 0, new Uint8Array(6)),
      ),
      raw.dataTf(raw.pdv(3, raw.LAST, nothing)),
      // The next command comes with the end of nothing before it, and a wrong group length.
      raw.dataTf(raw.pdv(1, raw.COMMAND | raw.LAST, withGroupLength(0xffffffff))),
    );
    expect(status(await connection.pdu())).toBe(0);
    expect(status(await connection.pdu())).toBe(0);
    expect(length).toBe(6);
  });

  it('come in PDUs of any length where any was announced', async () => {
    let length = 0;
    const service = storage(async ({ dataset }) => {
      for await (const slice of dataset ?? []) length += slice.length;
      return 0;
    });
    const { port } = await startListener({ services: [service], maxPduLength: 0 });
    const connection = await client(port);
    connection.write(raw.associateRq({ presentationContexts: bothContexts }));
    const answer = await connection.pdu();
    expect(decodeControlPdu(answer?.type ?? 0, answer?.body ?? Buffer.alloc(0))).toMatchObject({
      userInformation: { maxPduLength: 0 },
    });
    connection.write(raw.commandTf(3, storeRq(1)));
    connection.write(raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(20_000_000))));
    expect(status(await connection.pdu())).toBe(0);
    expect(length).toBe(20_000_000);
  });

  it('cost little when they come byte by byte while nobody takes them', async () => {
    const { promise: go, resolve: goOn } = Promise.withResolvers<undefined>();
    let length = 0;
    const service = storage(async ({ dataset }) => {
      await go;
      for await (const slice of dataset ?? []) length += slice.length;
      return 0;
    });
    const { port } = await startListener({ services: [service] });
    const connection = await associated(port, bothContexts);
    connection.write(raw.commandTf(3, storeRq(1)));
    // Seven bytes for each one that is kept, as an object of many more.
    const values = Array.from({ length: 5000 }, () => raw.pdv(3, 0, Uint8Array.of(1)));
    const piece = raw.dataTf(...values);
    const pieces = 80;
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < pieces; count++) connection.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
    goOn(undefined);
    connection.write(raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(0))));
    expect(status(await connection.pdu())).toBe(0);
    expect(length).toBe(pieces * values.length);
  });

  const MAX = [16, 17, 0, 4096, 4097, 131_072];
  it.each(MAX)(
    'go out in even fragments within a maximum PDU length of %i',
    async (maxPduLength) => {
      const pdus: raw.RawPdu[] = [];
      const server = await raw.rawServer(async (connection) => {
        await connection.pdu();
        connection.write(
          raw.associateAc({
            presentationContexts: [{ id: 1, result: 0, transferSyntax: ILE }],
            userInformation: { maxPduLength, implementationClassUid: '1.2.3' },
          }),
        );
        for (let isLast = false; !isLast;) {
          const pdu = await connection.pdu();
          if (!pdu) return;
          pdus.push(pdu);
          isLast = pdu.body[5] === raw.LAST;
        }
        connection.write(
          raw.commandTf(1, { CommandField: 0x8001, MessageIDBeingRespondedTo: 1, Status: 0 }),
        );
        await connection.pdu();
        connection.write(raw.RELEASE_RP);
      });
      const instance = {
        sopClassUid: STORE_CLASS,
        sopInstanceUid: '1.2.3',
        transferSyntaxUid: ILE,
        dataset: new Uint8Array(maxPduLength < 100 && maxPduLength > 0 ? 1000 : 300_000),
      };
      const address = {
        host: '127.0.0.1',
        port: server.port,
        calledAeTitle: 'RAW',
        callingAeTitle: 'GANTRY',
      };
      const scu = new StorageScu(address, [instance]);
      const length = instance.dataset.length;
      expect(await scu.store({ ...instance, length })).toMatchObject({ kind: 'stored' });
      await scu.release();
      await server.close();
      let dataLength = 0;
      for (const { type, body } of pdus) {
        expect(type).toBe(TYPE.data);
        if (maxPduLength > 0) expect(body.length).toBeLessThanOrEqual(maxPduLength);
        expect(body.length % 2).toBe(0);
        // One value in each: a command and a data set never share a PDU.
        expect(body.readUInt32BE(0)).toBe(body.length - 4);
        expect(body.readUInt8(4)).toBe(1);
        if ((body.readUInt8(5) & raw.COMMAND) === 0) dataLength += body.length - 6;
      }
      expect(dataLength).toBe(length);
    },
  );

  it('are answered within the maximum PDU length of a peer that takes 17 bytes', async () => {
    const { port } = await startListener();
    const connection = await client(port);
    connection.write(raw.associateRq({ userInformation: { maxPduLength: 17 } }));
    expect((await connection.pdu())?.type).toBe(TYPE.ac);
    connection.write(raw.commandTf(1, raw.echoRq(1)));
    for (let isLast = false; !isLast;) {
      const pdu = await connection.pdu();
      expect(pdu?.type).toBe(TYPE.data);
      expect(pdu?.body.length).toBeLessThanOrEqual(17);
      expect((pdu?.body.length ?? 1) % 2).toBe(0);
      isLast = ((pdu?.body[5] ?? 0) & raw.LAST) !== 0;
    }
  });
});

function withGroupLength(length: number): Uint8Array {
  const command = Buffer.from(encodeCommandSet(raw.echoRq(2)));
  command.writeUInt32LE(length, 8);
  return command;
}
