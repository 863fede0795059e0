// node tools/run.js tools/fuzz/dicom.ts [--count N] [--seed S] [--minutes M] [--keep DIR]: reads changed files.
// What it finds is listed with its number; --keep writes those files to a folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz } from './run.ts';
import { fuzzSeeds } from './seeds.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    keep: { type: 'string' },
  },
});

const seeds = await fuzzSeeds();
const started = performance.now();
const { findings, ...counts } = await fuzz({
  seeds,
  count: Number(values.count),
  seed: Number(values.seed),
  timeLimitMs: Number(values.minutes) * 60_000,
});
const seconds = Math.round((performance.now() - started) / 1000);
process.stdout.write(`${JSON.stringify({ seeds: seeds.length, seconds, ...counts })}\n`);
for (const { number, file, mutation, what, bytes } of findings) {
  process.stdout.write(`${number} ${mutation} of ${file}: ${what}\n`);
  if (values.keep === undefined) continue;
  mkdirSync(values.keep, { recursive: true });
  writeFileSync(join(values.keep, `${values.seed}-${number}.dcm`), bytes);
}
process.exitCode = findings.length > 0 ? 1 : 0;
