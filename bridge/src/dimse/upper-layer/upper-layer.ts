import type { Socket } from 'node:net';
import {
  ABORT_REASON,
  DimseError,
  abortedByPeer,
  cancelled,
  protocolViolation,
  rejectedByPeer,
} from '../dimse-error.ts';
import { encodeControlPdu } from '../pdu/control-pdu.ts';
import type { AssociateAc, AssociateRj, AssociateRq, ControlPdu } from '../pdu/pdu.ts';
import { PROTOCOL_VERSION } from '../pdu/pdu.ts';
import type { PduSink, PdvHeader } from '../pdu/pdu-reader.ts';
import { PduReader } from '../pdu/pdu-reader.ts';
import type { Action, Event, State } from './state-machine.ts';
import { transition } from './state-machine.ts';
import type { AssociationTimers } from './timers.ts';
import { Timer } from './timers.ts';
import { Transport } from './transport.ts';
import type { AssociationEnd, UpperLayerUser } from './upper-layer-user.ts';

/** What came with an event. */
interface Stimulus {
  readonly pdu?: ControlPdu;
  readonly error?: DimseError;
}

/** PS3.8 table 9-26: 0 is the service user. */
const SERVICE_USER = 0;
const REJECTED_PERMANENT = 1;
const SOURCE_ACSE = 2;
const PROTOCOL_VERSION_NOT_SUPPORTED = 2;

/** How long what speaks no DICOM may keep a connection after it was told so, milliseconds; ARTIM is for peers. */
const STRANGER_CLOSE_MS = 500;

const EVENT_OF_PDU = {
  'associate-ac': 'Evt3',
  'associate-rj': 'Evt4',
  'associate-rq': 'Evt6',
  'release-rq': 'Evt12',
  'release-rp': 'Evt13',
  abort: 'Evt16',
} as const satisfies Record<ControlPdu['type'], Event>;

/**
 * One transport connection and the state machine of PS3.8 over it. Events come in by methods and from the socket,
 * `transition` names the action, `#actions` does it: no other place knows what a state allows.
 */
export class UpperLayer implements PduSink {
  /** Resolves when the socket is gone, after the association has ended. */
  readonly transportClosed: Promise<void>;
  readonly #role: 'requestor' | 'acceptor';
  readonly #user: UpperLayerUser;
  readonly #reader: PduReader;
  readonly #artim: Timer;
  readonly #associationReply: Timer;
  readonly #releaseReply: Timer;
  readonly #timers: AssociationTimers;
  readonly #stranger: Timer;
  #resolveClosed: () => void = () => undefined;
  #state: State = 'Sta1';
  #transport: Transport | undefined;
  #request: AssociateRq | undefined;
  #messageOpen = false;
  #takesData = false;
  #ended = false;

