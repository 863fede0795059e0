import type { DatabaseSync } from 'node:sqlite';
import type { ForwardRule } from '../../../shared/protocol/settings.ts';
import { transaction } from './task-database.ts';

/**
 * `new`: its study and modality aren't known yet; `held`: its study must be quiet first; `due`: it goes as soon as its peer
 * takes it; `failed`: it stays until somebody says what to do.
 */
type ForwardState = 'new' | 'held' | 'due' | 'failed';

/** An instance that a rule sends on. */
export interface Forward {
  readonly id: number;
  readonly rule: string;
  readonly peer: string;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly what: ForwardRule['what'];
  /** Empty: all. */
  readonly modalities: readonly string[];
  readonly attempts: number;
  /** Another one when the instance came anew. */
  readonly version: number;
}

/** What a rule sends of a study. */
export interface ForwardJob {
  readonly rule: string;
  readonly studyInstanceUid: string;
  readonly peer: string;
  /** That wait for their study to be quiet, or for their turn. */
  readonly queued: number;
  readonly failed: number;
  readonly sent: number;
  /** Of those that failed, and those that are to be tried again. */
  readonly reasons: readonly string[];
  /** When the next one is due; undefined when none is. */
  readonly dueMs: number | undefined;
}

/** What a job is known by. */
export type JobKey = Pick<ForwardJob, 'rule' | 'studyInstanceUid'>;

const MAX_REASONS = 5;

