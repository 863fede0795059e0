import { setTimeout as delay } from 'node:timers/promises';
import { TRANSFER_SYNTAXES } from '../../../shared/dicom/uids.ts';
import type { ClientMessage, DoneResult } from '../../../shared/protocol/messages.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import { getClasses } from '../dimse/get-classes.ts';
import { get } from '../dimse/get-scu.ts';
import { move } from '../dimse/move-scu.ts';
import type { StorageSink } from '../dimse/storage-scp.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import type { RetrieveResult, RetrieveTarget, SubOperations } from '../dimse/retrieve.ts';
import type { Arrivals } from './arrivals.ts';
import type { RequestContext } from './page-connection.ts';
import { RequestError } from './request-error.ts';

/** What a retrieve needs of the bridge. */
export interface RetrieveParts {
  readonly association: AssociationOptions;
  /** Where a C-GET puts what comes, as a cache: the peer has it too. */
  readonly sink: StorageSink;
  readonly arrivals: Arrivals;
  /** Whether a peer can send to Gantry's own AE. */
  readonly isListening: boolean;
}

type Message = Extract<ClientMessage, { type: 'retrieve' }>;

/** The last instances may still be written when the peer says that all were sent. */
const LAST_ARRIVALS_MS = 10_000;
const ARRIVAL_CHECK_MS = 50;

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
  ): Promise<DoneResult> {
    let step = await retrieving.next();
    while (!step.done) {
      this.#last = step.value;
      this.report();
      step = await retrieving.next();
    }
    const result = step.value;
    if (result.kind === 'cancelled' && this.#context.signal.aborted) throw new Error('Cancelled.');
    await waitForLast(this.arrived, result);
    return doneOf(result, this.arrived());
  }

  readonly report = (): void => {
    const now = Date.now();
    if (now - this.#lastReport < PROGRESS_INTERVAL_MS) return;
    this.#lastReport = now;
    const { requestId, send } = this.#context;
    send({ type: 'retrieveProgress', requestId, ...this.#last, arrived: this.arrived() });
  };
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
  { association, arrivals, isListening }: RetrieveParts,
  context: RequestContext,
): Promise<DoneResult> {
  if (!isListening) {
    throw new RequestError(
      'settings-invalid',
      'Gantry’s DICOM listener is off, so that no peer can send to it: start Gantry with --dicom, or set the peer to C-GET.',
    );
  }
  const progress = new Progress(context);
  const messageId = arrivals.nextMessageId();
  const arriving = arrivals.expect(peer.callingAeTitle, messageId, progress.report);
  progress.arrived = arriving.count;
  const request = { ...targetOf(message), destination: peer.callingAeTitle };
  try {
    const options = { ...association, messageId };
    return await progress.follow(move(peer, request, options, context.signal));
  } finally {
    arriving.end();
  }
}

/** C-GET: instances come over the association that asks for them, so that nothing has to listen. */
function retrieveByGet(
  peer: PeerAddress,
  message: Message,
  { association, sink }: RetrieveParts,
  context: RequestContext,
): Promise<DoneResult> {
  const progress = new Progress(context);
  let arrived = 0;
  progress.arrived = () => arrived;
  const counted: StorageSink = async (incoming) => {
    const receipt = await sink(incoming);
    if (receipt.kind === 'stored' || receipt.kind === 'kept') arrived++;
    progress.report();
    return receipt;
  };
  const request = {
    ...targetOf(message),
    sopClasses: getClasses(),
    transferSyntaxes: TRANSFER_SYNTAXES.map(({ uid }) => uid),
  };
  return progress.follow(get(peer, request, counted, association, context.signal));
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

/** A retrieve is done when the peer says so and as much has come: each is asked of the other for a while. */
async function waitForLast(arrived: () => number, result: RetrieveResult): Promise<void> {
  const expected = result.completed + result.warning;
  const deadline = Date.now() + LAST_ARRIVALS_MS;
  while (arrived() > 0 && arrived() < expected && Date.now() < deadline)
    await delay(ARRIVAL_CHECK_MS);
}

function doneOf(result: RetrieveResult, arrived: number): DoneResult {
  const { completed, failed, warning } = result;
  const counts = { completed, failed, warning, arrived };
  const warningText = wordsOf(result, arrived);
  return { of: 'retrieve', ...counts, ...(warningText === undefined ? {} : { warningText }) };
}

function wordsOf(result: RetrieveResult, arrived: number): string | undefined {
  const sent = result.completed + result.warning;
  if (result.kind === 'failed' || result.kind === 'cancelled') {
    return `The peer ended the retrieve: ${result.words}.`;
  }
  if (result.kind === 'incomplete') return `${result.failed} could not be sent: ${result.words}.`;
  if (result.isCounted && sent === 0 && arrived === 0) return 'The peer had nothing to send.';
  // Some peers don't repeat who asked; then nothing can be counted here, and the peer's word stands.
  if (arrived > 0 && arrived < sent) return `The peer sent ${sent}, but only ${arrived} arrived.`;
  return undefined;
}
