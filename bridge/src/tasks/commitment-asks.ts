import type { DatabaseSync } from 'node:sqlite';
import type { CommitmentReference } from '../dimse/storage-commitment.ts';
import { transaction } from './task-database.ts';

/** `to-ask`: the peer hasn't taken the request yet; `asked`: its report is waited for. */
export type AskState = 'to-ask' | 'asked' | 'reported' | 'failed' | 'expired';

/** A request of Gantry's own. */
export interface Ask {
  readonly transactionUid: string;
  /** The transfer that has sent the instances: a name of the page's or of a forwarding job. */
  readonly transfer: string;
  readonly peer: string;
  readonly references: readonly CommitmentReference[];
  readonly state: AskState;
  readonly attempts: number;
  readonly askedMs: number;
}

/** An instance that a peer doesn't keep, and why, in words. */
export interface Refused {
  readonly sopInstanceUid: string;
  readonly reason: string;
}

/** What became of the instances of a transfer, all its requests together. */
export interface TransferCommitment {
  readonly transfer: string;
  readonly peer: string;
  readonly asked: number;
  readonly committed: number;
  readonly failed: number;
  /** Of which nothing is known yet. */
  readonly waiting: number;
  readonly refused: readonly Refused[];
  /** What keeps a request from being taken or reported, in words. */
  readonly problem: string | undefined;
}

/** Failed instances that are named: a list for a person. */
const MAX_REFUSED_NAMED = 20;

