import { describe, expect, it } from 'vitest';
import { listen } from './listener.ts';
import { SharedPlaces } from './shared-places.ts';
import {
  associated,
  client,
  errorOf,
  startListener,
  status,
  TYPE,
} from './testing/listener-fixture.ts';
import * as raw from './testing/raw-connection.ts';
import { verificationScp } from './verification.ts';

const full = { maxAssociations: 1, maxWaiting: 2, timers: { placeMs: 10_000 } };

async function waiting(port: number): Promise<raw.RawConnection> {
  const connection = await client(port);
  connection.write(raw.associateRq());
  return connection;
}

async function release(connection: raw.RawConnection): Promise<void> {
  connection.write(raw.RELEASE_RQ);
  expect((await connection.pdu())?.type).toBe(TYPE.releaseRp);
}

/** So much later that an answer would be there. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 150));

describe('A peer beyond the limit of associations', () => {
  it('gets the place of one that goes, first come first served', async () => {
    const { handled, port } = await startListener(full);
    const first = await associated(port);
    const second = await waiting(port);
    await aMoment();
    const third = await waiting(port);
    await aMoment();
    await release(first);
    expect((await second.pdu())?.type).toBe(TYPE.ac);
    second.write(raw.commandTf(1, raw.echoRq(1)));
    expect(status(await second.pdu())).toBe(0);
    const later = third.pdu();
    expect(await Promise.race([later, aMoment()])).toBeUndefined();
    second.destroy();
    expect((await later)?.type).toBe(TYPE.ac);
    expect(handled).toEqual(['C-ECHO-RQ']);
  });

  it('of several listeners is rejected by each, and gets the place that is freed on another', async () => {
    const places = new SharedPlaces(1);
    const other = await listen({
      host: '127.0.0.1',
      port: 0,
      aeTitles: ['GANTRY'],
      services: [verificationScp],
      places,
    });
    const { port } = await startListener({ places, maxWaiting: 1, timers: { placeMs: 10_000 } });
    const first = await associated(other.port);
    const refused = await waiting(other.port);
    const pdu = await refused.pdu();
    expect([pdu?.type, ...(pdu?.body ?? [])]).toEqual([TYPE.rj, 0, 2, 3, 2]);
    const second = await waiting(port);
    const answer = second.pdu();
    expect(await Promise.race([answer, aMoment()])).toBeUndefined();
    await release(first);
    expect((await answer)?.type).toBe(TYPE.ac);
    expect(places.isFull).toBe(true);
    await release(second);
    await expect.poll(() => places.isFull).toBe(false);
    await other.close(0);
  });

  it('leaves no place taken when it goes as one is freed', async () => {
    const places = new SharedPlaces(1);
    const { port } = await startListener({ places, maxWaiting: 1, timers: { placeMs: 10_000 } });
    for (let round = 0; round < 20; round++) {
      const first = await associated(port);
      const second = await waiting(port);
      await new Promise((resolve) => setTimeout(resolve, 10));
      first.destroy();
      second.destroy();
      await expect.poll(() => places.isFull, { interval: 5 }).toBe(false);
    }
  });

  it('is rejected as transient, a local limit exceeded, when the time is up', async () => {
    const { port } = await startListener({
      ...full,
      timers: { placeMs: 250 },
    });
    await associated(port);
    const started = performance.now();
    const second = await waiting(port);
    const pdu = await second.pdu();
    expect([pdu?.type, ...(pdu?.body ?? [])]).toEqual([TYPE.rj, 0, 2, 3, 2]);
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(230);
    expect(took).toBeLessThan(1250);
  });

  it('is rejected at once without the setting', async () => {
    const { port } = await startListener({ maxAssociations: 1 });
    await associated(port);
    const second = await waiting(port);
    expect((await second.pdu())?.type).toBe(TYPE.rj);
  });

  it('is rejected at once when as many wait as may', async () => {
    const { listener, port } = await startListener(full);
    await associated(port);
    await waiting(port);
    await waiting(port);
    await expect.poll(() => listener.waiting).toBe(2);
    const third = await waiting(port);
    const pdu = await third.pdu();
    expect([pdu?.type, ...(pdu?.body ?? [])]).toEqual([TYPE.rj, 0, 2, 3, 2]);
    expect(listener.waiting).toBe(2);
  });

  it('is rejected no earlier, however many may wait', async () => {
    const { listener, port } = await startListener({ ...full, maxWaiting: 70 });
    await associated(port);
    for (let count = 0; count < 71; count++) await waiting(port);
    await expect.poll(() => listener.waiting).toBe(70);
  });

  it('that aborts while it waits leaves the place to the next', async () => {
    const { port, nextEnd } = await startListener(full);
    const first = await associated(port);
    const second = await waiting(port);
    await aMoment();
    const third = await waiting(port);
    await aMoment();
    second.write(raw.ABORT);
    expect(errorOf(await nextEnd())).toBe('association-aborted');
    await release(first);
    expect((await third.pdu())?.type).toBe(TYPE.ac);
  });

  it('of one host holds up nobody of another', async () => {
    const { port } = await startListener({
      ...full,
      maxAssociations: 2,
      maxAssociationsPerHost: 1,
    });
    await associated(port);
    await waiting(port);
    await aMoment();
    const other = await raw.rawClient(port, '127.0.0.2');
    other.write(raw.associateRq());
    expect((await other.pdu())?.type).toBe(TYPE.ac);
    other.destroy();
  });

  it('may send nothing before it has its answer', async () => {
    const { handled, listener, nextEnd, port } = await startListener(full);
    await associated(port);
    const second = await waiting(port);
    second.write(raw.commandTf(1, raw.echoRq(1)));
    expect((await second.pdu())?.type).toBe(TYPE.abort);
    expect(errorOf(await nextEnd())).toBe('protocol-violation');
    // Only when all has ended is it sure that no handler starts late.
    await listener.close(0);
    expect(handled).toEqual([]);
  });
});
