// The real bridge, as `npm start` runs it, with a data directory of its own and free ports.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const projectRoot = join(import.meta.dirname, '..', '..');
/** As in tools/start.js. */
const MEMORY_FLAG = '--max-semi-space-size=2';
const START_TIMEOUT_MS = 20_000;

export interface BridgePeer {
  readonly name: string;
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  readonly commitment?: string;
  readonly commitmentReport?: string;
  readonly onFailure?: string;
  /** 'move' or 'get'; 'move' when it is left out. */
  readonly retrieve?: string;
}

export interface Bridge {
  /** With the launch token: good for one browser. */
  readonly link: () => string;
  readonly origin: string;
  readonly dicomPort: number;
  readonly folder: string;
  /** Of its process. */
  readonly pid: number;
  readonly output: () => string;
  /** Ends it as a crash would. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface BridgeOptions {
  readonly peers?: readonly BridgePeer[];
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** "127.0.0.1:PORT", to start again on the port of a bridge that was killed. */
  readonly http?: string;
  /** The folder of a bridge that was killed, with its settings and archive. */
  readonly folder?: string;
  /** "127.0.0.1:PORT", where a peer has to know it beforehand. */
  readonly dicom?: string;
}

export async function startBridge(options: BridgeOptions = {}): Promise<Bridge> {
  const folder = options.folder ?? (await newFolder(options));
  const args = [
    '--http',
    options.http ?? '127.0.0.1:0',
    '--dicom',
    options.dicom ?? '127.0.0.1:0',
    '--data',
    folder,
  ];
  const child = spawn(process.execPath, [MEMORY_FLAG, 'bridge/src/main.ts', ...args, '--no-open'], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const lastLink = () => [...output.matchAll(/http:\/\/\S+#token=\S+/g)].at(-1)?.[0];
  await until(
    () => lastLink() !== undefined,
    child,
    () => output,
  );
  const link = () => lastLink() ?? '';
  return {
    link,
    origin: new URL(link()).origin,
    dicomPort: Number(/DICOM:\s+\S+:(\d+)/.exec(output)?.[1]),
    folder,
    pid: child.pid ?? 0,
    output: () => output,
    kill: () => ended(child, 'SIGKILL'),
    stop: async () => {
      await ended(child, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function newFolder({ configuration, peers = [] }: BridgeOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-bridge-'));
  await writeFile(join(folder, 'gantry.json'), JSON.stringify({ ...configuration, peers }));
  return folder;
}

async function until(
  condition: () => boolean,
  child: ChildProcess,
  output: () => string,
): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!condition()) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`The bridge did not start:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}
