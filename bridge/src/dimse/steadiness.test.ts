import { afterEach, beforeEach, expect, it } from 'vitest';
import { StorageScu } from './storage-scu.ts';
import { madeInstance } from './testing/part10.ts';
import { startRelay, type RelayProcess } from './testing/relay-process.ts';
import { quantile, stall } from './testing/stalled-peers.ts';
import { echo } from './verification.ts';

const LONG = process.env['GANTRY_TEST_LONG'] !== undefined;
const STALLED = 16;
const ECHOES = LONG ? 1000 : 200;
const MAX_ECHO_MS = 50;
const OPERATIONS = LONG ? 10_000 : 2000;
/** Times of single operations scatter; a cost that grows with their number would be many times this. */
const MAX_RATIO = 1.5;
const AROUND = 100;
/** Whatever else the machine does for a moment isn't ours. */
const WHEN_BUSY = { retry: 2, timeout: 120_000 };

let relay: RelayProcess;
let address: Parameters<typeof echo>[0];
beforeEach(async () => {
  relay = await startRelay();
  const titles = { calledAeTitle: 'GANTRY', callingAeTitle: 'STEADY' };
  address = { host: '127.0.0.1', port: relay.port, ...titles };
});
afterEach(() => relay.stop());

it(
  `16 peers that have stopped in the middle keep no echo of ${ECHOES} waiting`,
  WHEN_BUSY,
  async () => {
    const stalled = await stall(relay.port, STALLED);
    const times: number[] = [];
    while (times.length < ECHOES) times.push((await echo(address)).totalMs);
    expect(stalled.filter(({ closed }) => closed)).toEqual([]);
    for (const socket of stalled) socket.destroy();
    expect(quantile(times, 0.99)).toBeLessThan(MAX_ECHO_MS);
  },
);

it(`operation ${OPERATIONS} of an association is as fast as operation 100`, WHEN_BUSY, async () => {
  const instance = madeInstance(1, 8192);
  const scu = new StorageScu(address, [instance]);
  const times: number[] = [];
  while (times.length < OPERATIONS + AROUND) {
    const started = performance.now();
    await scu.store({ ...instance, length: instance.dataset.length });
    times.push(performance.now() - started);
  }
  await scu.release();
  const around = (number: number) => quantile(times.slice(number - AROUND, number + AROUND), 0.5);
  // By the thousandth all code is compiled: that makes it the stricter one.
  const early = Math.min(around(100), around(1000));
  expect(around(OPERATIONS) / early).toBeLessThan(MAX_RATIO);
});
