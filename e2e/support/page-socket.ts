// The page's side of the protocol, for tests that need no browser.
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { PROTOCOL_VERSION } from '../../shared/protocol/limits.ts';
import type { ServerMessage } from '../../shared/protocol/messages.ts';
import type { Bridge } from './bridge.ts';

export interface PageSocket {
  /** The messages about a request, its end last. */
  ask(
    message: Readonly<Record<string, unknown>>,
    onMessage?: (message: ServerMessage, requestId: string) => void,
  ): Promise<ServerMessage[]>;
  send(message: Readonly<Record<string, unknown>>): void;
  /** With the page's session and origin. */
  post(path: string, body: Uint8Array<ArrayBuffer>): Promise<Response>;
  close(): void;
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
  const listeners = new Set<(message: ServerMessage) => void>();
  socket.on('message', (data: Buffer) => {
    // A cast: the bridge's messages are what other tests hold against the schemas.
    const message = JSON.parse(data.toString()) as ServerMessage;
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
    post: (path, body) => fetch(`${origin}${path}`, { method: 'POST', headers, body }),
    close: () => socket.close(),
  };
  await page.ask({ type: 'hello', protocolVersion: PROTOCOL_VERSION });
  return page;
}
