// node tools/run.js tools/bench/associations.ts [COUNT]: C-ECHO beside 16 peers that stopped in the middle, beside none and
// beside storescp; and whether operation 10,000 of an association is as fast as operation 100.
import { StorageScu } from '../../bridge/src/dimse/storage-scu.ts';
import { madeInstance } from '../../bridge/src/dimse/testing/part10.ts';
import { startRelay } from '../../bridge/src/dimse/testing/relay-process.ts';
import { quantile, stall } from '../../bridge/src/dimse/testing/stalled-peers.ts';
import { echo } from '../../bridge/src/dimse/verification.ts';
import { startStorescp } from '../../e2e/support/peers.ts';

const count = Number(process.argv[2] ?? 1000);
const OPERATIONS = 10_000;
const STALLED = 16;
const PIXEL_BYTES = 8192;

const print = (text: string) => process.stdout.write(`${text}\n`);

const address = (port: number, calledAeTitle: string) => ({
  host: '127.0.0.1',
  port,
  calledAeTitle,
  callingAeTitle: 'BENCH',
});

/** An association each, as whoever tests a connection has it. */
async function echoes(port: number, calledAeTitle: string): Promise<string> {
  const all: number[] = [];
  for (let number = 0; number < count; number++) {
    all.push((await echo(address(port, calledAeTitle))).totalMs);
  }
  return `p50 ${quantile(all, 0.5).toFixed(2)} ms, p99 ${quantile(all, 0.99).toFixed(2)} ms`;
}

async function beside(): Promise<void> {
  const relay = await startRelay();
  const storescp = await startStorescp(['--ignore']);
  print(`storescp:            ${await echoes(storescp.port, 'STORESCP')}`);
  print(`alone:               ${await echoes(relay.port, 'GANTRY')}`);
  const stalled = await stall(relay.port, STALLED);
  print(`beside ${STALLED} stalled:   ${await echoes(relay.port, 'GANTRY')}`);
  for (const socket of stalled) socket.destroy();
  await storescp.stop();
  await relay.stop();
}

async function longAssociation(): Promise<void> {
  const relay = await startRelay();
  const instance = madeInstance(1, PIXEL_BYTES);
  const scu = new StorageScu(address(relay.port, 'GANTRY'), [instance]);
  const times: number[] = [];
  let early = await relay.memory();
  for (let number = 1; number <= OPERATIONS + 100; number++) {
    const started = performance.now();
    await scu.store({ ...instance, length: instance.dataset.length });
    times.push(performance.now() - started);
    if (number === 1000) early = await relay.memory();
  }
  const late = await relay.memory();
  await scu.release();
  await relay.stop();
  const around = (number: number) => quantile(times.slice(number - 100, number + 100), 0.5);
  const [hundredth, last] = [around(100), around(OPERATIONS)];
  print(
    `C-STORE of 8 KiB, operation 100: ${hundredth.toFixed(3)} ms, 1,000: ${around(1000).toFixed(3)} ms, ` +
      `10,000: ${last.toFixed(3)} ms (ratio ${(last / hundredth).toFixed(2)}); memory from operation 1,000 on ` +
      `${((late.bytes - early.bytes) / 1e6).toFixed(1)} MB`,
  );
}

await beside();
await longAssociation();
