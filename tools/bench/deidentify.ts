// node tools/run.js tools/bench/deidentify.ts [COUNT]: de-identifies generated CT from files, beside reading the same headers.
import { createHmac } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { prepare } from '../../web/src/deidentify/prepare.ts';
import { BASIC_PROFILE } from '../../web/src/deidentify/profile.ts';
import { Pseudonyms } from '../../web/src/deidentify/pseudonym.ts';

const count = Number(process.argv[2] ?? 1000);
const ROUNDS = 3;
/** What a reader of headers asks for: the first window, and the last bytes of the file. */
const HEADER = 64 * 1024;
const TAIL = 64;

/** Different files, each opened again and again. */
const FILES = 50;

const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
const paths: string[] = [];
for (const { bytes } of ctSeries({ slices: Math.min(count, FILES), size: 512 })) {
  const path = join(folder, `${paths.length}.dcm`);
  await writeFile(path, bytes);
  paths.push(path);
}
const blobs = await Promise.all(
  Array.from({ length: count }, (_, i) => openAsBlob(paths[i % paths.length] ?? '')),
);

async function reading(): Promise<void> {
  for (const blob of blobs) {
    await blob.slice(0, HEADER).arrayBuffer();
    await blob.slice(blob.size - TAIL).arrayBuffer();
  }
}

async function deidentifying(): Promise<void> {
  const pseudonyms = new Pseudonyms((text) =>
    Promise.resolve(createHmac('sha256', 'key').update(text).digest()),
  );
  for (const blob of blobs) {
    const prepared = await prepare(blob, {
      job: {
        profile: BASIC_PROFILE,
        pseudonyms,
        look: { kind: 'seen', boxes: [] },
        codecs: nodeCodecs(),
      },
      withChanges: false,
    });
    if (prepared.kind !== 'ready') throw new Error(prepared.reason);
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

for (let round = 1; round <= ROUNDS; round++) {
  const read = await timed(reading);
  const deidentified = await timed(deidentifying);
  process.stdout.write(
    `reading ${(count / read).toFixed(0)}/s, de-identifying ${(count / deidentified).toFixed(0)}/s, ` +
      `${(deidentified / read).toFixed(2)} × the time (budget 2.00 ×, at least 500/s)\n`,
  );
}
await rm(folder, { recursive: true });
