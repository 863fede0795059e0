import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { MAX_CONNECTIONS_WITHOUT_ASSOCIATION, listen } from './listener.ts';
import { encodeCommandSet } from './message/command-set.ts';
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
import * as raw from './testing/raw-connection.ts';
import { verificationScp } from './verification.ts';

describe('A DICOM listener', () => {
  const echo = encodeCommandSet(raw.echoRq(1));
  it('answers C-ECHO and a release, over and over', async () => {
    const { handled, nextEnd, port } = await startListener();
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
    const { handled, port } = await startListener();
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
    const { port } = await startListener({ services: [verificationScp, service] });
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
    const { port } = await startListener({ services: [service], timers: { progressMs: 300 } });
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
    const { port } = await startListener({ services: [verificationScp, service] });
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
    const { port } = await startListener({
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
    const { port } = await startListener({ services: [service] });
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
    const { port, nextEnd } = await startListener({ services: [service] });
    const connection = await associated(port, bothContexts);
    connection.write(raw.commandTf(3, storeRq(1)), raw.dataTf(raw.pdv(3, 0, new Uint8Array(5000))));
    await begun;
    connection.write(raw.ABORT);
    expect(errorOf(await nextEnd())).toBe('association-aborted');
    expect(await failed).toMatchObject({ code: 'association-aborted' });
  });

  it('runs no handler for a request that came with an abort behind it', async () => {
    const { handled, listener, port, nextEnd } = await startListener();
    const connection = await associated(port);
    connection.write(raw.commandTf(1, raw.echoRq(1)), raw.ABORT);
    expect(errorOf(await nextEnd())).toBe('association-aborted');
    // Only when all has ended is it sure that no handler starts late.
    await listener.close(0);
    expect(handled).toEqual([]);
  });

  it('takes a new association when an old one has ended', async () => {
    const { nextEnd, port } = await startListener({ maxAssociations: 1 });
    const first = await associated(port);
    first.end();
    expect(errorOf(await nextEnd())).toBe('connection-lost');
    await associated(port);
  });

  it('drops connections beyond its limit, and still serves the associations it has', async () => {
    const { port } = await startListener();
    const working = await associated(port);
    for (let count = 0; count < MAX_CONNECTIONS_WITHOUT_ASSOCIATION; count++) await client(port);
    const onemore = await client(port);
    expect(await onemore.pdu()).toBeUndefined();
    working.write(raw.commandTf(1, raw.echoRq(1)));
    expect(status(await working.pdu())).toBe(0);
  });

  it('serves a peer beside 16 that have stopped in the middle of a PDU or of a data set', async () => {
    const service = storage(async ({ dataset }) => {
      for await (const _ of dataset ?? []) continue;
      return 0;
    });
    const { port } = await startListener({
      services: [verificationScp, service],
      maxAssociationsPerHost: 64,
    });
    const working = await associated(port);
    for (let count = 0; count < 16; count++) {
      const stalled = await associated(port, bothContexts);
      const half = raw.dataTf(raw.pdv(3, 0, new Uint8Array(50_000)));
      if (count % 2 === 0) stalled.write(raw.commandTf(3, storeRq(1)), half, half);
      else stalled.write(raw.commandTf(3, storeRq(1)).subarray(0, 20));
    }
    for (let id = 1; id <= 50; id++) {
      working.write(raw.commandTf(1, raw.echoRq(id)));
      expect(status(await working.pdu())).toBe(0);
    }
    const another = await associated(port);
    another.write(raw.commandTf(1, raw.echoRq(1)));
    expect(status(await another.pdu())).toBe(0);
  });

  it('keeps nothing of the operations that an association has had', async () => {
    const service = storage(async ({ dataset }) => {
      for await (const _ of dataset ?? []) continue;
      return 0;
    });
    const { port } = await startListener({ services: [verificationScp, service] });
    const connection = await associated(port, bothContexts);
    const store = Buffer.concat([
      raw.commandTf(3, storeRq(1)),
      raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(1000))),
    ]);
    const operations = async (count: number): Promise<void> => {
      for (let number = 0; number < count; number++) {
        connection.write(store);
        expect(status(await connection.pdu())).toBe(0);
      }
    };
    setFlagsFromString('--expose-gc');
    // A cast: what the flag brings.
    const collect = runInNewContext('gc') as () => void;
    const kept = (): number => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    await operations(500);
    const before = kept();
    await operations(4000);
    // Less than a promise for each.
    expect(kept() - before).toBeLessThan(4000 * 100);
  });

  it.each([
    ['ARTIM: no request comes', { artimMs: 200 }, '', 'association-timeout'],
    ['idle: nothing is asked', { idleMs: 200 }, 'associate', 'idle-timeout'],
    ['progress: a command stops in the middle', { progressMs: 200 }, 'half', 'stalled'],
    ['progress: a PDU stops in the middle', { progressMs: 200 }, 'pdu', 'stalled'],
  ])('ends by its timers (%s)', async (_, timers, doing, code) => {
    const { nextEnd, port } = await startListener({ timers });
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
    const { port } = await startListener({ timers: { progressMs: 200 } });
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
    const { port, listener } = await startListener({ services: [verificationScp, service] });
    const idle = await associated(port);
    const busy = await associated(port, bothContexts);
    busy.write(raw.commandTf(3, storeRq(1)), raw.dataTf(raw.pdv(3, raw.LAST, new Uint8Array(2))));
    await running;
    const closed = listener.close(10_000);
    expect((await idle.pdu())?.type).toBe(TYPE.abort);
    goOn(undefined);
    expect(status(await busy.pdu())).toBe(0);
    busy.write(raw.RELEASE_RQ);
    expect((await busy.pdu())?.type).toBe(TYPE.releaseRp);
    await closed;
    await expect(raw.rawClient(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('says which port it cannot have', async () => {
    const { port } = await startListener();
    const second = listen({ host: '127.0.0.1', port, aeTitles: ['B'], services: [] });
    await expect(second).rejects.toMatchObject({ code: 'listen-failed' });
  });
});
