import type { Association } from './association.ts';
import { observed } from './association-observer.ts';
import { cancelled, DimseError, protocolViolation } from './dimse-error.ts';
import type { CommandSet } from './message/command-set.ts';
import type { Message } from './message/message-assembler.ts';
import type { AcceptedContext } from './negotiation.ts';
import type { OwnRequest, ScpPeer, ScpRequest, ScpResponse, ScpService } from './scp-service.ts';
import { sendResponse } from './send-response.ts';

/** PS3.7 annex C. */
const PROCESSING_FAILURE = 0x0110;
const UNRECOGNIZED_OPERATION = 0x0211;

/** One at a time was negotiated; a peer that hurries is served in its order, but not without a bound. */
const MAX_WAITING_REQUESTS = 32;

/** A failure of a handler, for the log of the program; the peer only learns 0110H. */
export type ReportFailure = (error: unknown, peer: ScpPeer) => void;

/**
 * Serves the requests of one accepted association until it ends. Handlers run one after another; C-CANCEL reaches
 * the running one at once.
 */
export class AssociationServer {
  readonly #association: Association;
  readonly #peer: ScpPeer;
  readonly #services: readonly ScpService[];
  readonly #reportFailure: ReportFailure;
  readonly #waiting = new Map<Message, AbortController>();
  /** Requests of ours, by Message ID. */
  readonly #asked = new Map<number, PromiseWithResolvers<Message>>();

  constructor(
    association: Association,
    peer: ScpPeer,
    services: readonly ScpService[],
    reportFailure: ReportFailure,
  ) {
    this.#association = association;
    this.#peer = peer;
    this.#services = services;
    this.#reportFailure = reportFailure;
  }

  /** Whether a request is being served. */
  get busy(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves when the association is over and no handler runs any more; never fails. */
  async run(): Promise<void> {
    let last: Promise<void> = Promise.resolve();
    try {
      for (;;) {
        const message = await this.#association.nextMessage();
        if (!message) break;
        if (message.name === 'C-CANCEL-RQ') this.#cancel(message);
        else if (message.isResponse) this.#answered(message);
        else last = this.#enqueue(message, last);
      }
      this.#fail(new DimseError('association-released', 'The peer released the association.'));
      await last;
      if (!this.#association.isOver) this.#association.upperLayer.respondRelease();
    } catch (error) {
      // The association has failed; its end is reported by whoever watches `ended`.
      this.#fail(error);
      await last;
    }
  }

  #enqueue(message: Message, before: Promise<void>): Promise<void> {
    if (this.#waiting.size >= MAX_WAITING_REQUESTS) {
      this.#association.abort(protocolViolation('requests without waiting for their responses'));
    }
    const controller = new AbortController();
    this.#waiting.set(message, controller);
    return before
      .then(() => this.#association.operation(undefined, () => this.#serve(message, controller)))
      .catch((error: unknown) => {
        // Without the association there is nobody to answer; with it, an answer that failed must not go unnoticed.
        if (!this.#association.isOver) this.#reportFailure(error, this.#peer);
      })
      .finally(() => {
        message.dataset?.discard();
        this.#waiting.delete(message);
      });
  }

  #cancel(cancel: Message): void {
    for (const [message, controller] of this.#waiting) {
      if (message.command.MessageID === cancel.command.MessageIDBeingRespondedTo) {
        controller.abort(cancelled());
      }
    }
  }

  #answered(message: Message): void {
    message.dataset?.discard();
    const asked = this.#asked.get(message.command.MessageIDBeingRespondedTo ?? 0);
    if (asked) asked.resolve(message);
    else
      this.#association.abort(protocolViolation(`${message.name} that answers nothing we asked`));
  }

  /** Whoever waits for the peer, or works for it, waits and works no longer. */
  #fail(error: unknown): void {
    for (const controller of this.#waiting.values()) controller.abort(error);
    for (const { reject } of this.#asked.values()) reject(error);
  }

  async #ask({ contextId, command, dataset }: OwnRequest): Promise<CommandSet> {
    const association = this.#association;
    const MessageID = association.nextMessageId();
    const answer = Promise.withResolvers<Message>();
    // The request may fail before anybody waits.
    answer.promise.catch(() => undefined);
    this.#asked.set(MessageID, answer);
    const tell = observed(association, 'scu', command.CommandField);
    let timer: NodeJS.Timeout | undefined;
    try {
      await association.send({
        contextId,
        command: { ...command, MessageID },
        ...(dataset && { dataset }),
      });
      const { dimseReplyMs } = association.timers;
      timer = setTimeout(() => {
        const message = `The peer did not answer within ${dimseReplyMs} ms.`;
        association.abort(new DimseError('reply-timeout', message));
      }, dimseReplyMs);
      const response = await answer.promise;
      tell(response.command.Status);
      return response.command;
    } finally {
      clearTimeout(timer);
      this.#asked.delete(MessageID);
      tell(undefined);
    }
  }

  async #serve(message: Message, controller: AbortController): Promise<void> {
    const context = this.#association.contexts.accepted.get(message.contextId);
    if (!context) return;
    const association = this.#association;
    const tell = observed(association, 'scp', message.command.CommandField);
    const { promise: answered, resolve } = Promise.withResolvers<undefined>();
    const askLater: ScpRequest['askLater'] = async (command, dataset) => {
      await answered;
      const request = { contextId: context.id, command, dataset };
      const response = await association.operation(undefined, () => this.#ask(request));
      return response.Status ?? 0;
    };
    try {
      const response = await this.#handle(message, context, controller.signal, askLater);
      await sendResponse(association, message, response);
      tell(response.status);
    } finally {
      tell(undefined);
      resolve(undefined);
    }
  }

  async #handle(
    message: Message,
    context: AcceptedContext,
    signal: AbortSignal,
    askLater: ScpRequest['askLater'],
  ): Promise<ScpResponse> {
    const { name, command, dataset } = message;
    const service = this.#services.find((candidate) =>
      candidate.transferSyntaxesFor(context.abstractSyntax, this.#peer.request),
    );
    if (!service?.requests.includes(name)) return { status: UNRECOGNIZED_OPERATION };
    const respondPending = (response: ScpResponse): Promise<void> =>
      sendResponse(this.#association, message, response);
    const ask = (own: OwnRequest): Promise<CommandSet> => this.#ask(own);
    const { accepted: contexts } = this.#association.contexts;
    const about = { peer: this.#peer, name, context, contexts, command, dataset, signal };
    const request = { ...about, respondPending, ask, ...(askLater && { askLater }) };
    try {
      return await service.handle(request);
    } catch (error) {
      if (!this.#association.isOver) this.#reportFailure(error, this.#peer);
      return { status: PROCESSING_FAILURE };
    }
  }
}
