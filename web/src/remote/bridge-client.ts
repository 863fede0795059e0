import type { ErrorCode } from '../../../shared/protocol/error-code.ts';
import { PROTOCOL_VERSION } from '../../../shared/protocol/limits.ts';
import {
  type ClientMessage,
  type DoneResult,
  type ServerMessage,
} from '../../../shared/protocol/messages.ts';
import { parseMessage } from './parse-message.ts';
import type { ListenerState, Settings } from '../../../shared/protocol/settings.ts';

/** A request that ended in an error. The message is for a person. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the screen shows of the connection. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | {
      readonly kind: 'connected';
      readonly bridgeVersion: string;
      readonly dicomListener: string | null;
      readonly isDicomExposed: boolean;
      readonly listeners: readonly ListenerState[];
    }
  | { readonly kind: 'offline' }
  /** No session: the page was not opened by the link that the bridge printed. */
  | { readonly kind: 'no-session' }
  /** The page is older or newer than the bridge. */
  | { readonly kind: 'wrong-version' };

export interface BridgeEvents {
  readonly onState: (state: ConnectionState) => void;
  readonly onSettings: (settings: Settings) => void;
  readonly onListeners: (listeners: readonly ListenerState[], isDicomExposed: boolean) => void;
  readonly onTasks: (tasks: Extract<ServerMessage, { type: 'tasks' }>) => void;
  /** Studies came into the archive, changed or went. */
  readonly onArchiveChanged: () => void;
}

/** Messages about a request that aren't its end. */
export type Progress = Extract<
  ServerMessage,
  {
    type:
      | 'storeReady'
      | 'storeResults'
      | 'rows'
      | 'retrieveWaiting'
      | 'retrieveProgress'
      | 'samplesProgress'
      | 'examineProgress';
  }
>;

interface PendingRequest {
  readonly onProgress: (message: Progress) => void;
  readonly resolve: (result: DoneResult) => void;
  readonly reject: (error: Error) => void;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A message to the bridge that begins a request; the client numbers it. */
export type Request = DistributiveOmit<
  Exclude<ClientMessage, { type: 'finishStore' | 'credit' | 'cancel' }>,
  'requestId'
>;

export interface RunningRequest {
  readonly requestId: string;
  /** Resolves or rejects exactly once: done, error, cancelled (an AbortError), or the connection broke. */
  readonly ended: Promise<DoneResult>;
}

const RECONNECT_MS = [500, 1000, 2000, 5000];

/** The page's connection to its bridge: one WebSocket, opened again when it breaks. */
export class BridgeClient {
  readonly #events: BridgeEvents;
  readonly #pending = new Map<string, PendingRequest>();
  #socket: WebSocket | undefined;
  #attempts = 0;
  #lastId = 0;

  constructor(events: BridgeEvents) {
    this.#events = events;
  }

  /** Exchanges a launch token for a session, where the page has one, and connects. */
  async start(launchToken: string | undefined): Promise<void> {
    if (launchToken !== undefined) {
      await fetch('/api/session', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ token: launchToken }),
      }).catch(() => undefined);
    }
    await this.#connect();
  }

  /** Begins a request. Rejects `ended` at once when there is no connection. */
  request(
    request: Request,
    onProgress: (message: Progress) => void = () => undefined,
  ): RunningRequest {
    const requestId = String(++this.#lastId);
    const ended = new Promise<DoneResult>((resolve, reject) => {
      if (this.#socket?.readyState !== WebSocket.OPEN) {
        reject(unreachable());
        return;
      }
      this.#pending.set(requestId, { onProgress, resolve, reject });
      this.#send({ ...request, requestId });
    });
    return { requestId, ended };
  }

  cancel(requestId: string): void {
    this.#send({ type: 'cancel', requestId });
  }

  finishStore(requestId: string): void {
    this.#send({ type: 'finishStore', requestId });
  }

  /** Takes so many more rows of a query. */
  credit(requestId: string, rows: number): void {
    this.#send({ type: 'credit', requestId, rows });
  }

  #send(message: ClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  async #connect(): Promise<void> {
    this.#events.onState({ kind: 'connecting' });
    if (!(await this.#hasSession())) return;
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/socket`);
    this.#socket = socket;
    socket.addEventListener('open', () => void this.#greet());
    socket.addEventListener('message', ({ data }) => {
      this.#receive(data);
    });
    socket.addEventListener('close', () => {
      this.#lose();
    });
  }

  /** A failed WebSocket handshake doesn't say why; a plain request does. */
  async #hasSession(): Promise<boolean> {
    try {
      const response = await fetch('/api/session');
      if (response.ok) return true;
      this.#events.onState({ kind: 'no-session' });
    } catch {
      this.#reconnectLater();
    }
    return false;
  }

  async #greet(): Promise<void> {
    try {
      const hello = { type: 'hello', protocolVersion: PROTOCOL_VERSION } as const;
      const result = await this.request(hello).ended;
      if (result.of !== 'hello') throw new BridgeError('bad-message', 'No answer to the greeting.');
      this.#attempts = 0;
      const { bridgeVersion, dicomListener, isDicomExposed, listeners } = result;
      const state = { bridgeVersion, dicomListener, isDicomExposed, listeners };
      this.#events.onSettings(result.settings);
      this.#events.onState({ kind: 'connected', ...state });
    } catch (error) {
      if (error instanceof BridgeError && error.code === 'protocol-version') {
        this.#events.onState({ kind: 'wrong-version' });
      } else {
        this.#socket?.close();
      }
    }
  }

  #receive(data: unknown): void {
    const message = parseMessage(data);
    if (!message) {
      this.#socket?.close(1002, 'bad message');
      return;
    }
    if (message.type === 'settingsChanged') {
      this.#events.onSettings(message.settings);
      return;
    }
    if (message.type === 'listenersChanged') {
      this.#events.onListeners(message.listeners, message.isDicomExposed);
      return;
    }
    if (message.type === 'tasks') {
      this.#events.onTasks(message);
      return;
    }
    if (message.type === 'archiveChanged') {
      this.#events.onArchiveChanged();
      return;
    }
    const pending = this.#pending.get(message.requestId);
    if (!pending) return;
    if (message.type === 'done' || message.type === 'error' || message.type === 'cancelled') {
      this.#pending.delete(message.requestId);
      end(pending, message);
    } else {
      pending.onProgress(message);
    }
  }

  #lose(): void {
    this.#socket = undefined;
    for (const { reject } of this.#pending.values()) reject(unreachable());
    this.#pending.clear();
    this.#reconnectLater();
  }

  #reconnectLater(): void {
    this.#events.onState({ kind: 'offline' });
    const wait = RECONNECT_MS[Math.min(this.#attempts++, RECONNECT_MS.length - 1)];
    setTimeout(() => void this.#connect(), wait);
  }
}

function end(
  { resolve, reject }: PendingRequest,
  message: Extract<ServerMessage, { type: 'done' | 'error' | 'cancelled' }>,
): void {
  if (message.type === 'done') resolve(message.result);
  else if (message.type === 'error') reject(new BridgeError(message.code, message.message));
  else reject(new DOMException('Cancelled', 'AbortError'));
}

const unreachable = () =>
  new BridgeError(
    'bridge-unreachable',
    'The connection to the bridge is broken. Is Gantry still running on this computer?',
  );
