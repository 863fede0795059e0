// node tools/run.js tools/load.ts [SECONDS]: eight senders, four queries and two retrieves at a time against a bridge of
// its own; the exit code is 1 when anything failed or was lost.
import { runLoad } from './load/load.ts';
import { ensureWebBuild } from './web-build.js';

const seconds = Number(process.argv[2] ?? 60);
await ensureWebBuild();
const report = await runLoad({ seconds, senders: 8, queries: 4, retrieves: 2 });
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
const { lost, failures, integrity } = report;
const { filesWithoutRow, rowsWithoutFile, wrongSize } = integrity;
const faults = [lost, failures, filesWithoutRow, rowsWithoutFile, wrongSize];
process.exitCode = faults.every(({ length }) => length === 0) ? 0 : 1;
