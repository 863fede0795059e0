import { isLoopbackHost } from '../../../shared/protocol/settings.ts';
import { ConfigurationError } from './configuration-error.ts';

/** Where to listen. Port 0 takes any free one. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Whether only programs on this computer can reach it. */
export const isLoopback = ({ host }: Endpoint): boolean => isLoopbackHost(host);

/**
 * As parseEndpoint, for what must not be reached from beyond this computer.
 * @throws ConfigurationError
 */
export function parseLoopbackEndpoint(text: string, what: string): Endpoint {
  const endpoint = parseEndpoint(text, what);
  if (isLoopback(endpoint)) return endpoint;
  throw new ConfigurationError(
    `${what}: "${endpoint.host}" is not on this computer. The page is served on loopback only, for example 127.0.0.1:${endpoint.port}.`,
  );
}

/**
 * Reads "HOST:PORT", "[IPV6]:PORT" or "PORT" (on loopback).
 * @param what the option, for the message
 * @throws ConfigurationError
 */
export function parseEndpoint(text: string, what: string): Endpoint {
  const match = /^(?:(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (!match || port > 65535) {
    throw new ConfigurationError(
      `${what}: "${text}" is not HOST:PORT, for example 127.0.0.1:8080.`,
    );
  }
  const named = match[1] ?? match[2] ?? '127.0.0.1';
  const host = named === 'localhost' ? '127.0.0.1' : named;
  return { host, port };
}

/** As it stands in a URL. */
export const formatEndpoint = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