  /** @param maxDataPdu what we announce as Maximum Length Received, bytes */
  constructor(
    role: 'requestor' | 'acceptor',
    user: UpperLayerUser,
    timers: AssociationTimers,
    maxDataPdu: number,
  ) {
    this.#role = role;
    this.#user = user;
    this.#reader = new PduReader(this, maxDataPdu);
    this.#timers = timers;
    this.transportClosed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.#artim = new Timer(timers.artimMs, () => {
      const message = `The peer sent no A-ASSOCIATE-RQ within ${timers.artimMs} ms.`;
      this.#apply('Evt18', { error: new DimseError('association-timeout', message) });
    });
    this.#stranger = new Timer(STRANGER_CLOSE_MS, () => this.#apply('Evt18'));
    this.#associationReply = this.#aborting(
      timers.associationReplyMs,
      'association-timeout',
      'The peer took the connection, but gave no answer to the association request',
    );
    this.#releaseReply = this.#aborting(
      timers.dimseReplyMs,
      'reply-timeout',
      'The peer gave no answer to the release of the association',
    );
  }

  get state(): State {
    return this.#state;
  }

  /** Evt1. `connected` or `connectFailed` must follow. */
  associate(request: AssociateRq): void {
    this.#request = request;
    this.#apply('Evt1');
  }

  /** Evt2 for a requestor, Evt5 for an acceptor. */
  connected(socket: Socket): void {
    this.#transport = new Transport(socket, this.#timers, {
      received: (chunk) => this.#received(chunk),
      gone: () => this.#transportGone(),
      closed: () => this.#resolveClosed(),
      stalled: (error) => this.abort(error),
    });
    this.#apply(this.#role === 'requestor' ? 'Evt2' : 'Evt5');
  }

  /** Evt17 before there was a transport. */
  connectFailed(error: DimseError): void {
    if (this.#state !== 'Sta4') return;
    this.#apply('Evt17', { error });
    this.#resolveClosed();
  }

  /** Evt7. */
  accept(answer: AssociateAc): void {
    this.#apply('Evt7', { pdu: answer });
  }

  /** Evt8. @param why in words that complete "We rejected the association: …" */
  reject(rejection: AssociateRj, why: string): void {
    const message = `We rejected the association: ${why}.`;
    const error = new DimseError('association-rejected', message, { rejection });
    this.#apply('Evt8', { pdu: rejection, error });
  }

  /** Evt9: one P-DATA-TF. Parts are not copied and must not change until they are sent; `flush` lets them go. */
  sendData(parts: readonly Uint8Array[]): void {
    this.#apply('Evt9');
    for (const part of parts) this.#transport?.write(part);
  }

  flush(): void {
    this.#transport?.flush();
  }

  /** Undefined when more may be sent at once, else a promise of that moment (which an end doesn't resolve). */
  readyToSend(): Promise<void> | undefined {
    return this.#transport?.ready();
  }

  /** Evt11. */
  requestRelease(): void {
    this.#apply('Evt11');
  }

  /** Evt14. */
  respondRelease(): void {
    this.#apply('Evt14');
  }

  /** Evt15. The user gets `error` as the end. Nothing happens when the association has ended already. */
  abort(error: DimseError): void {
    if (this.#ended) return;
    if (this.#state === 'Sta2') {
      // The standard has no abort of a user here: there is no association that the user would know of.
      this.#apply('Evt18', { error });
    } else {
      this.#apply(error.code === 'protocol-violation' ? 'Evt19' : 'Evt15', { error });
    }
  }

  /** Drops the transport, whatever the state: for a shutdown that doesn't wait for peers. */
  destroy(): void {
    this.abort(cancelled());
    this.#transport?.destroy();
  }

  /** The consumer lags: take no more from the socket. */
  pause(): void {
    this.#transport?.pause();
  }

  resume(): void {
    this.#transport?.resume();
    this.#expectMore();
  }

  /** Told by the user: a message has begun and not ended, so that more bytes must come. */
  set messageOpen(open: boolean) {
    this.#messageOpen = open;
  }

  controlPdu(pdu: ControlPdu): void {
    this.#apply(EVENT_OF_PDU[pdu.type], { pdu });
  }

  dataPdu(): void {
    this.#takesData = false;
    this.#apply('Evt10');
  }

  pdvStart(header: PdvHeader): void {
    if (this.#takesData) this.#user.pdvStart(header);
  }

  pdvBytes(bytes: Uint8Array): void {
    if (this.#takesData) this.#user.pdvBytes(bytes);
  }

  pdvEnd(): void {
    if (this.#takesData) this.#user.pdvEnd();
  }

  readonly #actions: Readonly<Record<Action, (stimulus: Stimulus) => void>> = {
    'AE-1': () => undefined,
    'AE-2': () => {
      if (this.#request) this.#send(this.#request);
      this.#associationReply.start();
    },
    'AE-3': ({ pdu }) => {
      this.#associationReply.stop();
      if (pdu?.type === 'associate-ac') this.#user.associateConfirmation(pdu);
    },
    'AE-4': ({ pdu }) => {
      if (pdu?.type === 'associate-rj') this.#fail(rejectedByPeer(pdu));
      this.#closeTransport();
    },
    'AE-5': () => this.#artim.start(),
    'AE-6': ({ pdu }) => {
      this.#artim.stop();
      if (pdu?.type !== 'associate-rq') return;
      if (isAcceptable(pdu)) this.#user.associateIndication(pdu);
      else this.#reject(PROTOCOL_VERSION_REJECTION);
    },
    'AE-7': ({ pdu }) => this.#send(pdu),
    'AE-8': ({ pdu, error }) => {
      if (pdu?.type === 'associate-rj') this.#reject(pdu, error);
    },
    'DT-1': () => undefined,
    'DT-2': () => (this.#takesData = true),
    'AR-1': () => {
      this.#send({ type: 'release-rq' });
      this.#releaseReply.start();
    },
    'AR-2': () => this.#user.releaseIndication(),
    'AR-3': () => {
      this.#end({ kind: 'released' });
      this.#closeTransport();
    },
    'AR-4': () => {
      this.#send({ type: 'release-rp' });
      this.#artim.start();
      this.#end({ kind: 'released' });
    },
    'AR-5': () => this.#artim.stop(),
    'AR-6': () => (this.#takesData = true),
    'AR-7': () => undefined,
    // In a collision both sides want to end: the response needs no decision of a user.
    'AR-8': () => {
      if (this.#role === 'requestor') this.#apply('Evt14');
    },
    'AR-9': () => this.#send({ type: 'release-rp' }),
    'AR-10': () => this.#apply('Evt14'),
    'AA-1': ({ error }) => this.#abortTransport({ source: SERVICE_USER, reason: 0 }, error),
    'AA-2': ({ error, pdu }) => {
      this.#artim.stop();
      if (pdu?.type === 'abort') this.#fail(abortedByPeer(pdu));
      else this.#fail(error ?? cancelled());
      this.#closeTransport();
    },
    'AA-3': ({ pdu }) => {
      if (pdu?.type === 'abort') this.#fail(abortedByPeer(pdu));
      this.#closeTransport();
    },
    'AA-4': ({ error }) => this.#fail(error ?? this.#connectionLost()),
    'AA-5': () => {
      this.#artim.stop();
      this.#fail(this.#connectionLost());
    },
    'AA-6': () => undefined,
    'AA-7': () => this.#send({ type: 'abort', source: 2, reason: ABORT_REASON.unexpectedPdu }),
    'AA-8': ({ error }) => {
      const abort = error?.abort ?? { source: 2, reason: ABORT_REASON.notSpecified };
      this.#abortTransport(abort, error);
    },
  };

  #apply(event: Event, stimulus: Stimulus = {}): void {
    const { pdu, error } = stimulus;
    const acceptable = pdu?.type === 'associate-rq' && isAcceptable(pdu);
    const before = this.#state;
    const isRequestor = this.#role === 'requestor';
    const { action, next } = transition(before, event, { acceptable, isRequestor });
    this.#state = next;
    // Actions that abort need a reason; a PDU out of place is one, told by its name and the state. Others get none:
    // an error for each P-DATA-TF would cost more than all else that is done for it.
    const what = event === 'Evt10' ? 'P-DATA-TF' : pdu?.type;
    const isOutOfPlace = what !== undefined && action.startsWith('AA');
    const reason = error ?? (isOutOfPlace ? unexpected(what, before) : undefined);
    this.#actions[action]({ ...stimulus, ...(reason && { error: reason }) });
    if (this.#state === 'Sta1') {
      this.#reader.stop();
      this.#stranger.stop();
    }
  }

  #received(chunk: Uint8Array): void {
    if (this.#state === 'Sta1') return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof DimseError)) throw error;
      const isStranger = this.#state === 'Sta2';
      this.#apply('Evt19', { error });
      if (isStranger) this.#stranger.start();
    }
    this.#expectMore();
  }

  #expectMore(): void {
    this.#transport?.expectMore(this.#messageOpen || this.#reader.insidePdu);
  }

  #transportGone(): void {
    if (this.#state !== 'Sta1') this.#apply('Evt17');
    this.#transport?.close();
  }

  #connectionLost(): DimseError {
    const message = 'The connection closed before the association was released.';
    return new DimseError('connection-lost', message, { cause: this.#transport?.error });
  }

  #send(pdu: ControlPdu | undefined): void {
    if (!pdu) return;
    this.#transport?.write(encodeControlPdu(pdu));
    this.#transport?.flush();
  }

  #reject(rejection: AssociateRj, error?: DimseError): void {
    this.#send(rejection);
    this.#artim.start();
    const message = 'We rejected the association: its protocol version is not supported.';
    this.#fail(error ?? new DimseError('association-rejected', message, { rejection }));
  }

  /** Nothing follows an A-ABORT, so our half of the connection ends with it; the peer closes, or ARTIM does. */
  #abortTransport(abort: { source: number; reason: number }, error = cancelled()): void {
    this.#send({ type: 'abort', ...abort });
    this.#transport?.endSending();
    this.#artim.start();
    this.#fail(error);
  }

  #closeTransport(): void {
    if (this.#transport) this.#transport.close();
    else this.#resolveClosed();
  }

  #aborting(ms: number, code: 'association-timeout' | 'reply-timeout', what: string) {
    return new Timer(ms, () => {
      this.abort(new DimseError(code, `${what}; waited ${ms} ms.`));
    });
  }

  #fail(error: DimseError): void {
    this.#end({ kind: 'failed', error });
  }

  #end(end: AssociationEnd): void {
    this.#associationReply.stop();
    this.#releaseReply.stop();
    this.#transport?.associationEnded();
    if (this.#ended) return;
    this.#ended = true;
    this.#takesData = false;
    this.#user.associationEnded(end);
  }
}

const PROTOCOL_VERSION_REJECTION: AssociateRj = {
  type: 'associate-rj',
  result: REJECTED_PERMANENT,
  source: SOURCE_ACSE,
  reason: PROTOCOL_VERSION_NOT_SUPPORTED,
};

/** PS3.8 section 9.3.2: other bits of the protocol version are not tested. */
function isAcceptable(request: AssociateRq): boolean {
  return (request.protocolVersion & PROTOCOL_VERSION) !== 0;
}

function unexpected(what: string, state: State): DimseError {
  return protocolViolation(
    `${what} where it isn't expected (${state})`,
    ABORT_REASON.unexpectedPdu,
  );
}
