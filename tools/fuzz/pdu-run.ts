import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Association } from '../../bridge/src/dimse/association.ts';
import { associationSettings } from '../../bridge/src/dimse/association-settings.ts';
import { listen, type Listener } from '../../bridge/src/dimse/listener.ts';
import { answerAssociation } from '../../bridge/src/dimse/negotiation.ts';
import { PduReader } from '../../bridge/src/dimse/pdu/pdu-reader.ts';
import { storageScp } from '../../bridge/src/dimse/storage-scp.ts';
import { echo, verificationScp } from '../../bridge/src/dimse/verification.ts';
import {
  CONTEXTS,
  IMPLICIT,
  REQUEST,
  chunksOf,
  conversation,
  type Role,
} from './pdu-conversations.ts';
import { Random } from './random.ts';

interface PduFuzzOptions {
  readonly count: number;
  readonly seed: number;
  /** Stops earlier when so many milliseconds have passed. */
  readonly timeLimitMs: number;
}

interface PduFuzzResult {
  readonly done: number;
  /** How associations have ended, by the code of their error. */
  readonly ends: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** What is kept at the end, beyond what was before. */
  readonly grownBytes: number;
  readonly findings: readonly string[];
}

/** A case that takes longer is a finding, when it does so twice: the machine may have had other things to do. */
const MAX_DIRECT_MS = 100;
/** Of an echo beside others that are said in the same process. */
const MAX_ECHO_MS = 2000;
const MAX_FINDINGS = 20;
/** What may be kept when all is over. */
export const MAX_GROWN_BYTES = 50_000_000;
const SETTINGS = associationSettings({});
const KNOWN = CONTEXTS.map(({ abstractSyntax }) => abstractSyntax);

