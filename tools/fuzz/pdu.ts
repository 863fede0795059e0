// node tools/run.js tools/fuzz/pdu.ts [--count N] [--sockets N] [--seed S] [--minutes M]: says changed PDUs to the upper
// layer, directly and through sockets. What it finds is listed with its number; it fails then, and when memory has grown.
import { parseArgs } from 'node:util';
import { fuzzDirectly, fuzzListener, MAX_GROWN_BYTES } from './pdu-run.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000000' },
    sockets: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
  },
});

let unhandled = 0;
process.on('unhandledRejection', (error) => {
  unhandled++;
  process.stdout.write(`unhandled rejection: ${String(error)}\n`);
});

const ways = [
  ['directly', fuzzDirectly, Number(values.count)],
  ['sockets', fuzzListener, Number(values.sockets)],
] as const;
for (const [name, run, count] of ways) {
  const started = performance.now();
  const timeLimitMs = Number(values.minutes) * 60_000;
  const { findings, ...figures } = await run({ count, seed: Number(values.seed), timeLimitMs });
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(`${name}: ${JSON.stringify({ seconds, ...figures })}\n`);
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  const isLarger = figures.grownBytes > MAX_GROWN_BYTES;
  if (isLarger) process.stdout.write('more memory is kept than may be\n');
  if (findings.length + unhandled > 0 || isLarger) process.exitCode = 1;
}