/** What Gantry has asked others to keep, and the marks of what they keep. */
export class CommitmentAsks {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Requests that have no end yet. */
  get waiting(): number {
    const sql = `SELECT count(*) AS count FROM commitmentAsks WHERE state IN ('to-ask', 'asked')`;
    return Number(this.#database.prepare(sql).get()?.['count']);
  }

  add(ask: Pick<Ask, 'transactionUid' | 'transfer' | 'peer' | 'references'>, nowMs: number): void {
    const { transactionUid, transfer, peer, references } = ask;
    this.#database
      .prepare(
        `INSERT INTO commitmentAsks (transactionUid, transfer, peer, asked, count, state, dueMs, askedMs)
         VALUES (?, ?, ?, ?, ?, 'to-ask', ?, ?)`,
      )
      .run(
        transactionUid,
        transfer,
        peer,
        JSON.stringify(references),
        references.length,
        nowMs,
        nowMs,
      );
  }

  find(transactionUid: string): Ask | undefined {
    const row = this.#database
      .prepare('SELECT * FROM commitmentAsks WHERE transactionUid = ?')
      .get(transactionUid);
    return row && askOf(row);
  }

  /** One that the peer is to be asked, or that has waited too long. */
  due(nowMs: number, isBusy: (peer: string) => boolean): Ask | undefined {
    const rows = this.#database
      .prepare(
        `SELECT transactionUid, peer FROM commitmentAsks WHERE state IN ('to-ask', 'asked') AND dueMs <= ?
         ORDER BY dueMs`,
      )
      .all(nowMs);
    const found = rows.find((row) => !isBusy(String(row['peer'])));
    return found && this.find(String(found['transactionUid']));
  }

  nextDueMs(isBusy: (peer: string) => boolean): number | undefined {
    const rows = this.#database
      .prepare(
        `SELECT peer, min(dueMs) AS due FROM commitmentAsks WHERE state IN ('to-ask', 'asked')
         GROUP BY peer ORDER BY due`,
      )
      .all();
    const found = rows.find((row) => !isBusy(String(row['peer'])));
    return found && Number(found['due']);
  }

  /** The peer has taken the request, unless the report has come already. @param dueMs when it is waited for no more */
  setAsked(transactionUid: string, dueMs: number): void {
    this.#database
      .prepare(
        `UPDATE commitmentAsks SET state = 'asked', problem = NULL, dueMs = ?
         WHERE transactionUid = ? AND state IN ('to-ask', 'asked')`,
      )
      .run(dueMs, transactionUid);
  }

  retryAt(transactionUid: string, dueMs: number, problem: string): void {
    this.#database
      .prepare(
        `UPDATE commitmentAsks SET attempts = attempts + 1, dueMs = ?, problem = ?
         WHERE transactionUid = ? AND state = 'to-ask'`,
      )
      .run(dueMs, problem, transactionUid);
  }

  /** Nothing more comes of it. */
  giveUp(transactionUid: string, state: 'failed' | 'expired', problem: string): void {
    this.#database
      .prepare(
        `UPDATE commitmentAsks SET state = ?, problem = ?
         WHERE transactionUid = ? AND state IN ('to-ask', 'asked')`,
      )
      .run(state, problem, transactionUid);
  }

  /**
   * The peer's report.
   * @param marks of the committed instances those that the archive has, with their studies
   */
  report(
    { transactionUid, peer }: Ask,
    committed: number,
    refused: readonly Refused[],
    marks: readonly { readonly sopInstanceUid: string; readonly studyInstanceUid: string }[],
  ): void {
    const update = this.#database.prepare(
      `UPDATE commitmentAsks SET state = 'reported', problem = NULL, committed = ?, failed = ?
       WHERE transactionUid = ?`,
    );
    const mark = this.#database.prepare('INSERT OR REPLACE INTO committed VALUES (?, ?, ?)');
    transaction(this.#database, () => {
      update.run(committed, JSON.stringify(refused), transactionUid);
      for (const { sopInstanceUid, studyInstanceUid } of marks) {
        mark.run(sopInstanceUid, studyInstanceUid, peer);
      }
    });
  }

  /** By transfer, the newest first. */
  transfers(limit: number): TransferCommitment[] {
    const rows = this.#database
      .prepare(
        `SELECT transfer FROM commitmentAsks GROUP BY transfer ORDER BY max(askedMs) DESC LIMIT ?`,
      )
      .all(limit);
    return rows.map((row) => this.#transfer(String(row['transfer'])));
  }

  #transfer(transfer: string): TransferCommitment {
    const rows = this.#database
      .prepare(
        `SELECT peer, count, committed, failed, state, problem FROM commitmentAsks
         WHERE transfer = ? ORDER BY askedMs`,
      )
      .all(transfer);
    const refused: Refused[] = [];
    const sum = { asked: 0, committed: 0, failed: 0, waiting: 0 };
    let problem: string | undefined;
    for (const row of rows) {
      const count = Number(row['count']);
      // A cast: what `report` has written.
      const named = JSON.parse(String(row['failed'])) as Refused[];
      sum.asked += count;
      sum.committed += Number(row['committed']);
      if (row['state'] === 'reported') sum.failed += named.length;
      else if (row['state'] === 'to-ask' || row['state'] === 'asked') sum.waiting += count;
      else sum.failed += count;
      refused.push(...named.slice(0, MAX_REFUSED_NAMED - refused.length));
      if (typeof row['problem'] === 'string') problem = row['problem'];
    }
    return { transfer, peer: String(rows[0]?.['peer'] ?? ''), ...sum, refused, problem };
  }

  /** Takes a transfer off the list. What is still waited for goes on to be waited for. */
  dismiss(transfer: string): void {
    this.#database
      .prepare(`DELETE FROM commitmentAsks WHERE transfer = ? AND state NOT IN ('to-ask', 'asked')`)
      .run(transfer);
  }

  forgetBefore(askedMs: number): void {
    this.#database
      .prepare(`DELETE FROM commitmentAsks WHERE state NOT IN ('to-ask', 'asked') AND askedMs < ?`)
      .run(askedMs);
  }

  /** Instances of the archive that others keep safely, by study. */
  marksOf(studyInstanceUid: string): { readonly count: number; readonly peers: readonly string[] } {
    const rows = this.#database
      .prepare(
        'SELECT peer, count(*) AS count FROM committed WHERE studyInstanceUid = ? GROUP BY peer',
      )
      .all(studyInstanceUid);
    return {
      count: rows.reduce((sum, row) => sum + Number(row['count']), 0),
      peers: rows.map((row) => String(row['peer'])).sort(),
    };
  }

  /** An instance came anew: what a peer keeps may be another one. */
  unmark(sopInstanceUid: string): void {
    this.#database.prepare('DELETE FROM committed WHERE sopInstanceUid = ?').run(sopInstanceUid);
  }
}

const askOf = (row: Record<string, unknown>): Ask => ({
  transactionUid: String(row['transactionUid']),
  transfer: String(row['transfer']),
  peer: String(row['peer']),
  // Casts: what `add` and the states of this class have written.
  references: JSON.parse(String(row['asked'])) as CommitmentReference[],
  state: row['state'] as AskState,
  attempts: Number(row['attempts']),
  askedMs: Number(row['askedMs']),
});
