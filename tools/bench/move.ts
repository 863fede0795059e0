// node tools/run.js tools/bench/move.ts [COUNT]: the bridge as it runs, sending from its archive what a C-MOVE asks for, beside
// DCMTK's storescu, to the same storescp.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBridge } from '../../e2e/support/bridge.ts';
import { runTool, startStorescp } from '../../e2e/support/peers.ts';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';

const count = Number(process.argv[2] ?? 600);
const ROUNDS = 4;
const RUN_TIMEOUT_MS = 600_000;

async function timed(tool: string, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const { code, output } = await runTool(tool, args, RUN_TIMEOUT_MS);
  if (code !== 0) throw new Error(`${tool} failed: ${output}`);
  return count / ((performance.now() - started) / 1000);
}

const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
const scp = await startStorescp(['+B', '--ignore', '-aet', 'SINK']);
const peers = [{ name: 'SINK', aeTitle: 'SINK', host: '127.0.0.1', port: scp.port }];
const bridge = await startBridge({ peers });
try {
  let number = 0;
  for (const { bytes } of ctSeries({ slices: count, size: 512 })) {
    await writeFile(join(folder, `${++number}.dcm`), bytes);
  }
  const own = ['-aec', 'GANTRY', '127.0.0.1', String(bridge.dicomPort)];
  await timed('storescu', ['+sd', ...own, folder]);
  const move = ['-S', '-aem', 'SINK', ...own, '-k', 'QueryRetrieveLevel=STUDY'];
  const { output } = await runTool('findscu', [
    ...['-S', ...own, '-k', 'QueryRetrieveLevel=STUDY', '-k', 'StudyInstanceUID'],
  ]);
  const uid = /\(0020,000d\) UI \[([\d.]+)/.exec(output)?.[1] ?? '';
  // The first round compiles.
  for (let round = 0; round <= ROUNDS; round++) {
    const theirs = await timed('storescu', [
      ...['+sd', '-aec', 'SINK', '127.0.0.1', String(scp.port), folder],
    ]);
    const ours = await timed('movescu', [...move, '-k', `StudyInstanceUID=${uid}`]);
    process.stdout.write(
      `storescu ${theirs.toFixed(0)}/s, ours ${ours.toFixed(0)}/s, ratio ${(ours / theirs).toFixed(2)}\n`,
    );
  }
} finally {
  await bridge.stop();
  await scp.stop();
  await rm(folder, { recursive: true });
}
