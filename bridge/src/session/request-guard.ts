import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopbackHost } from '../../../shared/protocol/settings.ts';

/** What a request may be refused for before anything else looks at it. */
export type Refusal =
  { readonly status: 403 | 421; readonly message: string } | { readonly redirect: string };

/**
 * Checks that a request is meant for this bridge and comes from its own page. A name that resolves to loopback
 * (DNS rebinding) fails by its Host, a foreign page by its Origin or by what the browser says of its fetch.
 */
export class RequestGuard {
  readonly #host: string;
  readonly #port: number;

  /** @param host as it stands in a URL, with the port that is really listened on */
  constructor(host: string, port: number) {
    this.#host = `${host}:${port}`;
    this.#port = port;
  }

  get origin(): string {
    return `http://${this.#host}`;
  }

  /** For every request. `localhost` is sent to the address, because cookies and origins differ between them. */
  checkHost(request: IncomingMessage): Refusal | undefined {
    const host = request.headers.host?.toLowerCase();
    if (host === this.#host) return undefined;
    if (host === `localhost:${this.#port}` && request.method === 'GET') {
      return { redirect: `${this.origin}${safePath(request.url)}` };
    }
    return { status: 421, message: 'This bridge is not known under that name.' };
  }

  /** For whatever changes something, and for WebSocket handshakes. */
  checkOrigin(request: IncomingMessage): Refusal | undefined {
    if (request.headers.origin === this.origin) return undefined;
    return { status: 403, message: 'Only the page of this bridge may do that.' };
  }

  /**
   * For what tells of the program and not of patients: programs of this computer, or whoever has the token. A page of
   * elsewhere is neither, though the browser is here, and neither is what a proxy passes on.
   */
  checkMonitoring(request: IncomingMessage, token: string | undefined): Refusal | undefined {
    const { headers, socket } = request;
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
    if (token !== undefined && bearer !== undefined && isEqual(bearer, token)) return undefined;
    const isHere = isLoopbackHost(socket.remoteAddress?.replace(/^::ffff:/, '') ?? '');
    const isPassedOn = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
    const site = headers['sec-fetch-site'];
    const isOwnPage = site === undefined || site === 'same-origin' || site === 'none';
    if (bearer === undefined && isHere && !isPassedOn && isOwnPage) return undefined;
    return {
      status: 403,
      message: 'Only programs of this computer, or with a token, may read that.',
    };
  }

  /** For GET of data: same-origin GETs carry no Origin. */
  checkFetchSite(request: IncomingMessage): Refusal | undefined {
    if (request.headers['sec-fetch-site'] === 'same-origin') return undefined;
    return { status: 403, message: 'Only the page of this bridge may read that.' };
  }
}

/** A path on this host and nothing else: "//elsewhere" would be an address. */
const safePath = (url: string | undefined) => `/${(url ?? '').replace(/^[/\\]+/, '')}`;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes as long however much is right. */
const isEqual = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
