import { MAX_ROWS_PER_MESSAGE } from '../../../shared/protocol/limits.ts';
import type { Row } from '../../../shared/protocol/messages.ts';
import type { RequestContext } from './page-connection.ts';

/** Rows wait this long for others, so that an answer of many isn't a message for each. */
const ROW_INTERVAL_MS = 50;

/** Collects rows into messages. */
export class RowBatches {
  readonly #send: (rows: Row[]) => void;
  #rows: Row[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (rows: Row[]) => void) {
    this.#send = send;
  }

  add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length >= MAX_ROWS_PER_MESSAGE) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), ROW_INTERVAL_MS);
  }

  /** Sends what waits: before a request ends. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = this.#rows;
    this.#rows = [];
    if (rows.length > 0) this.#send(rows);
  }
}

/**
 * Sends what a peer finds against the page's credits: without them no more is taken from the peer.
 * @returns how many there were
 */
export async function streamMatches(
  matches: AsyncIterable<Row>,
  granted: number,
  { requestId, signal, send, credits }: RequestContext,
): Promise<number> {
  const batches = new RowBatches((rows) => send({ type: 'rows', requestId, rows }));
  credits.add(granted);
  let count = 0;
  try {
    for await (const match of matches) {
      await credits.take(signal);
      batches.add(plainKeywords(match));
      count++;
    }
  } finally {
    batches.flush();
  }
  return count;
}

const plainKeywords = (match: Row): Row =>
  Object.fromEntries(Object.entries(match).filter(([keyword]) => /^[A-Za-z0-9]+$/.test(keyword)));
