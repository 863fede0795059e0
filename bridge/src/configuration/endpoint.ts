import { ConfigurationError } from './configuration-error.ts';

/** Where to listen. Port 0 takes any free one. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;

/**
 * Reads "HOST:PORT", "[IPV6]:PORT" or "PORT". Only loopback is taken: what listens beyond it needs TLS and users.
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
  if (!LOOPBACK.test(host)) {
    throw new ConfigurationError(
      `${what}: "${named}" is not on this computer. Gantry listens on loopback only, for example 127.0.0.1:${port}.`,
    );
  }
  return { host, port };
}

/** As it stands in a URL. */
export const formatEndpoint = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
