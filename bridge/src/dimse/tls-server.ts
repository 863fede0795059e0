import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { DimseError } from './dimse-error.ts';
import { tlsWords } from './tls-error.ts';
import { serverTlsOptions, type ServerTls } from './tls-profile.ts';

export interface TlsServerEvents {
  /** The handshake is done, and the caller has the certificate that is wanted. */
  readonly onConnection: (socket: Socket) => void;
  /** There is no association; `words` say why. */
  readonly onFailure: (host: string, words: string) => void;
  /** Whether one more connection may begin its handshake. */
  readonly isFull: (handshakes: number) => boolean;
  /** The handshake has as long as a connection has for its A-ASSOCIATE-RQ; 0: no limit. */
  readonly handshakeMs: number;
}

/** How often the files are read again, for a certificate that was renewed: a minute. */
const RENEW_MS = 60_000;

/** Node takes no 0 for "no limit". */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * A TCP server whose connections come out of a TLS handshake.
 * @throws DimseError tls-failed: a file can't be read, or key and certificate don't fit
 */
export async function createTlsServer(
  tls: ServerTls,
  events: TlsServerEvents,
  renewMs = RENEW_MS,
): Promise<Server> {
  const options = await serverTlsOptions(tls);
  const handshakeTimeout = events.handshakeMs || LONGEST_MS;
  /** By address and port: the bare socket and the one of TLS are two objects. */
  const handshaking = new Set<string>();
  const server = makeServer({ ...options, handshakeTimeout });
  // `connection` is the bare socket: one that never says anything counts too.
  server.on('connection', (socket: Socket) => {
    if (events.isFull(handshaking.size)) {
      socket.destroy();
      return;
    }
    const name = nameOf(socket);
    handshaking.add(name);
    socket.once('close', () => handshaking.delete(name));
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    handshaking.delete(nameOf(socket));
    events.onConnection(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    // A certificate that isn't taken ends the socket; what was wrong with it stands here. A cast: Node has a code.
    const refused = socket.authorizationError as unknown as string | Error | null | undefined;
    const cause =
      typeof refused === 'string'
        ? Object.assign(new Error(refused), { code: refused })
        : (refused ?? error);
    events.onFailure(socket.remoteAddress ?? '', tlsWords(cause, 'caller'));
    socket.destroy();
  });
  const renewal = setInterval(() => void renew(server, tls), renewMs).unref();
  server.on('close', () => clearInterval(renewal));
  return server;
}

/** Files that are just being replaced may not fit together: what was read before stays then. */
async function renew(server: Server, tls: ServerTls): Promise<void> {
  try {
    server.setSecureContext(await serverTlsOptions(tls));
  } catch {
    // The next time finds them whole, or the certificate runs out, which callers see.
  }
}

const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

function makeServer(options: TlsOptions): Server {
  try {
    return createServer(options);
  } catch (cause) {
    throw new DimseError('tls-failed', `TLS can't be offered: ${tlsWords(cause, 'caller')}.`, {
      cause,
    });
  }
}
