import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { listen, type Listener } from './listener.ts';
import { verificationScp } from './verification.ts';

const A_ABORT = 0x07;

let listener: Listener | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listener?.close(0);
});

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

it('lets so many connections wait, serves them in their order, and closes one more', async () => {
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    aeTitles: ['GANTRY'],
    services: [verificationScp],
    maxAssociations: 1,
    maxWaiting: 2,
  });
  const { port } = listener;
  const [served, gone, next] = [await open(port), await open(port), await open(port)];
  await expect.poll(() => listener?.waiting).toBe(2);
  await once((await open(port)).resume(), 'close');
  expect(listener.waiting).toBe(2);

  // One that breaks gives up its place.
  gone.resetAndDestroy();
  await expect.poll(() => listener?.waiting).toBe(1);

  // What it sends meanwhile is not heard before its turn.
  const answered = once(next, 'data');
  next.write('GET / HTTP/1.1\r\n\r\n');
  served.destroy();
  const [answer] = (await answered) as [Buffer];
  expect(answer[0]).toBe(A_ABORT);
  expect(listener.waiting).toBe(0);
});
