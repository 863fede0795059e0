// Retrieve by C-GET as SCU (PS3.4 section C.4.3): the peer sends instances over the association of the request, so
// that it needs to know nothing of us, and no listener.
//
// Session code: as for `move`, with a sink that keeps each instance, as that of the Storage SCP does. Instances come in
// while `next()` runs: not asking for more progress slows the peer down. When the result is there, the sink has had
// all.
import { observed } from './association-observer.ts';
import type { Association } from './association.ts';
import { DimseError, protocolViolation } from './dimse-error.ts';
import { IDENTIFIER_SYNTAXES, encodeIdentifier } from './identifier.ts';
import { DATA_SET_FOLLOWS } from './message/command-set.ts';
import type { Message } from './message/message-assembler.ts';
import { COMMAND_FIELD, PRIORITY } from './message/message-types.ts';
import { MAX_CONTEXTS } from './negotiation.ts';
import type { ProposedContext } from './pdu/pdu.ts';
import type { OpenAssociation, PeerAddress } from './request-association.ts';
import { requestAssociation } from './request-association.ts';
import { DEFAULT_CANCEL_REPLY_MS } from './responses.ts';
import type { RetrieveOptions, RetrieveResult, RetrieveTarget, SubOperations } from './retrieve.ts';
import { retrieval, retrieveFields } from './retrieve.ts';
import type { ScpPeer, ScpRequest, ScpResponse, ScpService } from './scp-service.ts';
import { sendResponse } from './send-response.ts';
import { releaseWithin, requiredContext } from './single-operation.ts';
import type { StorageSink } from './storage-scp.ts';
import { storageScp } from './storage-scp.ts';

/** PS3.4 table C.6.2.3-1: Study Root Query/Retrieve Information Model, GET. */
export const GET_CLASS = '1.2.840.10008.5.1.4.1.2.2.3';
const GET_CONTEXT_ID = 1;
/** PS3.7 annex C. */
const PROCESSING_FAILURE = 0x0110;

/** Storage contexts that fit beside C-GET into one association. */
export const MAX_GET_CONTEXTS = MAX_CONTEXTS - 1;

/** A storage class that may come, in one of these transfer syntaxes: the peer chooses one of a context. */
export interface StorageContext {
  readonly sopClass: string;
  /** In order of preference. */
  readonly transferSyntaxes: readonly string[];
}

export type GetRequest = RetrieveTarget & {
  /** What may come, 1 to MAX_GET_CONTEXTS; a class may stand in several. The peer fails to send others. */
  readonly contexts: readonly StorageContext[];
};

export interface GetOptions extends RetrieveOptions {
  /** The sink failed, and the peer was told 0110H; it counts the instance as failed. The error may hold patient data. */
  readonly onSinkFailure?: (error: unknown) => void;
}

/**
 * Retrieves over an association of its own. The sink is told the peer as the calling AE title, for it is the peer that
 * sends. Cancelling is as for `move`; instances that come before the peer's last word are kept.
 * @throws DimseError as `move`; no-presentation-context also when the peer agrees to send nothing
 */
export async function* get(
  peer: PeerAddress,
  request: GetRequest,
  sink: StorageSink,
  options: GetOptions = {},
  signal?: AbortSignal,
): AsyncGenerator<SubOperations, RetrieveResult, undefined> {
  const contexts = proposedContexts(request.contexts);
  const sopClasses = [...new Set(request.contexts.map(({ sopClass }) => sopClass))];
  // PS3.7 section D.3.3.4: the requestor of an association is an SCU alone, unless it asks to be an SCP.
  const roles = sopClasses.map((sopClassUid) => ({ sopClassUid, scuRole: false, scpRole: true }));
  const open = await requestAssociation(peer, contexts, options, signal, {
    roleSelections: roles,
  });
  const { association } = open;
  try {
    const { transferSyntax } = requiredContext(association, GET_CONTEXT_ID, 'C-GET');
    checkRoles(open);
    const command = {
      AffectedSOPClassUID: GET_CLASS,
      CommandField: COMMAND_FIELD['C-GET-RQ'],
      MessageID: association.nextMessageId(),
      Priority: PRIORITY.medium,
      CommandDataSetType: DATA_SET_FOLLOWS,
    };
    const dataset = encodeIdentifier(retrieveFields(request), transferSyntax);
    const message = { contextId: GET_CONTEXT_ID, command, dataset };
    const receiver = new Receiver(open, peer, sink, options);
    const serve = (incoming: Message): Promise<void> => receiver.serve(incoming);
    return yield* retrieval(association, message, 'C-GET', options, signal, serve);
  } finally {
    await releaseWithin(association, options.cancelReplyMs ?? DEFAULT_CANCEL_REPLY_MS);
  }
}

