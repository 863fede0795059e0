// Retrieve by C-MOVE as SCU (PS3.4 section C.4.2): the peer sends instances to an AE title that it knows, over
// associations of its own.
//
// Session code: `const moving = move(peer, { level: 'STUDY', studyInstanceUid, destination: 'GANTRY' }, options, signal)`,
// then `moving.next()` until done: progress, and the result as the value of the end. What arrives on the listener
// carries our AE title and the `messageId` of `onRequest` as its originator. The result may come before the last
// arrival.
import type { Association } from './association.ts';
import { randomInt } from 'node:crypto';
import { checkedAeTitle } from './ae-title.ts';
import { DimseError } from './dimse-error.ts';
import { IDENTIFIER_SYNTAXES, encodeIdentifier } from './identifier.ts';
import { DATA_SET_FOLLOWS } from './message/command-set.ts';
import { COMMAND_FIELD, PRIORITY } from './message/message-types.ts';
import type { PeerAddress } from './request-association.ts';
import { requestAssociation } from './request-association.ts';
import { DEFAULT_CANCEL_REPLY_MS } from './responses.ts';
import type { RetrieveOptions, RetrieveResult, RetrieveTarget, SubOperations } from './retrieve.ts';
import { retrieval, retrieveFields } from './retrieve.ts';
import { releaseWithin, requiredContext } from './single-operation.ts';

/** PS3.4 table C.6.2.3-1: Study Root Query/Retrieve Information Model, MOVE. */
export const MOVE_CLASS = '1.2.840.10008.5.1.4.1.2.2.2';
const MOVE_CONTEXT_ID = 1;
/** PS3.7 table E.1-1: Message ID has 16 bits; 0 is left out, for some peers take it for missing. */
const MAX_MESSAGE_ID = 0xffff;

export type MoveRequest = RetrieveTarget & {
  /** AE title where the peer sends to. */
  readonly destination: string;
};

export interface MoveOptions extends RetrieveOptions {
  /**
   * 1 to 65535; default a random one. Arrivals of retrieves at the same time are told apart by it, so whoever has
   * several gives each its own.
   */
  readonly messageId?: number;
  /** Called with the Message ID before the request is sent. */
  readonly onRequest?: (messageId: number) => void;
}

/**
 * Retrieves over an association of its own. An AbortSignal, or leaving the loop, sends C-CANCEL; the peer then ends
 * with the result `cancelled`, or `complete` when it was faster.
 * @throws DimseError any code of an association; invalid-configuration; no-presentation-context; cancelled when the
 *   signal aborts before the request, or the peer doesn't end within `cancelReplyMs`. What the peer answers is never
 *   thrown: a refusal is a result.
 */
export async function* move(
  peer: PeerAddress,
  request: MoveRequest,
  options: MoveOptions = {},
  signal?: AbortSignal,
): AsyncGenerator<SubOperations, RetrieveResult, undefined> {
  const destination = checkedAeTitle(request.destination, 'destination');
  const messageId = checkedMessageId(options.messageId ?? randomInt(1, MAX_MESSAGE_ID + 1));
  const proposed = {
    id: MOVE_CONTEXT_ID,
    abstractSyntax: MOVE_CLASS,
    transferSyntaxes: IDENTIFIER_SYNTAXES,
  };
  const { association } = await requestAssociation(peer, [proposed], options, signal);
  try {
    const message = moveMessage(association, request, destination, messageId);
    options.onRequest?.(messageId);
    return yield* retrieval(association, message, 'C-MOVE', options, signal);
  } finally {
    await releaseWithin(association, options.cancelReplyMs ?? DEFAULT_CANCEL_REPLY_MS);
  }
}

function moveMessage(
  association: Association,
  request: MoveRequest,
  destination: string,
  messageId: number,
) {
  const { transferSyntax } = requiredContext(association, MOVE_CONTEXT_ID, 'C-MOVE');
  const command = {
    AffectedSOPClassUID: MOVE_CLASS,
    CommandField: COMMAND_FIELD['C-MOVE-RQ'],
    MessageID: messageId,
    MoveDestination: destination,
    Priority: PRIORITY.medium,
    CommandDataSetType: DATA_SET_FOLLOWS,
  };
  const dataset = encodeIdentifier(retrieveFields(request), transferSyntax);
  return { contextId: MOVE_CONTEXT_ID, command, dataset };
}

function checkedMessageId(messageId: number): number {
  if (Number.isInteger(messageId) && messageId >= 1 && messageId <= MAX_MESSAGE_ID) {
    return messageId;
  }
  const message = `A Message ID must be a whole number from 1 to ${MAX_MESSAGE_ID}.`;
  throw new DimseError('invalid-configuration', message);
}
