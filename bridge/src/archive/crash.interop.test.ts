import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { requireTool } from '../../../e2e/support/peers.ts';
import { madeFile, madeInstance, startArchive, temporaryFolder } from './testing/made-instance.ts';

const STORESCU = 'storescu';
const LONG = process.env['GANTRY_TEST_LONG'] !== undefined;
const ROUNDS = LONG ? 1000 : 10;
const FILES = 40;
const PIXEL_BYTES = 100_000;
/** Of each round, where in the flow of answers the program is killed. */
const MAX_ANSWERS = 20;
const ROUND_TIMEOUT_MS = 6_000;

const BRIDGE = fileURLToPath(new URL('./testing/storing-bridge.ts', import.meta.url));

async function startBridge(dataDirectory: string): Promise<{ child: ChildProcess; port: string }> {
  const child = spawn(process.execPath, [BRIDGE, dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('The bridge did not start.')));
    child.stdout.on('data', (text: Buffer) => {
      const found = /port (\d+)/.exec(text.toString())?.[1];
      if (found) resolve(found);
    });
  });
  return { child, port };
}

const SENDING = /Sending file: \S*?(\d+)\.dcm|Received Store Response \(Success\)/g;

/** Sends a folder with storescu; says which files were acknowledged once it has ended. */
async function send(
  port: string,
  folder: string,
  onAnswer: (count: number) => void,
): Promise<number[]> {
  requireTool(STORESCU);
  const args = ['-v', '-aec', 'GANTRY', '+sd', '127.0.0.1', port, folder];
  const child = spawn(STORESCU, args, { env: { ...process.env, TCP_NODELAY: '1' } });
  let output = '';
  const collect = (text: Buffer): void => {
    output += text.toString();
    onAnswer(acknowledged(output).length);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  await new Promise((resolve) => child.once('close', resolve));
  return acknowledged(output);
}

function acknowledged(output: string): number[] {
  const numbers: number[] = [];
  let sending: number | undefined;
  for (const [, number] of output.matchAll(SENDING)) {
    if (number !== undefined) sending = Number(number);
    else if (sending !== undefined) numbers.push(sending);
  }
  return numbers;
}

const uidOf = (round: number, file: number) => `1.2.${round + 1}.${file + 1}`;

const instanceOf = (round: number, file: number) =>
  madeInstance({
    study: `1.2.${(round % 3) + 1}`,
    instance: uidOf(round, file),
    pixelBytes: PIXEL_BYTES,
  });

/** Like chance, and the same in each run. */
const answersBeforeKill = (round: number) => 1 + ((round * 7919 + 13) % MAX_ANSWERS);

describe('an archive whose program is killed while it stores', () => {
  it(
    'has every instance that was acknowledged, and nothing by half',
    { timeout: ROUNDS * ROUND_TIMEOUT_MS },
    async () => {
      const dataDirectory = await temporaryFolder();
      const expected = new Map<string, Uint8Array>();
      for (let round = 0; round < ROUNDS; round++) {
        const folder = await temporaryFolder();
        for (let file = 0; file < FILES; file++) {
          await writeFile(join(folder, `${file}.dcm`), madeFile(instanceOf(round, file)));
        }
        const { child, port } = await startBridge(dataDirectory);
        const exited = new Promise((resolve) => child.once('exit', resolve));
        const answers = await send(port, folder, (count) => {
          if (count >= answersBeforeKill(round)) child.kill('SIGKILL');
        });
        child.kill('SIGKILL');
        await exited;
        expect(answers.length).toBeGreaterThan(0);
        expect(answers.length).toBeLessThan(FILES);
        for (const file of answers) {
          expected.set(uidOf(round, file), instanceOf(round, file).dataset);
        }
        await rm(folder, { recursive: true });
      }
      const { archive, folder } = await startArchive({ dataDirectory });
      expect(await readdir(join(folder, 'incoming'))).toEqual([]);
      for (const [uid, dataset] of expected) {
        const found = await archive.locate(uid);
        const file = found && (await readFile(found.path));
        const same = file && Buffer.compare(file.subarray(found.datasetOffset), dataset);
        expect(same, `an instance that was acknowledged: ${uid}`).toBe(0);
      }
      const report = await archive.check();
      expect(report).toMatchObject({ filesWithoutRow: [], rowsWithoutFile: [], wrongSize: [] });
      // Of each round at most the one that was under way is there without an answer.
      expect(report.rows - expected.size).toBeLessThanOrEqual(ROUNDS);
    },
  );
});
