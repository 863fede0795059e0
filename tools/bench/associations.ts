// node tools/run.js tools/bench/associations.ts [COUNT]: C-ECHO beside 16 peers that stopped in the middle, beside none and
// beside storescp; and whether operation 10,000 of an association is as fast as operation 100.
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { StorageScu } from '../../bridge/src/dimse/storage-scu.ts';
import { madeInstance } from '../../bridge/src/dimse/testing/part10.ts';
import * as raw from '../../bridge/src/dimse/testing/raw-connection.ts';
import { startRelay } from '../../bridge/src/dimse/testing/relay-process.ts';
import { echo } from '../../bridge/src/dimse/verification.ts';
import { startStorescp } from '../../e2e/support/peers.ts';

const count = Number(process.argv[2] ?? 1000);
const OPERATIONS = 10_000;
const STALLED = 16;
const PIXEL_BYTES = 8192;

const print = (text: string) => process.stdout.write(`${text}\n`);

/** The value below which a share of them lies. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

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

/** Half of them stop in a PDU, half in a data set behind a megabyte of it. */
async function stall(port: number): Promise<Socket[]> {
  const instance = madeInstance(1, 100);
  const command = raw.commandTf(1, {
    AffectedSOPClassUID: instance.sopClassUid,
    CommandField: 1,
    MessageID: 1,
    Priority: 0,
    CommandDataSetType: 1,
    AffectedSOPInstanceUID: instance.sopInstanceUid,
  });
  const context = { id: 1, abstractSyntax: instance.sopClassUid };
  const request = raw.associateRq({
    presentationContexts: [{ ...context, transferSyntaxes: [instance.transferSyntaxUid] }],
  });
  const sockets: Socket[] = [];
  for (let number = 0; number < STALLED; number++) {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    socket.write(request);
    await once(socket, 'data');
    if (number % 2 === 0) {
      socket.write(command.subarray(0, 20));
    } else {
      socket.write(command);
      const piece = raw.dataTf(raw.pdv(1, 0, new Uint8Array(100_000)));
      for (let sent = 0; sent < 10; sent++) socket.write(piece);
    }
    sockets.push(socket);
  }
  return sockets;
}

async function beside(): Promise<void> {
  const relay = await startRelay();
  const storescp = await startStorescp(['--ignore']);
  print(`storescp:            ${await echoes(storescp.port, 'STORESCP')}`);
  print(`alone:               ${await echoes(relay.port, 'GANTRY')}`);
  const stalled = await stall(relay.port);
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
