// node tools/run.js tools/bench/store-scu.ts [COUNT]: our Storage SCU beside DCMTK's storescu, to the same storescp.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InstanceLocation } from '../../bridge/src/archive/store.ts';
import { StorageScu, type StoreRequest } from '../../bridge/src/dimse/storage-scu.ts';
import { madeInstance } from '../../bridge/src/dimse/testing/part10.ts';
import { datasetOf } from '../../bridge/src/session/archived-instance.ts';
import { readAhead } from '../../bridge/src/session/read-ahead.ts';
import { ReadBuffers } from '../../bridge/src/session/read-buffers.ts';
import { runTool, startStorescp } from '../../e2e/support/peers.ts';

const count = Number(process.argv[2] ?? 1000);
const PIXEL_BYTES = 512 * 512 * 2;
const ROUNDS = 4;

type File = InstanceLocation & Omit<StoreRequest, 'dataset' | 'length'>;

/** Group 2 and preamble around a data set, as far as storescu needs them. */
function part10(sopInstanceUid: string, number: number): Uint8Array {
  const { dataset, sopClassUid, transferSyntaxUid } = madeInstance(number, PIXEL_BYTES);
  const element = (id: number, value: string): Buffer => {
    const text = value.length % 2 === 0 ? value : `${value}\0`;
    const header = Buffer.from([2, 0, id, 0, 0x55, 0x49, text.length, 0]);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const version = Buffer.from([2, 0, 1, 0, 0x4f, 0x42, 0, 0, 2, 0, 0, 0, 0, 1]);
  const meta = Buffer.concat([
    version,
    element(2, sopClassUid),
    element(3, sopInstanceUid),
    element(0x10, transferSyntaxUid),
    element(0x12, '1.2.3'),
  ]);
  const length = Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, 0, 0, 0, 0]);
  length.writeUInt32LE(meta.length, 8);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, meta, dataset]);
}

/** As the bridge sends what is in its archive: the next one is read while one is under way. */
async function storeOurs(files: readonly File[], port: number): Promise<void> {
  const peer = { host: '127.0.0.1', port, calledAeTitle: 'STORESCP', callingAeTitle: 'BENCH' };
  const storage = new StorageScu(peer, [madeInstance(1, 2)]);
  const buffers = new ReadBuffers();
  const load = (file: File) => datasetOf(file, buffers);
  for await (const { item, loading } of readAhead(files, load)) {
    const { dataset, giveBack } = await loading;
    const length = item.size - item.datasetOffset;
    const result = await storage.store({ ...item, dataset, length });
    if (result.kind !== 'stored') throw new Error('storescp did not store what it was sent.');
    giveBack();
  }
  await storage.release();
}

async function timed(work: (port: number) => Promise<void>): Promise<number> {
  const scp = await startStorescp(['+B', '--ignore']);
  const started = performance.now();
  await work(scp.port);
  const seconds = (performance.now() - started) / 1000;
  await scp.stop();
  return count / seconds;
}

const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
try {
  const files: File[] = [];
  for (let number = 1; number <= count; number++) {
    const path = join(folder, `${number}.dcm`);
    const sopInstanceUid = `2.25.${1_000_000 + number}`;
    const bytes = part10(sopInstanceUid, number);
    await writeFile(path, bytes);
    const { dataset, sopClassUid, transferSyntaxUid } = madeInstance(number, PIXEL_BYTES);
    const [size, datasetOffset] = [bytes.length, bytes.length - dataset.length];
    files.push({ path, size, datasetOffset, sopClassUid, sopInstanceUid, transferSyntaxUid });
  }
  for (let round = 1; round <= ROUNDS; round++) {
    const theirs = await timed(async (port) => {
      const { code, output } = await runTool('storescu', [
        '+sd',
        '127.0.0.1',
        String(port),
        folder,
      ]);
      if (code !== 0) throw new Error(`storescu failed: ${output}`);
    });
    const ours = await timed((port) => storeOurs(files, port));
    const ratio = (ours / theirs).toFixed(2);
    process.stdout.write(
      `storescu ${theirs.toFixed(0)}/s, ours ${ours.toFixed(0)}/s, ratio ${ratio}, ` +
        `memory ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB\n`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}
