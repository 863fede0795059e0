// One established association. Session code doesn't use it directly: it calls a service class (`verification.ts`,
// `storage-scu.ts`) or starts a `listener.ts`. Service classes get an Association from `requestAssociation`, or as
// part of a request from the listener, and use `operation`, `send` and `nextMessage`.
import { randomUUID } from 'node:crypto';
import type { AssociationObserver } from './association-observer.ts';
import { DimseError, cancelled, protocolViolation } from './dimse-error.ts';
import type { CommandSet } from './message/command-set.ts';
import { encodeCommandSet } from './message/command-set.ts';
import { Inflow } from './message/inflow.ts';
import type { Message } from './message/message-assembler.ts';
import { MessageAssembler } from './message/message-assembler.ts';
import { FragmentWriter, MIN_PEER_PDU_LENGTH, fragmentLength } from './message/message-sender.ts';
import type { OutgoingDataset } from './message/outgoing-dataset.ts';
import { datasetChunks } from './message/outgoing-dataset.ts';
import type { NegotiatedContexts } from './negotiation.ts';
import { negotiatedContexts, peerMaxPduLength } from './negotiation.ts';
import type { Refusal } from './association-policy.ts';
import type { AssociateAc, AssociateRq } from './pdu/pdu.ts';
import type { PdvHeader } from './pdu/pdu-reader.ts';
import { PendingWaits } from './upper-layer/pending-waits.ts';
import type { AssociationTimers } from './upper-layer/timers.ts';
import { Timer } from './upper-layer/timers.ts';
import type { AssociationEnd, UpperLayerUser } from './upper-layer/upper-layer-user.ts';
import { UpperLayer } from './upper-layer/upper-layer.ts';

/** What we announce as Maximum Length Received, and the largest P-DATA-TF that we send to a peer without a limit. */
export const DEFAULT_MAX_PDU_LENGTH = 128 * 1024;

export interface AssociationSettings {
  readonly timers: AssociationTimers;
  /** Bytes of a P-DATA-TF without its header; at least 16. */
  readonly maxPduLength: number;
  readonly observer?: AssociationObserver | undefined;
}

export interface OutgoingMessage {
  readonly contextId: number;
  readonly command: CommandSet;
  readonly dataset?: OutgoingDataset;
}

/** What was asked and what was answered: AE titles, implementation, extended negotiation, user identity. */
export interface Agreement {
  readonly request: AssociateRq;
  readonly answer: AssociateAc;
}

export type Verdict = AssociateAc | Refusal;

/**
 * Decides on a request: within the arrival of the PDU, or later; what comes of the peer until then breaks the protocol.
 */
export type AssociationJudge = (request: AssociateRq) => Verdict | Promise<Verdict>;

export class Association implements UpperLayerUser {
  /** Names the association in logs. */
  readonly id = randomUUID().slice(0, 8);
  readonly role: 'requestor' | 'acceptor';
  readonly timers: AssociationTimers;
  /** Whom operations are told to. */
  readonly observer: AssociationObserver | undefined;
  /** Resolves once, when the association is over, however that came. */
  readonly ended: Promise<AssociationEnd>;
  /** Resolves once both sides have agreed; never when the association ends before. */
  readonly established: Promise<Agreement>;
  /** For whoever opens the association and its transport. */
  readonly upperLayer: UpperLayer;
  readonly #judge: AssociationJudge | undefined;
  readonly #waits = new PendingWaits();
  readonly #assembler: MessageAssembler;
  readonly #inflow: Inflow;
  readonly #idle: Timer;
  readonly #maxPduLength: number;
  #resolveEnded: (end: AssociationEnd) => void = () => undefined;
  #resolveEstablished: (agreement: Agreement) => void = () => undefined;
  #end: AssociationEnd | undefined;
  #request: AssociateRq | undefined;
  #contexts: NegotiatedContexts = { accepted: new Map(), refused: [] };
  #fragmentLength = 0;
  #messages: Message[] = [];
  #wake: (() => void) | undefined;
  #releaseAsked = false;
  #operations = 0;
  #lastMessageId = 0;
  #sending: Promise<void> = Promise.resolve();

