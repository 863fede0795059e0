import { randomBytes } from 'node:crypto';
import { uuidDerivedUid } from '../../../shared/dicom/uids.ts';
import type { FoundInstance } from '../archive/store.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import type { ReportReceipt } from '../dimse/commitment-scp.ts';
import { askForCommitment } from '../dimse/commitment-scu.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import { failureWords } from '../dimse/storage-commitment.ts';
import type { CommitmentReference, CommitmentReport } from '../dimse/storage-commitment.ts';
import type { Ask, CommitmentAsks } from '../tasks/commitment-asks.ts';
import { retryDelayMs, TaskRunner } from '../tasks/task-runner.ts';

/** Instances of one request: as many as any peer takes in a data set. */
const MAX_REFERENCES = 2000;

/** Instances of which the archive is asked at a time. */
const FIND_AT_ONCE = 500;

/** Results so old are forgotten; what was marked stays marked. */
const KEEP_MS = 30 * 24 * 3_600_000;

const DAY_MS = 24 * 3_600_000;

/** Statuses of a peer that is busy or in trouble: it is asked again (PS3.7 annex C). */
const PASSING = new Set<number | undefined>([0x0110, 0x0213]);

export interface CommitmentResultOptions {
  readonly asks: CommitmentAsks;
  readonly find: (sopInstanceUids: readonly string[]) => Promise<readonly FoundInstance[]>;
  /** Where a configured peer is; undefined when there is none of this name. */
  readonly addressOf: (
    peer: string,
  ) => { readonly peer: PeerAddress; readonly association: AssociationOptions } | undefined;
  /** How long an association stays for the report. */
  readonly waitMs: number;
  /** How long a report is waited for at all. */
  readonly expireMs: number;
  /** From a request that the peer didn't take to the next: twice this, four times, and so on. */
  readonly retryUnitMs: number;
  readonly onFault: (error: unknown) => void;
  /** Something is known that was not; marks say that studies of the archive look different. */
  readonly onChange: (hasMarks: boolean) => void;
}

/** Storage commitment as SCU: asks peers to keep what was sent to them, and takes their reports whenever they come. */
export class CommitmentResults {
  readonly #options: CommitmentResultOptions;
  readonly #runner: TaskRunner;

  constructor(options: CommitmentResultOptions) {
    this.#options = options;
    const { asks, onFault } = options;
    this.#runner = new TaskRunner(
      {
        take: (busy, nowMs) => {
          const ask = asks.due(nowMs, (peer) => busy.has(peer));
          return ask && { key: ask.peer, run: (signal) => this.#serve(ask, signal) };
        },
        nextDueMs: (busy) => asks.nextDueMs((peer) => busy.has(peer)),
      },
      onFault,
    );
  }

  /** Goes on with what an earlier run of the program has left. */
  start(): void {
    this.#options.asks.forgetBefore(Date.now() - KEEP_MS);
    this.#runner.wake();
  }

  stop(): Promise<void> {
    return this.#runner.stop();
  }

  /** Asks for what a transfer has sent; many instances make several requests. */
  ask(peer: string, transfer: string, references: readonly CommitmentReference[]): void {
    for (let at = 0; at < references.length; at += MAX_REFERENCES) {
      const part = references.slice(at, at + MAX_REFERENCES);
      const ask = {
        transactionUid: uuidDerivedUid(randomBytes(16)),
        transfer,
        peer,
        references: part,
      };
      this.#options.asks.add(ask, Date.now());
    }
    this.#options.onChange(false);
    this.#runner.wake();
  }

  /** A report, over whatever association: it is known by its transaction, and by its instances. */
  readonly take = async (report: CommitmentReport): Promise<ReportReceipt> => {
    const { asks, find, onChange } = this.#options;
    const ask = asks.find(report.transactionUid);
    if (!ask) return 'unknown';
    const missing = new Set(ask.references.map(({ sopInstanceUid }) => sopInstanceUid));
    const named = [...report.committed, ...report.failed];
    // PS3.4 section J.3.3.1.4: what wasn't asked for has no place in a report.
    if (named.some(({ sopInstanceUid }) => !missing.has(sopInstanceUid))) return 'unknown';
    // A peer that has missed our answer says it again.
    if (ask.state === 'reported') return 'taken';
    for (const { sopInstanceUid } of named) missing.delete(sopInstanceUid);
    const refused = new Map<string, string>();
    for (const { sopInstanceUid, reason } of report.failed) {
      refused.set(sopInstanceUid, failureWords(reason));
    }
    for (const uid of missing) refused.set(uid, 'The peer’s report leaves it out');
    const committed = new Set(report.committed.map(({ sopInstanceUid }) => sopInstanceUid));
    for (const uid of refused.keys()) committed.delete(uid);
    const uids = [...committed];
    const marks: FoundInstance[] = [];
    for (let at = 0; at < uids.length; at += FIND_AT_ONCE) {
      marks.push(...(await find(uids.slice(at, at + FIND_AT_ONCE))));
    }
    const reasons = [...refused].map(([sopInstanceUid, reason]) => ({ sopInstanceUid, reason }));
    asks.report(ask, committed.size, reasons, marks);
    onChange(marks.length > 0);
    return 'taken';
  };

  async #serve(ask: Ask, signal: AbortSignal): Promise<void> {
    const { asks, addressOf, waitMs, expireMs, retryUnitMs, onChange } = this.#options;
    const { transactionUid, attempts, references } = ask;
    const endsMs = ask.askedMs + expireMs;
    const address = addressOf(ask.peer);
    if (Date.now() >= endsMs) {
      const days = Math.max(1, Math.round(expireMs / DAY_MS));
      const words = ask.state === 'asked' ? 'sent no report' : 'did not take the request';
      const within = days === 1 ? 'a day' : `${days} days`;
      asks.giveUp(transactionUid, 'expired', `The peer ${words} within ${within}.`);
    } else if (ask.state === 'asked') {
      asks.setAsked(transactionUid, endsMs);
    } else if (!address) {
      asks.giveUp(transactionUid, 'failed', 'The settings have no peer of this name any more.');
    } else {
      const options = {
        ...address.association,
        reportMs: waitMs,
        onReport: this.take,
      };
      try {
        await askForCommitment(address.peer, { transactionUid, references }, options, signal);
        asks.setAsked(transactionUid, endsMs);
      } catch (error) {
        if (!(error instanceof DimseError)) throw error;
        if (signal.aborted) return;
        const { code, status, message } = error;
        const isFinal =
          code === 'no-presentation-context' || (code === 'status-failure' && !PASSING.has(status));
        const nextMs = Date.now() + retryDelayMs(attempts + 1, retryUnitMs);
        if (isFinal) asks.giveUp(transactionUid, 'failed', message);
        else asks.retryAt(transactionUid, Math.min(nextMs, endsMs), message);
      }
    }
    onChange(false);
  }
}
