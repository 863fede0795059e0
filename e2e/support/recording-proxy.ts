// Between the browser and the bridge: keeps every byte that the page sends by HTTP, bodies streamed from disk included,
// which the browser's own instruments don't show.
import { createServer, request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

export interface RecordingProxy {
  readonly server: string;
  /** Request lines, headers and bodies so far. */
  recorded(): Buffer;
  stop(): Promise<void>;
}

export async function startRecordingProxy(): Promise<RecordingProxy> {
  const chunks: Buffer[] = [];
  const server = createServer((incoming, response) => {
    const { method, url, headers } = incoming;
    chunks.push(Buffer.from(`${method ?? ''} ${url ?? ''}\n${JSON.stringify(headers)}\n`));
    const outgoing = request(url ?? '', { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.pipe(outgoing);
  });
  // WebSockets come as tunnels. Their frames are masked: the browser's own instrument shows them.
  server.on('connect', ({ url }, socket, head) => {
    const [host, port] = (url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server: `http://127.0.0.1:${port}`,
    recorded: () => Buffer.concat(chunks),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
