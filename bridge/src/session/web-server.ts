import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import { MAX_MESSAGE_BYTES } from '../../../shared/protocol/limits.ts';
import { UploadFramingError } from '../../../shared/protocol/upload.ts';
import { formatEndpoint, type Endpoint } from '../configuration/endpoint.ts';
import type { InstanceLocation } from '../archive/store.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import { serveInstance } from './instance-files.ts';
import type { Gauges, Metrics } from './metrics.ts';
import { RequestGuard, type Refusal } from './request-guard.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { cookieName, type Sessions } from './sessions.ts';
import type { StaticFiles } from './static-files.ts';
import type { StoreTransfer } from './store-transfer.ts';

export interface WebServerOptions {
  readonly endpoint: Endpoint;
  readonly sessions: Sessions;
  readonly files: StaticFiles;
  readonly metrics: Metrics;
  readonly gauges: () => Promise<Gauges>;
  /** Undefined: metrics are for this computer alone. */
  readonly metricsToken: string | undefined;
  /** Of `GET /healthz`: any other status than ok is answered with 503. */
  readonly health: () => Readonly<Record<string, unknown>> & { readonly status: 'ok' | 'failed' };
  readonly onPage: (socket: WebSocket) => void;
  readonly findInstance: (sopInstanceUid: string) => Promise<InstanceLocation | undefined>;
  readonly findTransfer: (id: string) => StoreTransfer | undefined;
  /** A browser has used the link: the next one needs another. */
  readonly onSession: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** Longest body of a request for a session, in bytes. */
const MAX_SESSION_BODY = 1024;

/**
 * An upload that moves nothing for this long is ended: 10 minutes. While a peer takes its time an upload rests, so this
 * is longer than any timer of an association.
 */
const UPLOAD_IDLE_MS = 600_000;

const sessionRequestSchema = z.strictObject({ token: z.string().max(200) });

const INSTANCE_PATH = /^\/api\/instances\/([0-9.]{1,64})$/;

const BATCH_PATH = /^\/api\/transfers\/([0-9a-f-]{36})\/batches$/;

/** The page, its session, its WebSocket and its uploads, on one origin. */
export class WebServer {
  readonly #options: WebServerOptions;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  #guard = new RequestGuard('127.0.0.1', 0);

