import type { DatabaseSync } from 'node:sqlite';
import type {
  CommitmentReference,
  CommitmentRequest,
  FailedReference,
} from '../dimse/storage-commitment.ts';

/** A request of a peer, until its report was taken. */
export interface OpenRequest extends CommitmentRequest {
  readonly id: number;
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  /** Undefined until the files were looked at. */
  readonly failed: readonly FailedReference[] | undefined;
  /** Reports that didn't reach the peer. */
  readonly attempts: number;
}

/** Requests that are open at a time; one more is refused. */
const MAX_OPEN = 1000;

/** What others have asked Gantry to keep. */
export class CommitmentRequests {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get open(): number {
    const sql = `SELECT count(*) AS count FROM commitmentRequests WHERE state = 'open'`;
    return Number(this.#database.prepare(sql).get()?.['count']);
  }

  get isFull(): boolean {
    return this.open >= MAX_OPEN;
  }

  /** The instances that a peer has named under this transaction; undefined when it has not had it. */
  known(
    callingAeTitle: string,
    transactionUid: string,
  ): readonly CommitmentReference[] | undefined {
    const row = this.#database
      .prepare(
        `SELECT requested FROM commitmentRequests WHERE transactionUid = ? AND callingAeTitle = ?
         ORDER BY id LIMIT 1`,
      )
      .get(transactionUid, callingAeTitle);
    return row && (JSON.parse(String(row['requested'])) as CommitmentReference[]);
  }

  /**
   * @param failed where it is known beforehand
   * @returns its id
   */
  add(
    from: Pick<OpenRequest, 'callingAeTitle' | 'calledAeTitle'>,
    { transactionUid, references }: CommitmentRequest,
    nowMs: number,
    failed?: readonly FailedReference[],
  ): number {
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO commitmentRequests (callingAeTitle, calledAeTitle, transactionUid, requested, failed,
           state, dueMs, receivedMs) VALUES (?, ?, ?, ?, ?, 'open', ?, ?)`,
      )
      .run(
        from.callingAeTitle,
        from.calledAeTitle,
        transactionUid,
        JSON.stringify(references),
        failed ? JSON.stringify(failed) : null,
        nowMs,
        nowMs,
      );
    return Number(lastInsertRowid);
  }

  /** The one that has been due longest, of those that aren't under way. */
  due(nowMs: number, isBusy: (callingAeTitle: string) => boolean): OpenRequest | undefined {
    const rows = this.#database
      .prepare(
        `SELECT id, callingAeTitle FROM commitmentRequests WHERE state = 'open' AND dueMs <= ?
         ORDER BY dueMs, id`,
      )
      .all(nowMs);
    const found = rows.find((row) => !isBusy(String(row['callingAeTitle'])));
    return found && this.#load(Number(found['id']));
  }

  nextDueMs(isBusy: (callingAeTitle: string) => boolean): number | undefined {
    const rows = this.#database
      .prepare(
        `SELECT callingAeTitle, min(dueMs) AS due FROM commitmentRequests WHERE state = 'open'
         GROUP BY callingAeTitle ORDER BY due`,
      )
      .all();
    const found = rows.find((row) => !isBusy(String(row['callingAeTitle'])));
    return found && Number(found['due']);
  }

  setFailed(id: number, failed: readonly FailedReference[]): void {
    this.#database
      .prepare('UPDATE commitmentRequests SET failed = ? WHERE id = ?')
      .run(JSON.stringify(failed), id);
  }

  /** The report didn't reach the peer. */
  retryAt(id: number, dueMs: number): void {
    this.#database
      .prepare('UPDATE commitmentRequests SET attempts = attempts + 1, dueMs = ? WHERE id = ?')
      .run(dueMs, id);
  }

  /** Reports that didn't reach a peer are tried again at once, once more than they would be. */
  retryAllAt(nowMs: number): void {
    this.#database
      .prepare(
        `UPDATE commitmentRequests SET dueMs = ?, attempts = max(attempts - 1, 0)
         WHERE state = 'open' AND dueMs > ?`,
      )
      .run(nowMs, nowMs);
  }

  end(id: number, state: 'reported' | 'given-up'): void {
    this.#database.prepare('UPDATE commitmentRequests SET state = ? WHERE id = ?').run(state, id);
  }

  /** Forgets what ended long ago: its transaction is no duplicate any more. */
  forgetBefore(receivedMs: number): void {
    this.#database
      .prepare(`DELETE FROM commitmentRequests WHERE state <> 'open' AND receivedMs < ?`)
      .run(receivedMs);
  }

  #load(id: number): OpenRequest | undefined {
    const row = this.#database.prepare('SELECT * FROM commitmentRequests WHERE id = ?').get(id);
    if (!row) return undefined;
    const failed = row['failed'];
    return {
      id,
      callingAeTitle: String(row['callingAeTitle']),
      calledAeTitle: String(row['calledAeTitle']),
      transactionUid: String(row['transactionUid']),
      // Casts: what `add` and `setFailed` have written.
      references: JSON.parse(String(row['requested'])) as CommitmentReference[],
      failed: typeof failed === 'string' ? (JSON.parse(failed) as FailedReference[]) : undefined,
      attempts: Number(row['attempts']),
    };
  }
}
