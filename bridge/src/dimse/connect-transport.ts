import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { DimseErrorCode } from './dimse-error.ts';
import { DimseError, cancelled } from './dimse-error.ts';
import { tlsFailure } from './tls-error.ts';
import { clientTlsOptions, type ClientTls } from './tls-profile.ts';

/** Errors of the operating system that a person can do something about. */
const CODES: Readonly<Record<string, { code: DimseErrorCode; words: string }>> = {
  ENOTFOUND: {
    code: 'host-unknown',
    words: 'the name of the host is not known: check its spelling',
  },
  EAI_AGAIN: { code: 'host-unknown', words: 'the name server does not answer' },
  ECONNREFUSED: {
    code: 'connect-refused',
    words: 'nothing listens there: check host and port, and whether the peer runs',
  },
  ETIMEDOUT: {
    code: 'connect-timeout',
    words: 'it does not answer: check the address and firewalls',
  },
  EHOSTUNREACH: { code: 'connect-failed', words: 'there is no route to the host' },
  ENETUNREACH: { code: 'connect-failed', words: 'there is no route to the network' },
};

export interface TransportTarget {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  /** Plain DICOM when it is missing. */
  readonly tls?: ClientTls;
}

/**
 * Opens the TCP connection, and makes it secure where that is set.
 * @param connectMs includes the name lookup and the handshake; 0: no limit
 * @throws DimseError host-unknown, connect-refused, connect-timeout, connect-failed, tls-failed, cancelled
 */
export async function connectTransport(
  target: TransportTarget,
  connectMs: number,
  signal?: AbortSignal,
): Promise<Socket> {
  const { host, port } = target;
  if (signal?.aborted) throw cancelled(signal.reason);
  if (!Number.isInteger(port) || port < 1 || port > 65535 || host === '') {
    throw new DimseError(
      'invalid-configuration',
      'A peer needs a host and a port from 1 to 65535.',
    );
  }
  const socket = await newSocket(target);
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  let isConnected = false;
  const onTcp = (): void => void (isConnected = true);
  const onReady = (): void => resolve(socket);
  const onError = (error: Error): void =>
    reject(isConnected ? tlsFailure(`${host}:${port}`, error) : connectError(target, error));
  const onAbort = (): void => reject(cancelled(signal?.reason));
  const timeOut = (): void => reject(tooSlow(target, connectMs, isConnected));
  const timer = connectMs > 0 ? setTimeout(timeOut, connectMs) : undefined;
  const ready = target.tls ? 'secureConnect' : 'connect';
  socket.once('connect', onTcp).once(ready, onReady).once('error', onError);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    return await promise;
  } catch (error) {
    // The lookup may still be under way and fail later, when nobody asks any more.
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off('connect', onTcp).off(ready, onReady).off('error', onError);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function newSocket({ host, port, tls }: TransportTarget): Promise<Socket> {
  if (!tls) return connect({ host, port });
  const options = await clientTlsOptions(tls, host);
  try {
    return connectTls({ host, port, ...options });
  } catch (cause) {
    throw tlsFailure(`${host}:${port}`, cause);
  }
}

function tooSlow({ host, port }: TransportTarget, connectMs: number, isConnected: boolean) {
  if (isConnected) {
    const message = `${host}:${port} took the connection, but no TLS handshake within ${connectMs} ms: does the peer speak TLS on this port?`;
    return new DimseError('tls-failed', message);
  }
  const message = `No connection to ${host}:${port} within ${connectMs} ms: check the address and firewalls.`;
  return new DimseError('connect-timeout', message);
}

function connectError({ host, port }: TransportTarget, cause: Error): DimseError {
  // A name with several addresses gives one error for each.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const system = first instanceof Error && 'code' in first ? String(first.code) : '';
  const { code, words } = CODES[system] ?? { code: 'connect-failed' as const, words: system };
  return new DimseError(code, `No connection to ${host}:${port}: ${words}.`, { cause });
}