/** @throws DimseError invalid-configuration */
function proposedContexts(contexts: readonly StorageContext[]): ProposedContext[] {
  const { length } = contexts;
  const isEmpty = contexts.some(({ transferSyntaxes }) => transferSyntaxes.length === 0);
  if (length === 0 || length > MAX_GET_CONTEXTS || isEmpty) {
    const message = `A C-GET needs 1 to ${MAX_GET_CONTEXTS} storage contexts, with transfer syntaxes.`;
    throw new DimseError('invalid-configuration', message);
  }
  const storage = contexts.map(({ sopClass, transferSyntaxes }, index) => {
    const id = GET_CONTEXT_ID + 2 * (index + 1);
    return { id, abstractSyntax: sopClass, transferSyntaxes };
  });
  const transfer = { abstractSyntax: GET_CLASS, transferSyntaxes: IDENTIFIER_SYNTAXES };
  return [{ id: GET_CONTEXT_ID, ...transfer }, ...storage];
}

/**
 * A class may come when its context was accepted and the role wasn't refused. A peer that says nothing of roles keeps
 * to the default by the standard; some send all the same, so that only a plain no counts.
 */
function checkRoles({ association, answer }: OpenAssociation): void {
  const roles = answer.userInformation.roleSelections ?? [];
  const refused = new Set(
    roles.flatMap(({ sopClassUid, scpRole }) => (scpRole ? [] : [sopClassUid])),
  );
  const accepted = [...association.contexts.accepted.values()];
  const mayCome = accepted.some(
    ({ id, abstractSyntax }) => id !== GET_CONTEXT_ID && !refused.has(abstractSyntax),
  );
  if (mayCome) return;
  const message = 'No C-GET with this peer: it does not agree to send images over our association.';
  throw new DimseError('no-presentation-context', message);
}

/** Takes what the peer stores while a C-GET runs, one instance after another. */
class Receiver {
  readonly #association: Association;
  readonly #sender: ScpPeer;
  readonly #handle: ScpService['handle'];
  readonly #options: GetOptions;
  readonly #ended = new AbortController();

  constructor(open: OpenAssociation, peer: PeerAddress, sink: StorageSink, options: GetOptions) {
    const { association, request } = open;
    this.#association = association;
    this.#options = options;
    this.#handle = storageScp({ sink, acceptUnknownClasses: true }).handle;
    this.#sender = {
      associationId: association.id,
      host: peer.host,
      callingAeTitle: request.calledAeTitle,
      calledAeTitle: request.callingAeTitle,
      request,
    };
    void association.ended.then((end) => this.#ended.abort(end.kind));
  }

  /** @throws DimseError protocol-violation, or what ended the association */
  async serve(message: Message): Promise<void> {
    const context = this.#association.contexts.accepted.get(message.contextId);
    if (message.name !== 'C-STORE-RQ' || !context) {
      const error = protocolViolation(`${message.name} while a C-GET runs`);
      this.#association.abort(error);
      throw error;
    }
    const { name, command, dataset } = message;
    const tell = observed(this.#association, 'scp', command.CommandField);
    const response = await this.#store({
      peer: this.#sender,
      name,
      context,
      command,
      dataset,
      signal: this.#ended.signal,
      contexts: this.#association.contexts.accepted,
      ask: () => Promise.reject(new TypeError('Nothing is asked while a C-GET runs.')),
      // C-STORE has one response.
      respondPending: () => Promise.reject(new TypeError('A C-STORE has no pending response.')),
    });
    await sendResponse(this.#association, message, response);
    tell(response.status);
  }

  async #store(request: ScpRequest): Promise<ScpResponse> {
    try {
      return await this.#handle(request);
    } catch (error) {
      // Without the association there is nobody to answer, and what ended it is thrown by whoever tries.
      if (!this.#association.isOver) this.#options.onSinkFailure?.(error);
      return { status: PROCESSING_FAILURE };
    }
  }
}
