import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The cookie's name. Cookies don't know ports, so the port is part of it: two bridges don't log each other out. */
export const cookieName = (port: number): string => `gantry-${port}`;

const secret = () => randomBytes(32).toString('base64url');

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Compares without telling by time how much was right. */
const equals = (a: string, b: string) => timingSafeEqual(digest(a), digest(b));

/**
 * Who may use the bridge: browsers that were opened by the link that it printed. A link's token is good for one
 * exchange, because the command line that opens a browser can be read by other users of the machine.
 */
export class Sessions {
  readonly #sessions = new Set<string>();
  #launchToken = secret();

  /** The token of the next link. */
  get launchToken(): string {
    return this.#launchToken;
  }

  /** Exchanges a launch token for a session's secret; undefined when it is not the one of the last link. */
  exchange(token: string): string | undefined {
    if (!equals(token, this.#launchToken)) return undefined;
    this.#launchToken = secret();
    const session = secret();
    this.#sessions.add(digest(session).toString('base64url'));
    return session;
  }

  /** Whether a request's Cookie header has a session of this bridge. */
  find(cookieHeader: string | undefined, name: string): string | undefined {
    for (const pair of cookieHeader?.split(';') ?? []) {
      const [key, value] = pair.trim().split('=', 2);
      if (key !== name || value === undefined) continue;
      const id = digest(value).toString('base64url');
      if (this.#sessions.has(id)) return id;
    }
    return undefined;
  }
}
