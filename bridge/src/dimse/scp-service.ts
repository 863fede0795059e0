import type { AcceptedContext } from './negotiation.ts';
import type { CommandSet } from './message/command-set.ts';
import type { MessageName } from './message/message-types.ts';
import type { OutgoingDataset } from './message/outgoing-dataset.ts';
import type { AssociateRq } from './pdu/pdu.ts';

/** The association over which a request came. */
export interface ScpPeer {
  /** Names the association in logs. */
  readonly associationId: string;
  /** Address of the peer. */
  readonly host: string;
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  /** All of the request: extended negotiation, user identity (a secret). */
  readonly request: AssociateRq;
}

export interface ScpRequest {
  readonly peer: ScpPeer;
  readonly name: MessageName;
  readonly context: AcceptedContext;
  /** Holds what `MESSAGE_TYPES` requires of such a message. */
  readonly command: CommandSet;
  /**
   * The data set in the transfer syntax of the context, as it comes in: slices, not copied. Not taking them slows
   * the peer down; what is left when the handler ends is dropped. Fails when the association ends before.
   */
  readonly dataset: AsyncIterable<Uint8Array> | undefined;
  /** Aborts with C-CANCEL, and when the association ends before the response. */
  readonly signal: AbortSignal;
  /** All contexts that were accepted, by ID. */
  readonly contexts: ReadonlyMap<number, AcceptedContext>;
  /**
   * Sends a request of our own over the association, and waits for its response: the C-STORE of a C-GET.
   * @throws DimseError reply-timeout, source-failed, invalid-dataset, or what ended the association
   */
  readonly ask: (request: OwnRequest) => Promise<CommandSet>;
  /**
   * The same behind the response to this request, in its context: resolves to the status. Missing where the association
   * is Gantry's.
   */
  readonly askLater?: (command: CommandSet, dataset: OutgoingDataset) => Promise<number>;
  /** Sends a response with a pending status; the final one is what the handler returns. */
  readonly respondPending: (response: ScpResponse) => Promise<void>;
}

/** A request of the SCP to its SCU; its Message ID is chosen for it. */
export interface OwnRequest {
  readonly contextId: number;
  readonly command: CommandSet;
  readonly dataset?: OutgoingDataset;
}

export interface ScpResponse {
  /** DIMSE status. */
  readonly status: number;
  /** Further elements of the response command: counts of sub-operations, Error Comment (never patient data). */
  readonly elements?: CommandSet;
  readonly dataset?: OutgoingDataset;
}

/** A service class in the role of an SCP, as a listener wants it. */
export interface ScpService {
  /**
   * Which transfer syntaxes are accepted for an abstract syntax, in order of preference.
   * @returns undefined when the service doesn't know the abstract syntax
   */
  readonly transferSyntaxesFor: (
    abstractSyntax: string,
    request: AssociateRq,
  ) => readonly string[] | undefined;
  /**
   * Answers SOP Class Extended Negotiation (PS3.7 section D.3.3.5) for a class that was accepted.
   * @returns undefined when the service has nothing to say, which leaves it at its defaults
   */
  readonly applicationInformation?: (proposed: Uint8Array) => Uint8Array | undefined;
  /** Whether whoever calls may be the SCP of the class (PS3.7 section D.3.3.4), so that its requests are an SCP's too. */
  readonly acceptsScpRole?: boolean;
  /** The requests that `handle` is called for; others are answered with 0211H, unrecognized operation. */
  readonly requests: readonly MessageName[];
  /** Called for one request of an association at a time. A failure is answered with 0110H, processing failure. */
  readonly handle: (request: ScpRequest) => Promise<ScpResponse>;
}
