import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { DimseErrorCode } from './dimse-error.ts';
import { DimseError, cancelled } from './dimse-error.ts';

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
}

/**
 * Opens the TCP connection.
 * @param connectMs includes the name lookup; 0: no limit
 * @throws DimseError host-unknown, connect-refused, connect-timeout, connect-failed, cancelled
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
  const socket = connect({ host, port });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const onConnect = (): void => resolve(socket);
  const onError = (error: Error): void => reject(connectError(target, error));
  const onAbort = (): void => reject(cancelled(signal?.reason));
  const timer =
    connectMs > 0 ? setTimeout(() => reject(tooSlow(target, connectMs)), connectMs) : undefined;
  socket.once('connect', onConnect).once('error', onError);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await promise;
  } catch (error) {
    // The lookup may still be under way and fail later, when nobody asks any more.
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off('connect', onConnect).off('error', onError);
    signal?.removeEventListener('abort', onAbort);
  }
}

function tooSlow({ host, port }: TransportTarget, connectMs: number): DimseError {
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
