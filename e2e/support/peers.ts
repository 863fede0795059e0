// Real DICOM peers for tests: DCMTK's programs and Orthanc, each on a free port with a folder of its own.
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** How long a program may take until its port accepts. */
const START_TIMEOUT_MS = 10_000;
const RETRY_MS = 20;
const KILL_AFTER_MS = 2_000;
const DEFAULT_RUN_TIMEOUT_MS = 60_000;

const STORESCP = 'storescp';
const DCMQRSCP = 'dcmqrscp';
const ORTHANC = 'Orthanc';
/** AE title of Orthanc. */
export const ORTHANC_AE_TITLE = 'ORTHANC';
/** AE title of dcmqrscp. */
export const DCMQRSCP_AE_TITLE = 'QRSCP';

/** Without it each small message of DCMTK waits 40 ms (Nagle's algorithm and delayed acknowledgements). */
const PEER_ENVIRONMENT = { ...process.env, TCP_NODELAY: '1' };

export interface Peer {
  readonly host: string;
  readonly port: number;
  /** A temporary folder, where storescp puts what it receives. It is removed by `stop`. */
  readonly folder: string;
  /** What the program has printed so far. */
  output(): string;
  stop(): Promise<void>;
}

export interface ToolRun {
  readonly code: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** Debian's packages of the programs. */
const PACKAGES: Readonly<Record<string, string>> = { [ORTHANC]: 'orthanc', openssl: 'openssl' };

/** @throws Error naming what to install: a test against real peers must not pass without them */
export function requireTool(name: string): void {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, name)))) return;
  const debian = PACKAGES[name] ?? 'dcmtk';
  throw new Error(
    `${name} is missing. Install it: on Debian or Ubuntu "apt-get install ${debian}".`,
  );
}

/** A TCP port that nothing uses at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts DCMTK's storescp and waits until its port accepts.
 * @param options such as `['+B', '+xa', '--abort-during']`
 * @param onPort any free one where it is left out
 */
export async function startStorescp(
  options: readonly string[] = [],
  onPort?: number,
): Promise<Peer> {
  const port = onPort ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), 'gantry-storescp-'));
  return startTool(STORESCP, [...options, '-od', folder, String(port)], { port, folder });
}

/**
 * Starts a program and waits until its port accepts.
 * @param place the port that it is told, and the folder that is removed with it
 */
export async function startTool(
  name: string,
  args: readonly string[],
  place: Pick<Peer, 'port' | 'folder'>,
): Promise<Peer> {
  requireTool(name);
  const child = spawn(name, [...args], {
    env: PEER_ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collectOutput(child);
  const stop = async (): Promise<void> => {
    await killed(child);
    await rm(place.folder, { recursive: true, force: true });
  };
  try {
    await accepts(place.port, child, output);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: '127.0.0.1', ...place, output, stop };
}

/** A place that dcmqrscp knows as a destination of C-MOVE. */
export interface MoveDestination {
  readonly aeTitle: string;
  readonly port: number;
}

/**
 * Starts DCMTK's archive, which is DCMQRSCP_AE_TITLE, and waits until its port accepts.
 * @param instances a folder of DICOM files that it holds from the start
 * @param options such as `['+xr']`, to take what is compressed by RLE
 */
export async function startDcmqrscp(
  destinations: readonly MoveDestination[] = [],
  instances?: string,
  options: readonly string[] = [],
): Promise<Peer> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'gantry-dcmqrscp-'));
  await mkdir(join(folder, 'db'));
  const hosts = destinations.map(
    ({ aeTitle, port: to }, index) => `host${index} = (${aeTitle}, 127.0.0.1, ${to})`,
  );
  const configuration = [
    `NetworkTCPPort = ${port}`,
    'MaxPDUSize = 16384',
    'MaxAssociations = 16',
    'HostTable BEGIN',
    ...hosts,
    'HostTable END',
    'VendorTable BEGIN',
    'VendorTable END',
    'AETable BEGIN',
    `${DCMQRSCP_AE_TITLE} ${join(folder, 'db')} RW (500, 1024mb) ANY`,
    'AETable END',
  ];
  const file = join(folder, 'dcmqrscp.cfg');
  await writeFile(file, configuration.join('\n') + '\n');
  const peer = await startTool(DCMQRSCP, ['-v', ...options, '-c', file], { port, folder });
  return filled(peer, DCMQRSCP_AE_TITLE, instances);
}

/** Orthanc, which does as its own interface over HTTP is told. */
export interface OrthancPeer extends Peer {
  readonly httpPort: number;
  /** @returns what Orthanc answers: JSON */
  request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown>;
}

/**
 * Starts Orthanc, which is ORTHANC_AE_TITLE, and waits until its DICOM port accepts.
 * @param instances a folder of DICOM files that it holds from the start
 * @param more of its configuration; it has no plug-ins else
 */
export async function startOrthanc(
  destinations: readonly MoveDestination[] = [],
  instances?: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<OrthancPeer> {
  const [port, httpPort] = [await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'gantry-orthanc-'));
  const modalities: Record<string, unknown> = {};
  for (const [index, { aeTitle, port: to }] of destinations.entries()) {
    modalities[`destination${index}`] = { AET: aeTitle, Host: '127.0.0.1', Port: to };
  }
  const file = join(folder, 'orthanc.json');
  const configuration = {
    StorageDirectory: join(folder, 'db'),
    IndexDirectory: join(folder, 'db'),
    HttpPort: httpPort,
    DicomPort: port,
    DicomAet: ORTHANC_AE_TITLE,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomAlwaysAllowFind: true,
    DicomAlwaysAllowGet: true,
    DicomAlwaysAllowMove: true,
    UnknownSopClassAccepted: true,
    // Of answers; whatever the query says, Orthanc drops the characters that its default (Latin 1) lacks.
    DefaultEncoding: 'Utf8',
    DicomModalities: modalities,
    Plugins: [],
    ...more,
  };
  await writeFile(file, JSON.stringify(configuration));
  const started = await startTool(ORTHANC, [file], { port, folder });
  const peer = await filled(started, ORTHANC_AE_TITLE, instances);
  const request = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`Orthanc answers ${response.status} to ${path}.`);
    return response.json();
  };
  return { ...peer, httpPort, request };
}

/** The peer, once it has the instances; one that doesn't take them is stopped. */
async function filled(peer: Peer, aeTitle: string, instances: string | undefined): Promise<Peer> {
  try {
    if (instances !== undefined) await fill(peer.port, aeTitle, instances);
    return peer;
  } catch (error) {
    await peer.stop();
    throw error;
  }
}

async function fill(port: number, aeTitle: string, instances: string): Promise<void> {
  const to = ['-aec', aeTitle, '127.0.0.1', String(port)];
  const run = await runTool('storescu', [...to, '+sd', '+r', instances]);
  if (run.code !== 0) throw new Error(`The peer did not take the instances: ${run.output}`);
}

/** Runs a program, of DCMTK's or another, to its end; a run that takes too long counts as a failure with code null. */
export async function runTool(
  name: string,
  args: readonly string[],
  timeoutMs = DEFAULT_RUN_TIMEOUT_MS,
): Promise<ToolRun> {
  requireTool(name);
  return new Promise((resolve) => {
    const options = { env: PEER_ENVIRONMENT, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
    execFile(name, [...args], options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : null) : 0;
      resolve({ code, output: stdout + stderr });
    });
  });
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return () => text;
}

async function accepts(port: number, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await connects(port)) return;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  throw new Error(`${child.spawnfile} does not accept on port ${port}: ${output()}`);
}

async function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  const force = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await ended;
  clearTimeout(force);
}