/** Instances on their way to peers by rules: none is lost by the end of the program, however that comes. */
export class ForwardQueue {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** One that is there already begins anew. */
  add(
    entries: readonly { readonly rule: ForwardRule; readonly sopInstanceUid: string }[],
    nowMs: number,
  ): void {
    const insert = this.#database.prepare(
      `INSERT INTO forwards (rule, peer, sopInstanceUid, what, quietMs, modalities, state, dueMs)
       VALUES (?, ?, ?, ?, ?, ?, 'new', ?)
       ON CONFLICT (rule, sopInstanceUid) DO UPDATE SET peer = excluded.peer, what = excluded.what,
         quietMs = excluded.quietMs, modalities = excluded.modalities, state = 'new', attempts = 0,
         dueMs = excluded.dueMs, reason = NULL, version = version + 1`,
    );
    transaction(this.#database, () => {
      for (const { rule, sopInstanceUid } of entries) {
        const { name, peer, what, quietSeconds, modalities = [] } = rule;
        const asJson = JSON.stringify(modalities);
        insert.run(name, peer, sopInstanceUid, what, quietSeconds * 1000, asJson, nowMs);
      }
    });
  }

  /** Those whose study isn't known yet. */
  fresh(limit: number): Forward[] {
    return this.#forwards(`state = 'new' ORDER BY id LIMIT ?`, limit);
  }

  get hasFresh(): boolean {
    return (
      this.#database.prepare(`SELECT 1 FROM forwards WHERE state = 'new' LIMIT 1`).get() !==
      undefined
    );
  }

  /** The study of an instance is known: it is due, or waits until its study is quiet. */
  place(placed: readonly { readonly forward: Forward; readonly studyInstanceUid: string }[]): void {
    const update = this.#database.prepare(
      `UPDATE forwards SET studyInstanceUid = ?, state = iif(what = 'study', 'held', 'due'),
         dueMs = dueMs + iif(what = 'study', quietMs, 0) WHERE id = ? AND version = ?`,
    );
    const note = this.#database.prepare(
      `INSERT INTO forwardJobs (rule, studyInstanceUid, peer, changedMs) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET peer = excluded.peer, changedMs = excluded.changedMs`,
    );
    transaction(this.#database, () => {
      for (const { forward, studyInstanceUid } of placed) {
        update.run(studyInstanceUid, forward.id, forward.version);
        note.run(forward.rule, studyInstanceUid, forward.peer, Date.now());
      }
    });
  }

  /** Takes instances out: they were sent, or aren't to be. What came anew meanwhile stays. */
  remove(forwards: readonly Forward[], wereSent: boolean): void {
    const remove = this.#database.prepare('DELETE FROM forwards WHERE id = ? AND version = ?');
    const count = this.#database.prepare(
      `UPDATE forwardJobs SET sent = sent + 1, changedMs = ? WHERE rule = ? AND studyInstanceUid = ?`,
    );
    transaction(this.#database, () => {
      for (const { id, version, rule, studyInstanceUid } of forwards) {
        remove.run(id, version);
        if (wereSent) count.run(Date.now(), rule, studyInstanceUid);
      }
    });
  }

  /** A study that has been quiet long enough. */
  quietStudy(nowMs: number): (JobKey & { readonly peer: string }) | undefined {
    const row = this.#database
      .prepare(
        `SELECT rule, studyInstanceUid, peer, max(dueMs) AS due FROM forwards WHERE state = 'held'
         GROUP BY rule, studyInstanceUid HAVING due <= ? LIMIT 1`,
      )
      .get(nowMs);
    return (
      row && {
        rule: String(row['rule']),
        studyInstanceUid: String(row['studyInstanceUid']),
        peer: String(row['peer']),
      }
    );
  }

  nextQuietMs(): number | undefined {
    const row = this.#database
      .prepare(
        `SELECT max(dueMs) AS due FROM forwards WHERE state = 'held'
         GROUP BY rule, studyInstanceUid ORDER BY due LIMIT 1`,
      )
      .get();
    return row && Number(row['due']);
  }

  /** All of a quiet study is due: what has come, and what was there before. */
  releaseStudy(
    { rule, studyInstanceUid, peer }: JobKey & { readonly peer: string },
    sopInstanceUids: readonly string[],
    nowMs: number,
  ): void {
    const release = this.#database.prepare(
      `UPDATE forwards SET state = 'due', dueMs = ?
       WHERE rule = ? AND studyInstanceUid = ? AND state = 'held'`,
    );
    const insert = this.#database.prepare(
      `INSERT INTO forwards (rule, peer, sopInstanceUid, studyInstanceUid, what, quietMs, modalities,
         state, dueMs) VALUES (?, ?, ?, ?, 'study', 0, '[]', 'due', ?) ON CONFLICT DO NOTHING`,
    );
    transaction(this.#database, () => {
      release.run(nowMs, rule, studyInstanceUid);
      for (const uid of sopInstanceUids) insert.run(rule, peer, uid, studyInstanceUid, nowMs);
    });
  }

  /** Those that may go to a peer now, of one job. */
  due(nowMs: number, isBusy: (peer: string) => boolean, limit: number): Forward[] {
    const rows = this.#database
      .prepare(
        `SELECT peer, min(id) AS id FROM forwards WHERE state = 'due' AND dueMs <= ?
         GROUP BY peer ORDER BY id`,
      )
      .all(nowMs);
    const row = rows.find((candidate) => !isBusy(String(candidate['peer'])));
    if (!row) return [];
    const [first] = this.#forwards('id = ?', Number(row['id']));
    if (!first) return [];
    return this.#forwards(
      `state = 'due' AND dueMs <= ? AND peer = ? AND rule = ? AND studyInstanceUid = ?
       ORDER BY id LIMIT ?`,
      ...[nowMs, first.peer, first.rule, first.studyInstanceUid, limit],
    );
  }

  nextDueMs(isBusy: (peer: string) => boolean): number | undefined {
    const rows = this.#database
      .prepare(
        `SELECT peer, min(dueMs) AS due FROM forwards WHERE state = 'due' GROUP BY peer ORDER BY due`,
      )
      .all();
    const row = rows.find((candidate) => !isBusy(String(candidate['peer'])));
    return row && Number(row['due']);
  }

  /** @param dueMs when it is tried again; undefined: it isn't */
  fail(forwards: readonly Forward[], reason: string, dueMs: number | undefined): void {
    const update = this.#database.prepare(
      `UPDATE forwards SET attempts = attempts + 1, reason = ?, state = ?, dueMs = coalesce(?, dueMs)
       WHERE id = ? AND version = ?`,
    );
    const state: ForwardState = dueMs === undefined ? 'failed' : 'due';
    transaction(this.#database, () => {
      for (const { id, version } of forwards) update.run(reason, state, dueMs ?? null, id, version);
    });
  }

  /** All of a job fails that has not gone yet. */
  failJob({ rule, studyInstanceUid }: JobKey, reason: string): void {
    this.#database
      .prepare(
        `UPDATE forwards SET state = 'failed', reason = coalesce(reason, ?)
         WHERE rule = ? AND studyInstanceUid = ? AND state = 'due'`,
      )
      .run(reason, rule, studyInstanceUid);
  }

  /** By hand: what has failed, or waits for its next try, is due at once. */
  retryJob({ rule, studyInstanceUid }: JobKey, nowMs: number): void {
    this.#database
      .prepare(
        `UPDATE forwards SET state = 'due', attempts = 0, dueMs = ?
         WHERE rule = ? AND studyInstanceUid = ? AND state IN ('failed', 'due')`,
      )
      .run(nowMs, rule, studyInstanceUid);
  }

  /** By hand: what hasn't gone yet doesn't go. */
  deleteJob({ rule, studyInstanceUid }: JobKey): void {
    transaction(this.#database, () => {
      for (const table of ['forwards', 'forwardJobs']) {
        this.#database
          .prepare(`DELETE FROM ${table} WHERE rule = ? AND studyInstanceUid = ?`)
          .run(rule, studyInstanceUid);
      }
    });
  }

  /** Forgets jobs that have been done for long. */
  forgetBefore(changedMs: number): void {
    this.#database
      .prepare(
        `DELETE FROM forwardJobs WHERE changedMs < ? AND NOT EXISTS (SELECT 1 FROM forwards
         WHERE forwards.rule = forwardJobs.rule
           AND forwards.studyInstanceUid = forwardJobs.studyInstanceUid)`,
      )
      .run(changedMs);
  }

  counts(): { readonly queued: number; readonly failed: number } {
    const row = this.#database
      .prepare(
        `SELECT count(*) AS count, coalesce(sum(state = 'failed'), 0) AS failed FROM forwards`,
      )
      .get();
    const failed = Number(row?.['failed']);
    return { queued: Number(row?.['count']) - failed, failed };
  }

  /** What changed last comes first; what isn't placed yet isn't among them. */
  jobs(limit: number): ForwardJob[] {
    const rows = this.#database
      .prepare(
        `SELECT rule, studyInstanceUid, peer, sent FROM forwardJobs ORDER BY changedMs DESC LIMIT ?`,
      )
      .all(limit);
    return rows.map((row) => {
      const key = { rule: String(row['rule']), studyInstanceUid: String(row['studyInstanceUid']) };
      const peer = String(row['peer']);
      return { ...key, peer, sent: Number(row['sent']), ...this.#stateOf(key) };
    });
  }

  #stateOf({ rule, studyInstanceUid }: JobKey) {
    const states = this.#database
      .prepare(
        `SELECT state = 'failed' AS hasFailed, count(*) AS count, min(dueMs) AS due FROM forwards
         WHERE rule = ? AND studyInstanceUid = ? GROUP BY hasFailed`,
      )
      .all(rule, studyInstanceUid);
    const reasons = this.#database
      .prepare(
        `SELECT DISTINCT reason FROM forwards
         WHERE rule = ? AND studyInstanceUid = ? AND reason IS NOT NULL LIMIT ?`,
      )
      .all(rule, studyInstanceUid, MAX_REASONS);
    const queued = states.find((row) => row['hasFailed'] === 0);
    const failed = states.find((row) => row['hasFailed'] === 1);
    return {
      queued: Number(queued?.['count'] ?? 0),
      failed: Number(failed?.['count'] ?? 0),
      dueMs: queued && Number(queued['due']),
      reasons: reasons.map((row) => String(row['reason'])),
    };
  }

  #forwards(where: string, ...values: (string | number)[]): Forward[] {
    return this.#database
      .prepare(
        `SELECT id, rule, peer, sopInstanceUid, studyInstanceUid, what, modalities, attempts, version
         FROM forwards WHERE ${where}`,
      )
      .all(...values)
      .map((row) => ({
        id: Number(row['id']),
        rule: String(row['rule']),
        peer: String(row['peer']),
        sopInstanceUid: String(row['sopInstanceUid']),
        studyInstanceUid: String(row['studyInstanceUid']),
        // Casts: what `add` has written.
        what: row['what'] as ForwardRule['what'],
        modalities: JSON.parse(String(row['modalities'])) as string[],
        attempts: Number(row['attempts']),
        version: Number(row['version']),
      }));
  }
}
