import { setTimeout as delay } from 'node:timers/promises';
import type { ClientMessage, DoneResult } from '../../../shared/protocol/messages.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import { move } from '../dimse/move-scu.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import type { RetrieveResult, RetrieveTarget, SubOperations } from '../dimse/retrieve.ts';
import type { Arrivals } from './arrivals.ts';
import type { RequestContext } from './page-connection.ts';
import { RequestError } from './request-error.ts';

/** What a retrieve needs of the bridge. */
export interface RetrieveParts {
  readonly association: AssociationOptions;
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

/** Brings a study, series or instance into the archive by C-MOVE to Gantry's own AE. */
export async function runRetrieve(
  peer: PeerAddress,
  message: Message,
  { association, arrivals, isListening }: RetrieveParts,
  { requestId, signal, send }: RequestContext,
): Promise<DoneResult> {
  if (!isListening) {
    throw new RequestError(
      'settings-invalid',
      'Gantry’s DICOM listener is off, so that no peer can send to it: start Gantry with --dicom.',
    );
  }
  let last: SubOperations = { completed: 0, failed: 0, warning: 0 };
  let arriving: ReturnType<Arrivals['expect']> | undefined;
  let lastReport = 0;
  const report = () => {
    const now = Date.now();
    if (now - lastReport < PROGRESS_INTERVAL_MS) return;
    lastReport = now;
    send({ type: 'retrieveProgress', requestId, ...last, arrived: arriving?.count() ?? 0 });
  };
  const options = {
    ...association,
    onRequest: (messageId: number) => {
      arriving = arrivals.expect(peer.callingAeTitle, messageId, report);
    },
  };
  try {
    const request = { ...targetOf(message), destination: peer.callingAeTitle };
    const moving = move(peer, request, options, signal);
    let step = await moving.next();
    while (!step.done) {
      last = step.value;
      report();
      step = await moving.next();
    }
    const result = step.value;
    if (result.kind === 'cancelled' && signal.aborted) throw new Error('Cancelled.');
    await waitForLast(() => arriving?.count() ?? 0, result);
    return doneOf(result, arriving?.count() ?? 0);
  } finally {
    arriving?.end();
  }
}

function targetOf({
  studyInstanceUid,
  seriesInstanceUid,
  sopInstanceUid,
}: Message): RetrieveTarget {
  if (seriesInstanceUid === undefined) return { level: 'STUDY', studyInstanceUid };
  if (sopInstanceUid === undefined) {
    return { level: 'SERIES', studyInstanceUid, seriesInstanceUid };
  }
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
