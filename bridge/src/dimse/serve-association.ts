import type { Association } from './association.ts';
import { observed } from './association-observer.ts';
import { DimseError, cancelled, protocolViolation } from './dimse-error.ts';
import type { CommandSet } from './message/command-set.ts';
import type { Message } from './message/message-assembler.ts';
import type { OutgoingDataset } from './message/outgoing-dataset.ts';
import type { AcceptedContext } from './negotiation.ts';
import type { ScpPeer, ScpRequest, ScpResponse, ScpService } from './scp-service.ts';
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
  /** What we have asked the peer, by Message ID. */
  readonly #asked = new Map<number, (status: number) => void>();

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
        else if (this.#isAnswer(message)) message.dataset?.discard();
        else last = this.#enqueue(message, last);
      }
      await last;
      if (!this.#association.isOver) this.#association.upperLayer.respondRelease();
    } catch (error) {
      // The association has failed; its end is reported by whoever watches `ended`.
      for (const controller of this.#waiting.values()) controller.abort(error);
      await last;
    }
  }

  #enqueue(message: Message, before: Promise<void>): Promise<void> {
    if (message.isResponse) {
      this.#association.abort(protocolViolation(`${message.name} that answers nothing we asked`));
    } else if (this.#waiting.size >= MAX_WAITING_REQUESTS) {
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

  #isAnswer({ isResponse, command }: Message): boolean {
    const answered = this.#asked.get(command.MessageIDBeingRespondedTo ?? 0);
    if (!isResponse || !answered) return false;
    answered(command.Status ?? 0);
    return true;
  }

  /** @throws DimseError what ended the association, reply-timeout */
  async #ask(contextId: number, command: CommandSet, dataset: OutgoingDataset): Promise<number> {
    const association = this.#association;
    const messageId = association.nextMessageId();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const { dimseReplyMs } = association.timers;
    const fail = (words: string): void => reject(new DimseError('reply-timeout', words));
    void association.ended.then(() => fail('The association ended without an answer.'));
    const tell = observed(association, 'scu', command.CommandField);
    this.#asked.set(messageId, resolve);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await association.operation(undefined, async () => {
        await association.send({
          contextId,
          command: { ...command, MessageID: messageId },
          dataset,
        });
        const late = `The peer did not answer within ${dimseReplyMs} ms.`;
        timer = setTimeout(() => fail(late), dimseReplyMs);
        const status = await promise;
        tell(status);
        return status;
      });
    } finally {
      clearTimeout(timer);
      this.#asked.delete(messageId);
      tell(undefined);
      promise.catch(() => undefined);
    }
  }

  async #serve(message: Message, controller: AbortController): Promise<void> {
    const context = this.#association.contexts.accepted.get(message.contextId);
    if (!context) return;
    const tell = observed(this.#association, 'scp', message.command.CommandField);
    const { promise: answered, resolve } = Promise.withResolvers<undefined>();
    const ask: ScpRequest['ask'] = async (command, dataset) => {
      await answered;
      return this.#ask(context.id, command, dataset);
    };
    try {
      const response = await this.#handle(message, context, controller.signal, ask);
      await sendResponse(this.#association, message, response);
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
    ask: ScpRequest['ask'],
  ): Promise<ScpResponse> {
    const { name, command, dataset } = message;
    const service = this.#services.find((candidate) =>
      candidate.transferSyntaxesFor(context.abstractSyntax, this.#peer.request),
    );
    if (!service?.requests.includes(name)) return { status: UNRECOGNIZED_OPERATION };
    const respondPending = (response: ScpResponse): Promise<void> =>
      sendResponse(this.#association, message, response);
    const asked = { peer: this.#peer, name, context, command, dataset, signal };
    const request = { ...asked, respondPending, ...(ask && { ask }) };
    try {
      return await service.handle(request);
    } catch (error) {
      if (!this.#association.isOver) this.#reportFailure(error, this.#peer);
      return { status: PROCESSING_FAILURE };
    }
  }
}
