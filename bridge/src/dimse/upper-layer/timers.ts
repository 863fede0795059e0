import { DimseError } from '../dimse-error.ts';

/** Milliseconds each; 0 turns a timer off. */
export interface AssociationTimers {
  /** From the start of the name lookup to the TCP connection. */
  readonly connectMs: number;
  /** PS3.8 section 9.1.4: a connection without A-ASSOCIATE-RQ, and one that the peer leaves open after its end. */
  readonly artimMs: number;
  /** From A-ASSOCIATE-RQ to its answer. */
  readonly associationReplyMs: number;
  /** From the last byte of a request to the first of its response, and from A-RELEASE-RQ to A-RELEASE-RP. */
  readonly dimseReplyMs: number;
  /** Between two messages of a peer that works on a C-MOVE or C-GET. */
  readonly retrieveReplyMs: number;
  /** An association over which nothing is asked: an acceptor aborts it, a requestor releases it. */
  readonly idleMs: number;
  /**
   * A transfer under way, in either direction, that moves nothing. Sending counts in steps of 256 KiB handed to the
   * operating system, so a peer that takes less than that within the time counts as stalled.
   */
  readonly progressMs: number;
  /** `progressMs` for what the peer sends, where it differs. */
  readonly readMs: number;
  /** `progressMs` for what the peer takes, where it differs. */
  readonly writeMs: number;
  /** How long a peer beyond the limit of associations waits for a place, where peers may wait. */
  readonly placeMs: number;
}

const DEFAULT_CONNECT_MS = 10_000;
const DEFAULT_ARTIM_MS = 30_000;
const DEFAULT_ASSOCIATION_REPLY_MS = 30_000;
/** Archives that write to tape or ask a database first were seen to take over a minute. */
const DEFAULT_DIMSE_REPLY_MS = 120_000;
/** Many peers say nothing before the last sub-operation, and some fetch from tape. */
const DEFAULT_RETRIEVE_REPLY_MS = 600_000;
const DEFAULT_IDLE_MS = 60_000;
const DEFAULT_PROGRESS_MS = 30_000;
/** Many a requestor gives up by then. */
const DEFAULT_PLACE_MS = 60_000;

/** What setTimeout takes; a longer time would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * @param settings what differs from the defaults
 * @throws DimseError invalid-configuration
 */
export function associationTimers(settings: Partial<AssociationTimers> = {}): AssociationTimers {
  const { progressMs = DEFAULT_PROGRESS_MS } = settings;
  const timers = {
    connectMs: DEFAULT_CONNECT_MS,
    artimMs: DEFAULT_ARTIM_MS,
    associationReplyMs: DEFAULT_ASSOCIATION_REPLY_MS,
    dimseReplyMs: DEFAULT_DIMSE_REPLY_MS,
    retrieveReplyMs: DEFAULT_RETRIEVE_REPLY_MS,
    idleMs: DEFAULT_IDLE_MS,
    progressMs,
    readMs: progressMs,
    writeMs: progressMs,
    placeMs: DEFAULT_PLACE_MS,
    ...settings,
  };
  for (const [name, value] of Object.entries(timers)) {
    if (Number.isInteger(value) && value >= 0 && value <= MAX_TIMER_MS) continue;
    const message = `The timer ${name} must be a whole number of milliseconds, 0 to turn it off.`;
    throw new DimseError('invalid-configuration', message);
  }
  return timers;
}

/** One timer that is started, restarted and stopped often: a restart with bytes that move costs no allocation. */
export class Timer {
  readonly #ms: number;
  readonly #fire: () => void;
  #handle: NodeJS.Timeout | undefined;

  /** @param ms 0: never fires */
  constructor(ms: number, fire: () => void) {
    this.#ms = ms;
    this.#fire = fire;
  }

  /** Starts, or starts anew. */
  start(): void {
    if (this.#ms === 0) return;
    if (this.#handle) {
      this.#handle.refresh();
      return;
    }
    this.#handle = setTimeout(() => {
      this.#handle = undefined;
      this.#fire();
    }, this.#ms);
  }

  stop(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }
}
