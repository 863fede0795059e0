import { Worker } from 'node:worker_threads';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { DimseErrorCode } from './dimse-error.ts';
import type { ScpService } from './scp-service.ts';
import { StorageScu } from './storage-scu.ts';
import {
  associated,
  bothContexts,
  client,
  errorOf,
  startListener,
  status,
  storage,
  STORE_CLASS,
  storeRq,
  TYPE,
} from './testing/listener-fixture.ts';
import { madeInstance } from './testing/part10.ts';
import * as raw from './testing/raw-connection.ts';
import { echo } from './verification.ts';

const VALUE_MS = 250;
/** What a timer may be late. */
const LATE_MS = 1000;

let server: raw.RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const to = (port: number) => ({
  host: '127.0.0.1',
  port,
  calledAeTitle: 'RAW',
  callingAeTitle: 'GANTRY',
});

/** Takes no connection: its thread sleeps, and what the system may hold for it is full. */
async function deafPort(): Promise<{ port: number; close: () => Promise<void> }> {
  const code = `
    const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000), 20);
    });`;
  const worker = new Worker(code, { eval: true });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const fillers: Socket[] = [];
  for (let count = 0; count < 8; count++) {
    const filler = connect({ host: '127.0.0.1', port });
    filler.on('error', () => undefined);
    fillers.push(filler);
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  const close = async (): Promise<void> => {
    for (const filler of fillers) filler.destroy();
    await worker.terminate();
  };
  return { port, close };
}

/** @returns what the promise fails with, and after how long */
async function failing(promise: Promise<unknown>): Promise<[DimseErrorCode, number]> {
  const started = performance.now();
  const error: unknown = await promise.then(
    () => expect.fail('did not fail'),
    (cause: unknown) => cause,
  );
  expect(error).toHaveProperty('code');
  // A cast: just seen.
  return [(error as { code: DimseErrorCode }).code, performance.now() - started];
}

function expectInTime(ms: number, value = VALUE_MS): void {
  expect(ms).toBeGreaterThan(value - 20);
  expect(ms).toBeLessThan(value + LATE_MS);
}

async function silentPeer(script: Parameters<typeof raw.rawServer>[0]) {
  server = await raw.rawServer(script);
  return to(server.port);
}

const SYNTAX = madeInstance(1, 2);
const storeOf = (instance: typeof SYNTAX) => ({ ...instance, length: instance.dataset.length });

describe('A timer ends, within a second of its value,', () => {
  it('a connection that comes to nothing (connectMs)', async () => {
    const deaf = await deafPort();
    try {
      const [code, ms] = await failing(echo(to(deaf.port), { timers: { connectMs: VALUE_MS } }));
      expect(code).toBe('connect-timeout');
      expectInTime(ms);
    } finally {
      await deaf.close();
    }
  });

  it('an association request without an answer (associationReplyMs)', async () => {
    const peer = await silentPeer(() => undefined);
    const timers = { associationReplyMs: VALUE_MS };
    const [code, ms] = await failing(echo(peer, { timers }));
    expect(code).toBe('association-timeout');
    expectInTime(ms);
  });

  it('a request without a response (dimseReplyMs)', async () => {
    const peer = await silentPeer(async (connection) => {
      await connection.pdu();
      connection.write(
        raw.associateAc({
          presentationContexts: [{ id: 1, result: 0, transferSyntax: '1.2.840.10008.1.2' }],
        }),
      );
    });
    const [code, ms] = await failing(echo(peer, { timers: { dimseReplyMs: VALUE_MS } }));
    expect(code).toBe('reply-timeout');
    expectInTime(ms);
  });

  it('a request of ours to who called, without a response (dimseReplyMs)', async () => {
    const command = { ...raw.echoRq(1), AffectedSOPClassUID: STORE_CLASS };
    const service: ScpService = {
      ...storage(() => Promise.resolve(0)),
      handle: async ({ ask, context }) => {
        await ask({ contextId: context.id, command });
        return { status: 0 };
      },
    };
    const timers = { dimseReplyMs: VALUE_MS };
    const { nextEnd, port } = await startListener({ services: [service], timers });
    const connection = await associated(port, bothContexts);
    const started = performance.now();
    const dataset = raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(2)));
    connection.write(raw.commandTf(3, storeRq(1)), dataset);
    expect(errorOf(await nextEnd())).toBe('reply-timeout');
    expectInTime(performance.now() - started);
  });

  it('a release without an answer (dimseReplyMs)', async () => {
    const peer = await silentPeer(async (connection) => {
      await connection.pdu();
      connection.write(raw.associateAc());
    });
    const scu = new StorageScu(peer, [SYNTAX], { timers: { dimseReplyMs: VALUE_MS } });
    await scu.connect();
    const [code, ms] = await failing(scu.release());
    expect(code).toBe('reply-timeout');
    expectInTime(ms);
  });

  it.each([
    ['writeMs', { writeMs: VALUE_MS }],
    ['progressMs', { progressMs: VALUE_MS }],
  ])('a data set that the peer stops to take (%s)', async (_, timers) => {
    const peer = await silentPeer(async (connection) => {
      await connection.pdu();
      connection.stall();
      connection.write(raw.associateAc());
    });
    const large = madeInstance(2, 30_000_000);
    const scu = new StorageScu(peer, [large], { timers });
    const [code, ms] = await failing(scu.store(storeOf(large)));
    expect(code).toBe('stalled');
    expectInTime(ms);
  });

  it('a data set whose source brings nothing (progressMs)', async () => {
    const peer = await silentPeer(async (connection) => {
      await connection.pdu();
      connection.write(raw.associateAc());
    });
    const dataset = (async function* () {
      yield new Uint8Array(2);
      await new Promise(() => undefined);
    })();
    const scu = new StorageScu(peer, [SYNTAX], { timers: { progressMs: VALUE_MS } });
    const [code, ms] = await failing(scu.store({ ...SYNTAX, dataset, length: 100_000 }));
    expect(code).toBe('source-stalled');
    expectInTime(ms);
  });

  const half = raw.dataTf(raw.pdv(1, raw.COMMAND, new Uint8Array(8)));
  it.each([
    ['readMs, within a message', { readMs: VALUE_MS }, half],
    ['readMs, within a PDU', { readMs: VALUE_MS }, raw.commandTf(1, raw.echoRq(1)).subarray(0, 9)],
    ['readMs before progressMs', { readMs: VALUE_MS, progressMs: 60_000 }, half],
  ])('a peer that stops in the middle (%s)', async (_, timers, bytes) => {
    const { nextEnd, port } = await startListener({ timers });
    const connection = await associated(port);
    const started = performance.now();
    connection.write(bytes);
    expect(errorOf(await nextEnd())).toBe('stalled');
    expectInTime(performance.now() - started);
  });

  it('a rejected peer that leaves the connection open (artimMs)', async () => {
    const { port } = await startListener({ timers: { artimMs: VALUE_MS } });
    const connection = await client(port);
    connection.write(raw.associateRq({ calledAeTitle: 'OTHER' }));
    expect((await connection.pdu())?.type).toBe(TYPE.rj);
    const started = performance.now();
    expect(await connection.pdu()).toBeUndefined();
    expectInTime(performance.now() - started);
  });

  it('a request that comes byte by byte, though each comes in time (artimMs)', async () => {
    const { nextEnd, port } = await startListener({ timers: { artimMs: VALUE_MS, readMs: 200 } });
    const connection = await client(port);
    const started = performance.now();
    const drip = setInterval(() => connection.write(Uint8Array.of(1, 0, 0, 0, 1, 0)), 40);
    const code = errorOf(await nextEnd());
    clearInterval(drip);
    expect(code).toBe('association-timeout');
    expectInTime(performance.now() - started);
  });
});

