import {
  uidSchema,
  type ClientMessage,
  type DoneResult,
} from '../../../shared/protocol/messages.ts';
import { MAX_FAILED_NAMED } from '../../../shared/protocol/limits.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import { getContexts } from '../dimse/get-classes.ts';
import { get, type StorageContext } from '../dimse/get-scu.ts';
import { move } from '../dimse/move-scu.ts';
import type { StorageSink } from '../dimse/storage-scp.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import type { RetrieveResult, RetrieveTarget, SubOperations } from '../dimse/retrieve.ts';
import type { Arrivals } from './arrivals.ts';
import type { RequestContext } from './page-connection.ts';
import { RequestError } from './request-error.ts';
import { classesOfTarget } from './study-classes.ts';

/** What a retrieve needs of the bridge. */
export interface RetrieveParts {
  readonly association: AssociationOptions;
  /** Where a C-GET puts what comes, as a cache: the peer has it too. */
  readonly sink: StorageSink;
  readonly arrivals: Arrivals;
  /** Whether a peer can send to Gantry's own AE. */
  readonly isListening: boolean;
  /** How many instances of a target are here, whoever has sent them. */
  readonly countHere: (target: RetrieveTarget) => Promise<number>;
  /** Default LAST_ARRIVALS_QUIET_MS. */
  readonly lastArrivalsQuietMs?: number;
}

type Message = Extract<ClientMessage, { type: 'retrieve' }>;

/**
 * Some peers answer a C-MOVE before its last C-STORE: those are waited for as long as one begins or ends to come in
 * within this time, milliseconds.
 */
export const LAST_ARRIVALS_QUIET_MS = 10_000;

/** Progress at most this often: a fast peer tells each sub-operation. */
const PROGRESS_INTERVAL_MS = 100;

/** Tells the page how far a retrieve is, at most every PROGRESS_INTERVAL_MS. */
class Progress {
  readonly #context: RequestContext;
  #last: SubOperations = { completed: 0, failed: 0, warning: 0 };
  #lastReport = 0;
  arrived: () => number = () => 0;

  constructor(context: RequestContext) {
    this.#context = context;
  }

