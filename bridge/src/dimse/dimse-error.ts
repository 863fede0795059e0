import { abortWords, rejectionWords } from './pdu/reason-words.ts';

/**
 * Why an operation on the DICOM network ended, by the step that failed.
 *
 * | code | what happened |
 * |---|---|
 * | `invalid-configuration` | an AE title, a timer or a list of contexts that can't work; nothing was sent |
 * | `host-unknown` | the name of the peer doesn't resolve |
 * | `connect-refused` | the host answers, but nothing listens on the port |
 * | `connect-timeout` | no TCP connection within `connectMs` |
 * | `connect-failed` | any other failure of the TCP connection (no route, no rights) |
 * | `tls-failed` | the TLS handshake, or a file that it needs; the message says what a person can do |
 * | `listen-failed` | the listener can't have its port |
 * | `association-timeout` | connected, but no answer to A-ASSOCIATE-RQ within `associationReplyMs`, or no request within `artimMs` |
 * | `association-rejected` | A-ASSOCIATE-RJ, sent or received; `rejection` has the numbers |
 * | `association-aborted` | the peer sent A-ABORT; `abort` has the numbers |
 * | `association-released` | the association has ended in order, so nothing can be sent over it any more |
 * | `no-presentation-context` | the peer accepts the association, but not what the operation needs |
 * | `reply-timeout` | a request was sent whole, but its response didn't begin within `dimseReplyMs`, or a release wasn't answered |
 * | `idle-timeout` | nothing was asked on an association for `idleMs` |
 * | `stalled` | bytes stopped to move in the middle of a transfer for `progressMs` |
 * | `protocol-violation` | the peer sent what PS3.7 or PS3.8 doesn't allow there; we have aborted |
 * | `connection-lost` | the TCP connection closed or broke without A-RELEASE or A-ABORT |
 * | `source-failed` | the data set to send failed, ended early or went on too long; we have aborted |
 * | `source-stalled` | the data set to send brought nothing for `progressMs`; we have aborted |
 * | `invalid-dataset` | the data set can't be sent (odd length, a query that the standard doesn't allow); nothing was sent, the association lives |
 * | `status-failure` | the peer answered with a status that isn't success; `status` has the number |
 * | `cancelled` | the caller's AbortSignal, `abort()`, or a listener that closes |
 */
export type DimseErrorCode =
  | 'invalid-configuration'
  | 'host-unknown'
  | 'connect-refused'
  | 'connect-timeout'
  | 'connect-failed'
  | 'tls-failed'
  | 'listen-failed'
  | 'association-timeout'
  | 'association-rejected'
  | 'association-aborted'
  | 'association-released'
  | 'no-presentation-context'
  | 'reply-timeout'
  | 'idle-timeout'
  | 'stalled'
  | 'protocol-violation'
  | 'connection-lost'
  | 'source-failed'
  | 'source-stalled'
  | 'invalid-dataset'
  | 'status-failure'
  | 'cancelled';

/** The fields of A-ASSOCIATE-RJ (PS3.8 table 9-21). */
export interface Rejection {
  readonly result: number;
  readonly source: number;
  readonly reason: number;
}

/** The fields of A-ABORT (PS3.8 table 9-26). */
export interface AbortReason {
  readonly source: number;
  readonly reason: number;
}

interface DimseErrorDetails {
  readonly cause?: unknown;
  readonly rejection?: Rejection;
  readonly abort?: AbortReason;
  readonly status?: number;
}

/** The one error class of this module. Its message is for a PACS administrator and never holds an attribute's value. */
export class DimseError extends Error {
  override readonly name = 'DimseError';
  readonly code: DimseErrorCode;
  readonly rejection: Rejection | undefined;
  /** Received with `association-aborted`; to be sent with `protocol-violation`. */
  readonly abort: AbortReason | undefined;
  /** DIMSE status, with `status-failure`. */
  readonly status: number | undefined;

  constructor(code: DimseErrorCode, message: string, details: DimseErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.rejection = details.rejection;
    this.abort = details.abort;
    this.status = details.status;
  }
}

/** A-ABORT source 2, service provider (PS3.8 table 9-26). */
const SERVICE_PROVIDER = 2;

/** Reasons of an A-ABORT by the service provider (PS3.8 table 9-26). */
export const ABORT_REASON = {
  notSpecified: 0,
  unrecognizedPdu: 1,
  unexpectedPdu: 2,
  unrecognizedPduParameter: 4,
  unexpectedPduParameter: 5,
  invalidPduParameterValue: 6,
} as const;

/** @param reason one of ABORT_REASON, which the A-ABORT that follows carries */
export function protocolViolation(
  what: string,
  reason: number = ABORT_REASON.invalidPduParameterValue,
): DimseError {
  return new DimseError('protocol-violation', `The peer broke the DICOM protocol: ${what}.`, {
    abort: { source: SERVICE_PROVIDER, reason },
  });
}

export function rejectedByPeer({ result, source, reason }: Rejection): DimseError {
  const rejection = { result, source, reason };
  const message = `The peer rejected the association: ${rejectionWords(rejection)}.`;
  return new DimseError('association-rejected', message, { rejection });
}

export function abortedByPeer({ source, reason }: AbortReason): DimseError {
  const abort = { source, reason };
  const message = `The peer aborted the association: ${abortWords(abort)}.`;
  return new DimseError('association-aborted', message, { abort });
}

/** @param words of `shared/dicom/dimse-status.ts` */
export function statusFailure(status: number, words: string): DimseError {
  return new DimseError('status-failure', `The peer answered: ${words}.`, { status });
}

/** @param cause the reason of the AbortSignal, where there is one */
export function cancelled(cause?: unknown): DimseError {
  return new DimseError('cancelled', 'The operation was cancelled.', { cause });
}