describe('A timer lets live', () => {
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('an association once it was asked for (artimMs), and one whose handler takes its time (idleMs)', async () => {
    const service = storage(async () => {
      await wait(2 * VALUE_MS);
      return 0;
    });
    const { nextEnd, port } = await startListener({
      services: [service],
      timers: { artimMs: VALUE_MS, idleMs: VALUE_MS },
    });
    const connection = await associated(port, bothContexts);
    const dataset = raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(2)));
    connection.write(raw.commandTf(3, storeRq(1)), dataset);
    expect(status(await connection.pdu())).toBe(0);
    // Only now nothing is asked any more.
    const started = performance.now();
    expect(errorOf(await nextEnd())).toBe('idle-timeout');
    expectInTime(performance.now() - started);
  });

  it('an association of ours while its peer works on an answer (idleMs)', async () => {
    const { promise: heard, resolve } = Promise.withResolvers<number | undefined>();
    const peer = await silentPeer(async (connection) => {
      await connection.pdu();
      connection.write(raw.associateAc());
      await connection.pdu();
      await connection.pdu();
      await wait(2 * VALUE_MS);
      connection.write(
        raw.commandTf(1, { CommandField: 0x8001, MessageIDBeingRespondedTo: 1, Status: 0 }),
      );
      resolve((await connection.pdu())?.type);
      connection.write(raw.RELEASE_RP);
    });
    const scu = new StorageScu(peer, [SYNTAX], { timers: { idleMs: VALUE_MS } });
    expect(await scu.store(storeOf(SYNTAX))).toMatchObject({ kind: 'stored' });
    // The release that an idle association gets.
    expect(await heard).toBe(5);
    await scu.release();
  });
});

describe('Progress', () => {
  it('keeps a slow transfer alive that moves, for much longer than its timer', async () => {
    const peer = await silentPeer(async (connection) => {
      await connection.pdu();
      connection.write(raw.associateAc());
      await connection.pdu();
      await connection.pdu();
      await connection.pdu();
      connection.write(
        raw.commandTf(1, { CommandField: 0x8001, MessageIDBeingRespondedTo: 1, Status: 0 }),
      );
    });
    const pieces = 12;
    const dataset = (async function* () {
      for (let piece = 0; piece < pieces; piece++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        yield new Uint8Array(2000);
      }
    })();
    const scu = new StorageScu(peer, [SYNTAX], { timers: { progressMs: 200 } });
    const request = { ...SYNTAX, dataset, length: pieces * 2000 };
    expect(await scu.store(request)).toMatchObject({ kind: 'stored' });
  });
});