  constructor(options: WebServerOptions) {
    this.#options = options;
    // Uploads of hours are legitimate; each has a progress timer of its own.
    this.#server = createServer({ requestTimeout: 0 }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        this.#fail(response, error);
      });
    });
    this.#server.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head);
    });
  }

  get endpoint(): Endpoint {
    // A cast: a server that listens on TCP has an address of this form.
    const { port } = this.#server.address() as AddressInfo;
    return { host: this.#options.endpoint.host, port };
  }

  get url(): string {
    return this.#guard.origin;
  }

  /** Rejects when the port can't be had. */
  async open(): Promise<void> {
    const { host, port } = this.#options.endpoint;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const [name] = formatEndpoint({ host, port: 0 }).split(/:0$/);
    this.#guard = new RequestGuard(name ?? host, this.endpoint.port);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSecurityHeaders(response);
    const refusal = this.#guard.checkHost(request);
    if (refusal) {
      refuse(response, refusal);
      return;
    }
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path.startsWith('/api/')) {
      await this.#answerApi(path, request, response);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      respond(response, 405, 'Method not allowed.');
    } else if (path === '/healthz') {
      const health = this.#options.health();
      respondJson(response, health.status === 'ok' ? 200 : 503, health);
    } else if (path === '/metrics') {
      await this.#sendMetrics(request, response);
    } else if (!(await this.#options.files.serve(path, request, response))) {
      respond(response, 404, 'Not found.');
    }
  }

  async #sendMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#guard.checkMonitoring(request, this.#options.metricsToken);
    if (refusal) {
      refuse(response, refusal);
      return;
    }
    const text = this.#options.metrics.format(await this.#options.gauges());
    response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(text);
  }

  async #answerApi(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const isGet = request.method === 'GET';
    const refusal = isGet ? this.#guard.checkFetchSite(request) : this.#guard.checkOrigin(request);
    if (refusal) {
      refuse(response, refusal);
    } else if (path === '/api/session' && request.method === 'POST') {
      await this.#createSession(request, response);
    } else if (!this.#hasSession(request)) {
      respond(response, 401, 'No session: open Gantry by the link that the bridge printed.');
    } else if (path === '/api/session' && isGet) {
      response.writeHead(204).end();
    } else if (isGet) {
      await this.#sendInstance(path, request, response);
    } else {
      const id = request.method === 'POST' ? BATCH_PATH.exec(path)?.[1] : undefined;
      if (id === undefined) respond(response, 404, 'Not found.');
      else await this.#receiveBatch(id, request, response);
    }
  }

  #hasSession(request: IncomingMessage): boolean {
    const name = cookieName(this.endpoint.port);
    return this.#options.sessions.find(request.headers.cookie, name) !== undefined;
  }

  async #createSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, MAX_SESSION_BODY);
    const parsed = sessionRequestSchema.safeParse(parseJson(body));
    const session = parsed.success ? this.#options.sessions.exchange(parsed.data.token) : undefined;
    if (session === undefined) {
      respond(response, 401, 'The link was used before: the terminal shows another.');
      return;
    }
    const name = cookieName(this.endpoint.port);
    response.setHeader('Set-Cookie', `${name}=${session}; HttpOnly; SameSite=Strict; Path=/`);
    response.writeHead(204).end();
    this.#options.onSession();
  }

  async #sendInstance(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const uid = INSTANCE_PATH.exec(path)?.[1];
    const location = uid === undefined ? undefined : await this.#options.findInstance(uid);
    if (location) await serveInstance(location, request, response);
    else respond(response, 404, 'Not found.');
  }

  async #receiveBatch(
    id: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const transfer = this.#options.findTransfer(id);
    if (!transfer) {
      respond(response, 409, 'The transfer has ended.');
      return;
    }
    const { metrics } = this.#options;
    const stop = () => request.destroy();
    transfer.ended.addEventListener('abort', stop, { once: true });
    request.setTimeout(UPLOAD_IDLE_MS, stop);
    try {
      await transfer.receive(counted(request, (bytes) => metrics.countUploaded(bytes)));
      response.writeHead(204).end();
    } finally {
      transfer.ended.removeEventListener('abort', stop);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#guard.checkHost(request) ?? this.#guard.checkOrigin(request);
    socket.on('error', () => socket.destroy());
    if (refusal || request.url !== '/api/socket' || !this.#hasSession(request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, this.#options.onPage);
  }

  #fail(response: ServerResponse, error: unknown): void {
    const isExpected =
      error instanceof UploadFramingError || error instanceof DimseError || isDisconnect(error);
    if (!isExpected) this.#options.onFailure(error);
    if (response.headersSent || response.destroyed) response.destroy();
    else respond(response, isExpected ? 409 : 500, 'The request could not be finished.');
  }
}

/** The page went away, or its request was cancelled. */
const isDisconnect = (error: unknown) =>
  error instanceof Error &&
  (error.name === 'AbortError' || ('code' in error && String(error.code).startsWith('E')));

function refuse(response: ServerResponse, refusal: Refusal): void {
  if ('redirect' in refusal) response.writeHead(307, { Location: refusal.redirect }).end();
  else respond(response, refusal.status, refusal.message);
}

function respond(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  response.end(`${message}\n`);
}

function respondJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}

async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > limit) throw new UploadFramingError('The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function* counted(
  request: IncomingMessage,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of request as AsyncIterable<Buffer>) {
    count(chunk.byteLength);
    yield chunk;
  }
}
