import type { WebSocket } from 'ws';
import type { ErrorCode } from '../../../shared/protocol/error-code.ts';
import { MAX_REQUESTS, PROTOCOL_VERSION } from '../../../shared/protocol/limits.ts';
import {
  clientMessageSchema,
  type ClientMessage,
  type DoneResult,
  type ServerMessage,
} from '../../../shared/protocol/messages.ts';
import { ArchiveError } from '../archive/archive-error.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import { Credits } from './credits.ts';
import { RequestError } from './request-error.ts';
import { protocolCode } from './store-transfer.ts';

/** A request under way. */
export interface RequestContext {
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly send: (message: ServerMessage) => void;
  /** Resolves when the page says that no more batches come. */
  readonly finished: Promise<void>;
  /** Rows that the page is ready to take. */
  readonly credits: Credits;
}

/** Does what a message asks; its result is the request's end. */
export type HandleRequest = (
  message: ClientMessage,
  context: RequestContext,
) => Promise<DoneResult>;

interface Running {
  readonly abort: AbortController;
  readonly finish: () => void;
  readonly credits: Credits;
}

/**
 * One page's WebSocket: validates messages, runs requests, and gives each exactly one end. When the connection
 * closes, everything that it asked for is cancelled.
 */
export class PageConnection {
  readonly #socket: WebSocket;
  readonly #handle: HandleRequest;
  readonly #onFailure: (error: unknown) => void;
  readonly #running = new Map<string, Running>();
  #hasGreeted = false;

  constructor(socket: WebSocket, handle: HandleRequest, onFailure: (error: unknown) => void) {
    this.#socket = socket;
    this.#handle = handle;
    this.#onFailure = onFailure;
    socket.on('message', (data: Buffer, isBinary) => {
      this.#receive(isBinary ? undefined : data.toString('utf8'));
    });
    socket.on('error', (error) => this.#onFailure(error));
    socket.on('close', () => {
      for (const { abort } of this.#running.values()) abort.abort();
    });
  }

  send(message: ServerMessage): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #receive(text: string | undefined): void {
    const message = parseMessage(text);
    if (!message) {
      this.#onFailure(new RequestError('bad-message', 'Not a message of the protocol.'));
      this.#socket.close(1002, 'bad message');
      return;
    }
    const { requestId } = message;
    if (message.type === 'cancel') {
      this.#running.get(requestId)?.abort.abort();
    } else if (message.type === 'credit') {
      this.#running.get(requestId)?.credits.add(message.rows);
    } else if (message.type === 'finishStore') {
      this.#running.get(requestId)?.finish();
    } else if (message.type === 'hello' && message.protocolVersion !== PROTOCOL_VERSION) {
      const text = `The page speaks version ${message.protocolVersion}, the bridge ${PROTOCOL_VERSION}: reload the page.`;
      this.#fail(requestId, 'protocol-version', text);
    } else if (message.type !== 'hello' && !this.#hasGreeted) {
      this.#fail(requestId, 'protocol-version', 'The page did not say its version first.');
    } else if (this.#running.has(requestId)) {
      this.#fail(requestId, 'duplicate-request', 'A request with this number is under way.');
    } else if (this.#running.size >= MAX_REQUESTS) {
      this.#fail(requestId, 'too-many-requests', `${MAX_REQUESTS} requests are under way.`);
    } else {
      if (message.type === 'hello') this.#hasGreeted = true;
      void this.#run(message);
    }
  }

  async #run(message: ClientMessage): Promise<void> {
    const { requestId } = message;
    const abort = new AbortController();
    const { promise: finished, resolve: finish } = Promise.withResolvers<undefined>();
    const credits = new Credits();
    this.#running.set(requestId, { abort, credits, finish: () => finish(undefined) });
    const send = (progress: ServerMessage) => this.send(progress);
    try {
      const context = { requestId, signal: abort.signal, send, finished, credits };
      const result = await this.#handle(message, context);
      this.send({ type: 'done', requestId, result });
    } catch (error) {
      if (abort.signal.aborted) this.send({ type: 'cancelled', requestId });
      else this.#report(requestId, error);
    } finally {
      this.#running.delete(requestId);
    }
  }

  #report(requestId: string, error: unknown): void {
    if (error instanceof DimseError) this.#fail(requestId, protocolCode(error.code), error.message);
    else if (error instanceof RequestError) this.#fail(requestId, error.code, error.message);
    else if (error instanceof ArchiveError) this.#fail(requestId, 'archive-failed', error.message);
    else {
      this.#onFailure(error);
      this.#fail(requestId, 'internal', 'The bridge failed; its log says more.');
    }
  }

  #fail(requestId: string, code: ErrorCode, message: string): void {
    this.send({ type: 'error', requestId, code, message });
  }
}

function parseMessage(text: string | undefined): ClientMessage | undefined {
  if (text === undefined) return undefined;
  try {
    return clientMessageSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