  /** @param judge for an acceptor */
  constructor(settings: AssociationSettings, judge?: AssociationJudge) {
    this.role = judge ? 'acceptor' : 'requestor';
    this.timers = settings.timers;
    this.observer = settings.observer;
    this.#maxPduLength = settings.maxPduLength;
    this.#judge = judge;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.established = new Promise((resolve) => (this.#resolveEstablished = resolve));
    this.upperLayer = new UpperLayer(this.role, this, settings.timers, settings.maxPduLength);
    this.#inflow = new Inflow(
      () => this.upperLayer.pause(),
      () => this.upperLayer.resume(),
    );
    this.#assembler = new MessageAssembler(
      this.#inflow,
      (contextId) => this.contexts.accepted.has(contextId),
      (message) => this.#deliver(message),
    );
    this.#idle = new Timer(settings.timers.idleMs, () => this.#endIdle());
  }

  /** What was agreed on, by presentation context ID. */
  get contexts(): NegotiatedContexts {
    return this.#contexts;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** A Message ID that no other operation of this association has at the same time (PS3.7 table E.1-1). */
  nextMessageId(): number {
    this.#lastMessageId = (this.#lastMessageId % 0xffff) + 1;
    return this.#lastMessageId;
  }

  /**
   * Runs one operation. While one runs the association isn't idle; when the signal aborts meanwhile, so does the
   * association, since DIMSE can't take back half a message.
   * @throws DimseError cancelled, or what the work throws
   */
  async operation<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const cancel = (): void => this.abort(cancelled(signal?.reason));
    if (signal?.aborted) throw cancelled(signal.reason);
    const end = this.beginOperation();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await work();
    } finally {
      signal?.removeEventListener('abort', cancel);
      end();
    }
  }

  /**
   * Begins an operation that can be taken back by other means than an abort (C-CANCEL).
   * @returns what ends it, to be called once
   * @throws DimseError when the association is over
   */
  beginOperation(): () => void {
    this.#throwIfOver();
    this.#operations++;
    this.#idle.stop();
    return () => {
      if (--this.#operations === 0 && !this.isOver) this.#idle.start();
    };
  }

  /**
   * Sends one message, after those sent before. Resolves when its last byte is on the way out.
   * @throws DimseError what ended the association; source-failed and invalid-dataset may leave it alive
   */
  async send(message: OutgoingMessage): Promise<void> {
    const turn = this.#sending.then(() => this.#send(message));
    this.#sending = turn.catch(() => undefined);
    return turn;
  }

  /**
   * The next message of the peer; undefined when the peer asks to release (an acceptor answers with
   * `upperLayer.respondRelease`) or the association was released.
   * @param timeoutMs 0: no limit; later the association is aborted
   * @throws DimseError reply-timeout, or what ended the association
   */
  async nextMessage(timeoutMs = 0): Promise<Message | undefined> {
    for (;;) {
      // What came before an end may still be an answer; a request finds no `operation` to run in.
      const message = this.#messages.shift();
      if (message) {
        this.#inflow.remove(0);
        return message;
      }
      this.#throwIfFailed();
      if (this.#releaseAsked || this.#end) return undefined;
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await this.#waits.wait(woken, timeoutMs, () => {
        const message = `The peer did not answer within ${timeoutMs} ms.`;
        this.abort(new DimseError('reply-timeout', message));
      });
    }
  }

  /**
   * Releases in order and waits for the peer's agreement. Nothing happens when the association is over.
   * @throws DimseError when it ended otherwise meanwhile
   */
  async release(): Promise<void> {
    if (this.isOver) return;
    if (this.upperLayer.state === 'Sta6') this.upperLayer.requestRelease();
    const end = await this.ended;
    if (end.kind === 'failed') throw end.error;
  }

  /** Ends the association at once with A-ABORT; everything that waits for it ends with `error`. */
  abort(error: DimseError): void {
    this.upperLayer.abort(error);
  }

  associateIndication(request: AssociateRq): void {
    const verdict = this.#judge?.(request);
    if (verdict instanceof Promise) void verdict.then((answer) => this.#answer(request, answer));
    else if (verdict) this.#answer(request, verdict);
  }

  #answer(request: AssociateRq, answer: Verdict): void {
    // Whoever waited for the answer may have gone meanwhile.
    if (this.isOver) return;
    if (answer.type === 'associate-ac') {
      this.upperLayer.accept(answer);
      this.#establish(request, answer, peerMaxPduLength(request.userInformation));
    } else {
      this.upperLayer.reject(answer, answer.why);
    }
  }

  associateConfirmation(answer: AssociateAc): void {
    const maxPduLength = peerMaxPduLength(answer.userInformation);
    if (maxPduLength > 0 && maxPduLength < MIN_PEER_PDU_LENGTH) {
      this.abort(protocolViolation(`a maximum PDU length of ${maxPduLength}, which holds no data`));
    } else if (this.#request) {
      this.#establish(this.#request, answer, maxPduLength);
    }
  }

  /** Requestor: the request that the transport will carry. */
  propose(request: AssociateRq): void {
    this.#request = request;
    this.upperLayer.associate(request);
  }

  pdvStart(header: PdvHeader): void {
    this.#assembler.pdvStart(header);
    this.upperLayer.messageOpen = true;
  }

  pdvBytes(bytes: Uint8Array): void {
    this.#assembler.pdvBytes(bytes);
  }

  pdvEnd(): void {
    this.#assembler.pdvEnd();
    this.upperLayer.messageOpen = this.#assembler.open;
  }

  releaseIndication(): void {
    this.#releaseAsked = true;
    // A requestor has nothing to finish: whatever it waits for will not come any more.
    if (this.role === 'requestor') this.upperLayer.respondRelease();
    this.#wakeUp();
  }

  associationEnded(end: AssociationEnd): void {
    this.#end = end;
    this.#idle.stop();
    const error = this.#overError();
    this.#wakeUp();
    this.#assembler.fail(error);
    this.#waits.fail(error);
    this.#resolveEnded(end);
  }

  #establish(request: AssociateRq, answer: AssociateAc, maxPduLength: number): void {
    this.#contexts = negotiatedContexts(request.presentationContexts, answer);
    // Announced as 0, any length is taken; what is sent keeps to the usual.
    const own = this.#maxPduLength || DEFAULT_MAX_PDU_LENGTH;
    this.#fragmentLength = fragmentLength(maxPduLength, own);
    this.#idle.start();
    this.#resolveEstablished({ request, answer });
  }

  #deliver(message: Message): void {
    this.#messages.push(message);
    this.#inflow.add(0);
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  async #send({ contextId, command, dataset }: OutgoingMessage): Promise<void> {
    const chunks = dataset && datasetChunks(dataset);
    let somethingSent = false;
    // Many small messages fill the way out as one long one does.
    const ready = this.upperLayer.readyToSend();
    if (ready) await this.#waits.wait(ready);
    try {
      // A source that can't even start is noticed before anything is sent, and the association lives on.
      let chunk = chunks && (await this.#nextChunk(chunks));
      somethingSent = true;
      const commandWriter = this.#fragmentWriter(contextId, true);
      await commandWriter.write(encodeCommandSet(command));
      commandWriter.end();
      if (chunks) {
        const writer = this.#fragmentWriter(contextId, false);
        while (chunk && chunk.done !== true) {
          await writer.write(chunk.value);
          chunk = await this.#nextChunk(chunks);
        }
        writer.end();
      }
      this.upperLayer.flush();
    } catch (error) {
      // Half a data set is on its way: only an abort keeps the peer from storing it.
      if (somethingSent && error instanceof DimseError) this.abort(error);
      // Not awaited: a source that has stalled would not end its loop either.
      chunks?.return().catch(() => undefined);
      throw error;
    }
  }

  async #nextChunk(
    chunks: AsyncGenerator<Uint8Array, void, undefined>,
  ): Promise<IteratorResult<Uint8Array, void>> {
    const { progressMs } = this.timers;
    let isLate: (error: DimseError) => void = () => undefined;
    const late = new Promise<never>((_, reject) => (isLate = reject));
    const next = Promise.race([chunks.next(), late]);
    return this.#waits.wait(next, progressMs, () => {
      const message = `The data set to send brought nothing for ${progressMs} ms.`;
      isLate(new DimseError('source-stalled', message));
    });
  }

  #fragmentWriter(contextId: number, isCommand: boolean): FragmentWriter {
    const channel = {
      sendData: (parts: readonly Uint8Array[]) => {
        this.#throwIfOver();
        this.upperLayer.sendData(parts);
      },
      readyToSend: () => {
        const ready = this.upperLayer.readyToSend();
        return ready && this.#waits.wait(ready);
      },
    };
    return new FragmentWriter(channel, {
      contextId,
      isCommand,
      fragmentLength: this.#fragmentLength,
    });
  }

  #endIdle(): void {
    if (this.role === 'requestor') {
      // Whether the peer agrees makes no difference: the association is over either way.
      this.release().catch(() => undefined);
      return;
    }
    const message = `The peer asked nothing for ${this.timers.idleMs} ms.`;
    this.abort(new DimseError('idle-timeout', message));
  }

  #overError(): DimseError {
    if (this.#end?.kind === 'failed') return this.#end.error;
    return new DimseError('association-released', 'The association was released.');
  }

  #throwIfOver(): void {
    if (this.#end) throw this.#overError();
  }

  #throwIfFailed(): void {
    if (this.#end?.kind === 'failed') throw this.#end.error;
  }
}
