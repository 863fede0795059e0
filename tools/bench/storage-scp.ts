// node tools/run.js tools/bench/storage-scp.ts [COUNT]: storescu to our Storage SCP and archive, beside storescu to
// DCMTK's storescp. What the archive promises and storescp doesn't, each file on disk, is measured alone too.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTool, startStorescp } from '../../e2e/support/peers.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { phantomFile } from '../../bridge/src/samples/phantom/phantom-file.ts';

const count = Number(process.argv[2] ?? 400);
const PIXEL_BYTES = 512 * 512 * 2;
const ROUNDS = 3;
const MANY = 4;
/** Sent to each before it is timed: one that runs for weeks has compiled what it runs long ago. */
const WARM_UP = 400;
const RUN_TIMEOUT_MS = 600_000;
const BRIDGE = fileURLToPath(
  new URL('../../bridge/src/archive/testing/storing-bridge.ts', import.meta.url),
);

function file(sender: number, number: number): Uint8Array<ArrayBuffer> {
  return phantomFile('', {
    [Tag.SOPClassUID]: '1.2.840.10008.5.1.4.1.1.2',
    [Tag.SOPInstanceUID]: `2.25.${sender}.${number + 1}`,
    [Tag.StudyInstanceUID]: `2.25.${sender}`,
    [Tag.SeriesInstanceUID]: `2.25.${sender}.0`,
    [Tag.PatientID]: 'BENCH',
    [Tag.Modality]: 'CT',
    [Tag.InstanceNumber]: String(number + 1),
    [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(PIXEL_BYTES).fill(number) },
  }).bytes;
}

/**
 * Holds all that is written, and is removed at the end: ext4 searches long for an inode when many were freed within the
 * last seconds, so what is removed between two runs would slow the second one down.
 */
const root = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
const ended: (() => Promise<void>)[] = [];

interface Scp {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

async function startOurs(): Promise<Scp> {
  const folder = await mkdtemp(join(root, 'ours-'));
  // As tools/start.js starts the bridge.
  const child = spawn(process.execPath, ['--max-semi-space-size=2', BRIDGE, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (text: Buffer) => resolve(Number(/\d+/.exec(text.toString())?.[0]))),
  );
  const stop = async (): Promise<void> => {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  };
  return { port, stop };
}

async function send(port: number, folder: string): Promise<void> {
  const args = ['-aec', 'GANTRY', '+sd', '127.0.0.1', String(port), folder];
  const { code, output } = await runTool('storescu', args, RUN_TIMEOUT_MS);
  if (code !== 0) throw new Error(`storescu failed: ${output}`);
}

/** Files each second. */
async function rate(start: () => Promise<Scp>, folders: readonly string[]): Promise<number> {
  const scp = await start();
  await send(scp.port, warmUp);
  const started = performance.now();
  await Promise.all(folders.map((folder) => send(scp.port, folder)));
  const seconds = (performance.now() - started) / 1000;
  await scp.stop();
  return (count * folders.length) / seconds;
}

/** Seconds that the disk takes for one file after another to be safe, beyond writing them. */
async function syncSeconds(folder: string): Promise<number> {
  const bytes = file(0, 0);
  let spent = 0;
  for (let number = 0; number < count; number++) {
    const handle = await open(join(folder, `${number}`), 'w');
    await handle.writeFile(bytes);
    const started = performance.now();
    await handle.sync();
    spent += performance.now() - started;
    await handle.close();
  }
  return spent / 1000;
}

/** @returns the folder */
async function writeFiles(sender: number, files: number): Promise<string> {
  const folder = join(root, String(sender));
  await mkdir(folder);
  for (let number = 0; number < files; number++) {
    await writeFile(join(folder, `${number}.dcm`), file(sender, number));
  }
  return folder;
}

const warmUp = await writeFiles(MANY + 1, WARM_UP);

try {
  const senders: string[] = [];
  for (let sender = 1; sender <= MANY; sender++) senders.push(await writeFiles(sender, count));
  const theirs = async (): Promise<Scp> => {
    const scp = await startStorescp(['+B', '--fork', '-aet', 'GANTRY']);
    ended.push(() => scp.stop());
    return { port: scp.port, stop: () => Promise.resolve() };
  };
  for (let round = 1; round <= ROUNDS; round++) {
    const synced = join(root, `synced-${round}`);
    await mkdir(synced);
    const sync = await syncSeconds(synced);
    const [their1, our1] = [
      await rate(theirs, senders.slice(0, 1)),
      await rate(startOurs, senders.slice(0, 1)),
    ];
    const [their4, our4] = [await rate(theirs, senders), await rate(startOurs, senders)];
    const safe1 = count / (count / their1 + sync);
    process.stdout.write(
      `1 sender: storescp ${their1.toFixed(0)}/s, with fsync ${safe1.toFixed(0)}/s, ours ${our1.toFixed(0)}/s ` +
        `(${(our1 / safe1).toFixed(2)}); ${MANY} senders: storescp ${their4.toFixed(0)}/s, ours ${our4.toFixed(0)}/s ` +
        `(${(our4 / their4).toFixed(2)}); fsync ${((1000 * sync) / count).toFixed(2)} ms\n`,
    );
  }
} finally {
  for (const end of ended) await end();
  await rm(root, { recursive: true });
}
