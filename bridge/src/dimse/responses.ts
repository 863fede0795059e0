// Operations with several responses: C-FIND, C-MOVE, C-GET (PS3.7 sections 9.1.2 to 9.1.4 and 9.3.2 to 9.3.4).
import type { Association, OutgoingMessage } from './association.ts';
import { observed } from './association-observer.ts';
import { DimseError, cancelled, protocolViolation } from './dimse-error.ts';
import { NO_DATA_SET } from './message/command-set.ts';
import type { Message } from './message/message-assembler.ts';
import type { MessageName } from './message/message-types.ts';
import { COMMAND_FIELD } from './message/message-types.ts';

/** How long a peer may take to end what was cancelled, milliseconds. */
export const DEFAULT_CANCEL_REPLY_MS = 10_000;

/** PS3.7 section C.1.3. */
const PENDING: readonly (number | undefined)[] = [0xff00, 0xff01];

/** Whether more responses follow. */
export const isPending = ({ command }: Message): boolean => PENDING.includes(command.Status);

export interface ResponsesOptions {
  readonly responseName: MessageName;
  /** Between two messages of the peer, milliseconds; 0: no limit. */
  readonly replyMs: number;
  /** From C-CANCEL to the final response, milliseconds; later the association is aborted. */
  readonly cancelReplyMs: number;
  /** Sends C-CANCEL; the final response comes nevertheless. */
  readonly signal: AbortSignal | undefined;
  /** Serves a request that the peer makes meanwhile; without it any is against the protocol. */
  readonly serve?: (request: Message) => Promise<void>;
}

/**
 * Sends a request and gives each response as it comes; the last one is not pending. Not asking for the next one slows
 * the peer down. After a cancellation pending responses are dropped; leaving the loop early cancels as well and
 * waits for the final response. What is left of a data set when the next response is asked for is dropped.
 * @throws DimseError what ended the association; cancelled when the peer doesn't end within `cancelReplyMs`
 */
export async function* responses(
  association: Association,
  request: OutgoingMessage,
  options: ResponsesOptions,
): AsyncGenerator<Message, void, undefined> {
  const { signal } = options;
  if (signal?.aborted) throw cancelled(signal.reason);
  const endOperation = association.beginOperation();
  const tell = observed(association, 'scu', request.command.CommandField);
  const running = new RunningRequest(association, request, options, tell);
  const onAbort = (): void => running.cancel(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await association.send(request);
    while (running.isOpen) {
      const response = await running.nextResponse();
      const isWanted = !isPending(response) || !running.isCancelled;
      try {
        if (isWanted) yield response;
      } finally {
        response.dataset?.discard();
      }
    }
  } finally {
    await running.end();
    tell(undefined);
    signal?.removeEventListener('abort', onAbort);
    endOperation();
  }
}

/** A request until its final response. */
class RunningRequest {
  readonly #association: Association;
  readonly #request: OutgoingMessage;
  readonly #options: ResponsesOptions;
  readonly #tell: (status: number | undefined) => void;
  #deadline: NodeJS.Timeout | undefined;
  isOpen = true;
  isCancelled = false;

  /** @param tell is told the final status */
  constructor(
    association: Association,
    request: OutgoingMessage,
    options: ResponsesOptions,
    tell: (status: number | undefined) => void,
  ) {
    this.#tell = tell;
    this.#association = association;
    this.#request = request;
    this.#options = options;
  }

  /** Asks the peer to end. It answers with a final response (PS3.7 section 9.3.2.3), or too late. */
  cancel(reason?: unknown): void {
    if (this.isCancelled || !this.isOpen) return;
    this.isCancelled = true;
    const { contextId, command } = this.#request;
    const cancel = {
      CommandField: COMMAND_FIELD['C-CANCEL-RQ'],
      ...(command.MessageID !== undefined && { MessageIDBeingRespondedTo: command.MessageID }),
      CommandDataSetType: NO_DATA_SET,
    };
    this.#deadline = setTimeout(
      () => this.#association.abort(cancelled(reason)),
      this.#options.cancelReplyMs,
    );
    // An association that has ended meanwhile is noticed by whoever waits for the response.
    this.#association.send({ contextId, command: cancel }).catch(() => undefined);
  }

  /** @throws DimseError what ended the association */
  async nextResponse(): Promise<Message> {
    for (;;) {
      const message = await this.#association.nextMessage(this.#options.replyMs);
      if (!message) {
        const words = 'The peer released the association instead of answering.';
        throw new DimseError('association-released', words);
      }
      if (!message.isResponse && this.#options.serve) {
        await this.#options.serve(message);
        continue;
      }
      if (!this.#isOurs(message)) {
        const error = protocolViolation(`${message.name} that answers nothing we asked`);
        this.#association.abort(error);
        throw error;
      }
      this.isOpen = isPending(message);
      if (!this.isOpen) this.#tell(message.command.Status);
      return message;
    }
  }

  /** Leaves the association ready for another request, or over. */
  async end(): Promise<void> {
    try {
      while (this.isOpen && !this.#association.isOver) {
        this.cancel();
        const response = await this.nextResponse();
        response.dataset?.discard();
      }
    } catch {
      // The association is over; whoever left the loop early has a reason of its own.
    } finally {
      this.isOpen = false;
      clearTimeout(this.#deadline);
    }
  }

  #isOurs({ name, command }: Message): boolean {
    return (
      name === this.#options.responseName &&
      command.MessageIDBeingRespondedTo === this.#request.command.MessageID
    );
  }
}
