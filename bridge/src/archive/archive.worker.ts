// The archive's thread: SQLite is synchronous, and sorting many rows must not hold up the network.
import { parentPort, workerData } from 'node:worker_threads';
import { ArchiveEngine, type EngineOptions } from './archive-engine.ts';
import { ArchiveError, errorCode } from './archive-error.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Changes of studies are told together, this often at most. */
const CHANGES_MS = 250;

const port = parentPort;
if (!port) throw new Error('archive.worker.ts runs as a worker thread only.');

/** How often is looked for what is too old for the cache. */
const EXPIRY_MS = 15 * 60_000;

let wasFull = false;
const changedStudies = new Set<string>();
const waiting = new Map<number, Extract<ToWorker, { kind: 'call' }>>();
// A cast: what openArchive hands over.
const engine = Promise.resolve(workerData as EngineOptions).then(open);

async function open(options: EngineOptions): Promise<ArchiveEngine | undefined> {
  try {
    const opened = new ArchiveEngine(options, studyChanged);
    await opened.recover();
    tellFull(opened);
    say({ kind: 'ready' });
    expireRepeatedly(opened);
    return opened;
  } catch (error) {
    say(failure(undefined, error));
    return undefined;
  }
}

function say(message: FromWorker): void {
  port?.postMessage(message);
}

function failure(id: number | undefined, error: unknown): FromWorker {
  if (error instanceof ArchiveError) {
    return { kind: 'error', id, code: error.code, message: error.message };
  }
  const message = `The archive can't read or write (${errorCode(error)}).`;
  return { kind: 'error', id, code: 'failed', message };
}

function studyChanged(studyInstanceUid: string): void {
  if (changedStudies.size === 0) setTimeout(tellChanges, CHANGES_MS).unref();
  changedStudies.add(studyInstanceUid);
}

function tellChanges(): void {
  if (changedStudies.size > 0) say({ kind: 'changed', studyInstanceUids: [...changedStudies] });
  changedStudies.clear();
}

function tellFull({ isFull }: ArchiveEngine): void {
  if (isFull !== wasFull) say({ kind: 'full', isFull });
  wasFull = isFull;
}

/** What fails is tried again the next time. */
function expireRepeatedly(opened: ArchiveEngine): void {
  const expire = (): void => void opened.expireCache().catch(() => undefined);
  expire();
  setInterval(expire, EXPIRY_MS).unref();
}

async function run(id: number): Promise<void> {
  const call = waiting.get(id);
  const opened = await engine;
  if (!call) return;
  if (!opened) {
    const error = new ArchiveError('closed', "The archive can't be opened.");
    say(failure(id, error));
    return;
  }
  // Cancelled before it began.
  if (!waiting.delete(id)) {
    say({ kind: 'error', id, code: 'cancelled', message: '' });
    return;
  }
  try {
    // A cast: each method takes what CallArguments says; both sides are compiled against it.
    const method = opened[call.name].bind(opened) as (...args: readonly unknown[]) => unknown;
    const result = await method(...call.args);
    if (call.name === 'close') tellChanges();
    else tellFull(opened);
    say({ kind: 'result', id, result });
    if (call.name === 'close') port?.close();
  } catch (error) {
    say(failure(id, error));
  }
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'cancel') {
    waiting.delete(message.id);
    return;
  }
  if (message.kind !== 'call') {
    void engine.then((opened) => {
      if (message.kind === 'begun') opened?.begin(message.file);
      else opened?.drop(message.path);
    });
    return;
  }
  waiting.set(message.id, message);
  // A turn of the loop for each query, so that a cancellation overtakes what still waits.
  if (message.name === 'commit') void run(message.id);
  else setImmediate(() => void run(message.id));
});