/** Bytes that this process keeps, when nothing is left that could be freed. */
async function keptBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  // A cast: what the flag brings.
  const collect = runInNewContext('gc') as () => void;
  for (let count = 0; count < 3; count++) {
    await new Promise(setImmediate);
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Runs cases one after another, each with a generator of its own so that it can be made again alone. */
async function runCases(
  { count, seed, timeLimitMs }: PduFuzzOptions,
  attempt: (random: Random) => Outcome | Promise<Outcome>,
  { parallel, maxMs }: { readonly parallel: number; readonly maxMs: number },
): Promise<Omit<PduFuzzResult, 'grownBytes'>> {
  const ends: Record<string, number> = {};
  const findings: string[] = [];
  let done = 0;
  let slowestMs = 0;
  const started = performance.now();
  const lane = async (): Promise<void> => {
    while (
      done < count &&
      findings.length < MAX_FINDINGS &&
      performance.now() - started < timeLimitMs
    ) {
      const number = done++;
      const run = () => attempt(new Random(seed * 1_000_003 + number));
      const first = run();
      // Awaiting each of millions costs more than they do.
      let outcome = first instanceof Promise ? await first : first;
      if (outcome.ms > maxMs) outcome = await run();
      slowestMs = Math.max(slowestMs, outcome.ms);
      ends[outcome.end] = (ends[outcome.end] ?? 0) + 1;
      const slow = outcome.ms > maxMs ? `took ${Math.round(outcome.ms)} ms` : undefined;
      const finding = outcome.finding ?? slow;
      if (finding !== undefined) findings.push(`${number}: ${finding}`);
      if (number % 10_000 === 9999) await new Promise(setImmediate);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return { done, ends, slowestMs: Math.round(slowestMs * 10) / 10, findings };
}

interface Outcome {
  readonly end: string;
  readonly ms: number;
  readonly finding?: string;
}

/** Feeds reader, state machine and message assembler directly, in both roles. */
export async function fuzzDirectly(options: PduFuzzOptions): Promise<PduFuzzResult> {
  const before = await keptBytes();
  const result = await runCases(options, attemptDirectly, { parallel: 1, maxMs: MAX_DIRECT_MS });
  return { ...result, grownBytes: (await keptBytes()) - before };
}

const nothing = (): void => undefined;

/** What an association asks of a socket, without a network. */
class PaperSocket extends EventEmitter {
  readonly written: Uint8Array[] = [];
  writable = true;

  write(bytes: Uint8Array, sent?: () => void): boolean {
    this.written.push(bytes);
    if (sent) queueMicrotask(sent);
    return true;
  }
  end(): void {
    this.writable = false;
  }
  destroySoon(): void {
    this.writable = false;
  }
  destroy(): void {
    this.writable = false;
  }
  readonly setNoDelay = nothing;
  readonly cork = nothing;
  readonly uncork = nothing;
  readonly pause = nothing;
  readonly resume = nothing;
}

function attemptDirectly(random: Random): Outcome {
  const role: Role = random.next() < 0.7 ? 'acceptor' : 'requestor';
  const bytes = conversation(role, random);
  const association = new Association(
    SETTINGS,
    role === 'requestor'
      ? undefined
      : (request) =>
          answerAssociation(request, SETTINGS.maxPduLength, {
            transferSyntaxesFor: (uid) => (KNOWN.includes(uid) ? [IMPLICIT] : undefined),
          }),
  );
  const paper = new PaperSocket();
  const started = performance.now();
  let finding: string | undefined;
  try {
    if (role === 'requestor') association.propose(REQUEST);
    // A cast: all that an association asks of a socket is there.
    association.upperLayer.connected(paper as unknown as Socket);
    for (const chunk of chunksOf(bytes, random)) paper.emit('data', chunk);
    const { state } = association.upperLayer;
    if (state === 'Sta6' && random.next() < 0.3) association.upperLayer.requestRelease();
    paper.emit('end');
    paper.emit('close');
    if (association.upperLayer.state !== 'Sta1') {
      finding = `is in ${association.upperLayer.state} after the end of the connection`;
    } else if (!association.isOver) {
      finding = 'lives without a connection';
    }
    finding ??= unreadable(paper.written);
  } catch (error) {
    finding = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const ms = performance.now() - started;
  const end = association.contexts.accepted.size > 0 ? 'after it was established' : 'before';
  return { end, ms, ...(finding !== undefined && { finding }) };
}

/** Whatever a peer says, what we say is PDUs. */
function unreadable(written: readonly Uint8Array[]): string | undefined {
  const sink = { controlPdu: nothing, dataPdu: nothing, pdvStart: nothing };
  const reader = new PduReader({ ...sink, pdvBytes: nothing, pdvEnd: nothing }, 0);
  try {
    for (const bytes of written) reader.push(bytes);
  } catch {
    return 'was answered with what is no PDU';
  }
  return reader.insidePdu ? 'was answered with half a PDU' : undefined;
}

/** How long a peer listens before it goes; what has no answer by then has none. */
const LISTEN_MS = 5;
const PARALLEL = 16;

/** Says changed conversations to a listener that serves, through sockets; a working peer must be served beside. */
export async function fuzzListener(options: PduFuzzOptions): Promise<PduFuzzResult> {
  const ends: Record<string, number> = {};
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    aeTitles: ['GANTRY'],
    services: [verificationScp, storageScp({ sink: swallow, acceptUnknownClasses: false })],
    maxAssociationsPerHost: 64,
    onEnd: (end) => {
      const name = end.kind === 'failed' ? end.error.code : 'released';
      ends[name] = (ends[name] ?? 0) + 1;
    },
  });
  try {
    await attemptBySocket(listener, new Random(0));
    const before = await keptBytes();
    const result = await runCases(options, (random) => attemptBySocket(listener, random), {
      parallel: PARALLEL,
      maxMs: MAX_ECHO_MS,
    });
    const findings = [...result.findings];
    const deadline = performance.now() + 5000;
    while (listener.associations > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (listener.associations > 0) findings.push(`${listener.associations} associations are left`);
    if ((await echoAt(listener)) !== 0) findings.push('no echo afterwards');
    return { ...result, findings, ends, grownBytes: (await keptBytes()) - before };
  } finally {
    await listener.close(0);
  }
}

async function swallow({ dataset }: { readonly dataset: AsyncIterable<Uint8Array> }) {
  for await (const _ of dataset) continue;
  return { kind: 'stored' } as const;
}

async function echoAt({ port }: Listener): Promise<number> {
  const titles = { calledAeTitle: 'GANTRY', callingAeTitle: 'WORKING' };
  return (await echo({ host: '127.0.0.1', port, ...titles })).status;
}

async function attemptBySocket(listener: Listener, random: Random): Promise<Outcome> {
  const bytes = conversation('acceptor', random);
  const socket = connect({ host: '127.0.0.1', port: listener.port });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const written: Uint8Array[] = [];
  socket.on('data', (chunk: Uint8Array) => written.push(chunk));
  for (const chunk of chunksOf(bytes, random)) socket.write(chunk);
  const closed = once(socket, 'close').catch(() => undefined);
  const patience = new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
  await Promise.race([closed, patience]);
  const started = performance.now();
  const isEchoed = random.next() > 0.02 || (await echoAt(listener)) === 0;
  const ms = performance.now() - started;
  if (random.next() < 0.5) socket.destroy();
  else socket.resetAndDestroy();
  const finding = isEchoed ? undefined : 'no echo beside it';
  return { end: 'said', ms, ...(finding !== undefined && { finding }) };
}
