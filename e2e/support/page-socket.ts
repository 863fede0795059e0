// The page's side of the protocol, for tests that need no browser.
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { PROTOCOL_VERSION } from '../../shared/protocol/limits.ts';
import type { ServerMessage } from '../../shared/protocol/messages.ts';
import { encodeFrameHeader, UPLOAD_MAGIC } from '../../shared/protocol/upload.ts';
import type { Bridge } from './bridge.ts';

export interface PageSocket {
  /** The messages about a request, its end last. */
  ask(
    message: Readonly<Record<string, unknown>>,
    onMessage?: (message: ServerMessage, requestId: string) => void,
  ): Promise<ServerMessage[]>;
  send(message: Readonly<Record<string, unknown>>): void;
  /** Stores instances at a peer, as a page does; the messages about it. */
  store(
    peer: string,
    instances: readonly UploadInstance[],
    transfer?: string,
  ): Promise<ServerMessage[]>;
  /** The newest message about what the bridge does by itself, or the next one, that is as wanted. */
  tasks(isWanted: (message: Tasks) => boolean): Promise<Tasks>;
  /** With the page's session and origin. */
  post(path: string, body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>): Promise<Response>;
  /** The same. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  close(): void;
}

export type Tasks = Extract<ServerMessage, { type: 'tasks' }>;

interface UploadInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly dataset: Uint8Array;
}

const ENDS = ['done', 'error', 'cancelled'];

/** Opens the bridge's link, as a browser would. */
export async function openPage(bridge: Bridge): Promise<PageSocket> {
  const { origin } = bridge;
  const token = new URL(bridge.link()).hash.replace('#token=', '');
  const session = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { Origin: origin },
    body: JSON.stringify({ token }),
  });
  const cookie = session.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  const headers = { Origin: origin, Cookie: cookie };
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/socket`, { headers });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let lastTasks: Tasks | undefined;
  const listeners = new Set<(message: ServerMessage) => void>();
  socket.on('message', (data: Buffer) => {
    // A cast: the bridge's messages are what other tests hold against the schemas.
    const message = JSON.parse(data.toString()) as ServerMessage;
    if (message.type === 'tasks') lastTasks = message;
    for (const listener of listeners) listener(message);
  });
  const send = (message: Readonly<Record<string, unknown>>): void =>
    socket.send(JSON.stringify(message));
  const page: PageSocket = {
    send,
    ask: (message, onMessage = () => undefined) =>
      new Promise((resolve) => {
        const requestId = randomUUID();
        const messages: ServerMessage[] = [];
        const listener = (received: ServerMessage): void => {
          if (!('requestId' in received) || received.requestId !== requestId) return;
          messages.push(received);
          onMessage(received, requestId);
          if (!ENDS.includes(received.type)) return;
          listeners.delete(listener);
          resolve(messages);
        };
        listeners.add(listener);
        send({ ...message, requestId });
      }),
    store: (peer, instances, transfer) => {
      const parts = instances.map(({ dataset, ...uids }, index) =>
        Buffer.concat([encodeFrameHeader({ ...uids, index, length: dataset.length }), dataset]),
      );
      const body = new Uint8Array(Buffer.concat([UPLOAD_MAGIC, ...parts]));
      const contexts = instances.map(({ sopClassUid, transferSyntaxUid }) => ({
        sopClassUid,
        transferSyntaxUid,
      }));
      const message = { type: 'store', peer, contexts, ...(transfer && { transfer }) };
      return page.ask(message, (received, requestId) => {
        if (received.type !== 'storeReady') return;
        void page.post(received.path, body).then(() => send({ type: 'finishStore', requestId }));
      });
    },
    tasks: (isWanted) =>
      new Promise((resolve) => {
        const look = (message: ServerMessage | undefined): void => {
          if (message?.type !== 'tasks' || !isWanted(message)) return;
          listeners.delete(look);
          resolve(message);
        };
        listeners.add(look);
        look(lastTasks);
      }),
    post: (path, body) => {
      // Not all types that this is checked against know `duplex`.
      const request = { method: 'POST', headers, body, duplex: 'half' as const };
      return fetch(`${origin}${path}`, request);
    },
    get: (path, more) =>
      fetch(`${origin}${path}`, {
        headers: { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin', ...more },
      }),
    close: () => socket.close(),
  };
  await page.ask({ type: 'hello', protocolVersion: PROTOCOL_VERSION });
  return page;
}