  /** Goes through a retrieve to its result. */
  async follow(
    retrieving: AsyncGenerator<SubOperations, RetrieveResult, undefined>,
  ): Promise<RetrieveResult> {
    let step = await retrieving.next();
    while (!step.done) {
      this.#last = step.value;
      this.report();
      step = await retrieving.next();
    }
    const result = step.value;
    if (result.kind === 'cancelled' && this.#context.signal.aborted) throw new Error('Cancelled.');
    return result;
  }

  readonly report = (): void => {
    const now = Date.now();
    if (now - this.#lastReport < PROGRESS_INTERVAL_MS) return;
    this.#lastReport = now;
    this.reportNow();
  };

  /** What is here when a retrieve fails is told too: reports are spaced, and the last one may lag behind. */
  reportNow(): void {
    const { requestId, send } = this.#context;
    send({ type: 'retrieveProgress', requestId, ...this.#last, arrived: this.arrived() });
  }
}

/** Brings a study, series or instance into the archive, as the peer is set. */
export function runRetrieve(
  peer: PeerAddress,
  by: 'move' | 'get',
  message: Message,
  parts: RetrieveParts,
  context: RequestContext,
): Promise<DoneResult> {
  return by === 'get'
    ? retrieveByGet(peer, message, parts, context)
    : retrieveByMove(peer, message, parts, context);
}

/** C-MOVE to Gantry's own AE: what arrives is counted at the listener. */
async function retrieveByMove(
  peer: PeerAddress,
  message: Message,
  parts: RetrieveParts,
  context: RequestContext,
): Promise<DoneResult> {
  const { association, arrivals } = parts;
  if (!parts.isListening) {
    throw new RequestError(
      'settings-invalid',
      'Gantry’s DICOM listener is off, so that no peer can send to it: start Gantry with --dicom, or set the peer to C-GET.',
    );
  }
  const progress = new Progress(context);
  const messageId = arrivals.nextMessageId();
  const target = targetOf(message);
  const { calledAeTitle: peerAeTitle, callingAeTitle: aeTitle } = peer;
  const open = { aeTitle, messageId, peerAeTitle, target };
  const { arriving, end } = arrivals.expect(open, progress.report);
  progress.arrived = arriving.count;
  try {
    const before = await parts.countHere(target);
    const options = { ...association, messageId };
    const request = { ...target, destination: aeTitle };
    const result = await progress.follow(move(peer, request, options, context.signal));
    const sent = result.completed + result.warning;
    const quietMs = parts.lastArrivalsQuietMs ?? LAST_ARRIVALS_QUIET_MS;
    // What came under names that tell nothing of this retrieve is here all the same.
    const here = async () => {
      const total = await parts.countHere(target);
      return { total, arrived: Math.max(arriving.count(), total - before) };
    };
    if ((await here()).arrived < sent) await arriving.settle(sent, quietMs, context.signal);
    context.signal.throwIfAborted();
    const { total, arrived } = await here();
    return doneOf(result, arrived, arrived >= sent || total >= sent);
  } catch (error) {
    progress.reportNow();
    throw error;
  } finally {
    end();
  }
}

/**
 * C-GET: instances come over the association that asks for them, so that nothing has to listen. The expected classes
 * are proposed in each transfer syntax apart, so that they come as they are stored (Orthanc). A peer that uses the
 * first context of a class, whatever it has (DCMTK's dcmqrscp), can't send what is compressed that way: what failed
 * is asked for again with one context for each class, of which the peer chooses the transfer syntax.
 */
async function retrieveByGet(
  peer: PeerAddress,
  message: Message,
  { association, sink }: RetrieveParts,
  context: RequestContext,
): Promise<DoneResult> {
  const { signal } = context;
  const progress = new Progress(context);
  const here = new Set<string>();
  progress.arrived = () => here.size;
  const counted: StorageSink = async (incoming) => {
    const receipt = await sink(incoming);
    if (receipt.kind === 'stored' || receipt.kind === 'kept') here.add(incoming.sopInstanceUid);
    progress.report();
    return receipt;
  };
  const target = targetOf(message);
  const ask = (expected: readonly string[]) => {
    const contexts = wantedContexts(getContexts(expected), association.transferSyntaxes);
    const request = { ...target, contexts };
    return progress.follow(get(peer, request, counted, association, signal));
  };
  const expected = await classesOfTarget(peer, target, association, signal);
  const first = await ask(expected);
  const isHere = (result: RetrieveResult) => here.size >= result.completed + result.warning;
  if (first.failed === 0 || expected.length === 0) return doneOf(first, here.size, isHere(first));
  const second = await ask([]);
  const total = second.completed + second.failed + second.warning;
  // Each way brought what the other could not.
  const isWhole = total > 0 && here.size >= total;
  const whole = { ...second, kind: 'complete', completed: total, failed: 0, warning: 0 } as const;
  const result = isWhole ? { ...whole, failedSopInstanceUids: [] } : second;
  return doneOf(result, here.size, isHere(result));
}

/** What a peer's settings let be proposed: a context that would be left without a transfer syntax isn't. */
function wantedContexts(
  contexts: readonly StorageContext[],
  wanted: readonly string[] | undefined,
): readonly StorageContext[] {
  if (!wanted) return contexts;
  return contexts
    .map(({ sopClass, transferSyntaxes }) => ({
      sopClass,
      transferSyntaxes: wanted.filter((uid) => transferSyntaxes.includes(uid)),
    }))
    .filter(({ transferSyntaxes }) => transferSyntaxes.length > 0);
}

function targetOf({
  studyInstanceUid,
  seriesInstanceUid,
  sopInstanceUids,
}: Message): RetrieveTarget {
  if (seriesInstanceUid === undefined) return { level: 'STUDY', studyInstanceUid };
  if (sopInstanceUids === undefined) {
    return { level: 'SERIES', studyInstanceUid, seriesInstanceUid };
  }
  const sopInstanceUid = sopInstanceUids.join('\\');
  return { level: 'IMAGE', studyInstanceUid, seriesInstanceUid, sopInstanceUid };
}

/** @param isHere whether all that the peer says to have sent is in the archive */
function doneOf(result: RetrieveResult, arrived: number, isHere: boolean): DoneResult {
  const { completed, failed, warning } = result;
  const failedSopInstanceUids = result.failedSopInstanceUids
    .filter((uid) => uidSchema.safeParse(uid).success)
    .slice(0, MAX_FAILED_NAMED);
  const counts = { completed, failed, warning, arrived, failedSopInstanceUids };
  const warningText = wordsOf(result, arrived, isHere);
  return { of: 'retrieve', ...counts, ...(warningText === undefined ? {} : { warningText }) };
}

function wordsOf(result: RetrieveResult, arrived: number, isHere: boolean): string | undefined {
  const sent = result.completed + result.warning;
  if (result.kind === 'failed' || result.kind === 'cancelled') {
    return `The peer ended the retrieve: ${result.words}.`;
  }
  if (result.kind === 'incomplete') return `${result.failed} could not be sent: ${result.words}.`;
  if (result.isCounted && sent === 0 && arrived === 0) return 'The peer had nothing to send.';
  if (isHere) return undefined;
  if (arrived > 0) return `The peer sent ${sent}, but only ${arrived} arrived.`;
  return `The peer says that it sent ${sent}, but nothing arrived: does it know this computer’s address for Gantry’s AE title?`;
}
