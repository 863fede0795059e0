import type { FoundInstance } from '../archive/store.ts';
import type { CommitmentReference, FailedReference } from '../dimse/storage-commitment.ts';
import type { CommitmentRequests, OpenRequest } from '../tasks/commitment-requests.ts';
import type { RequestReceipt } from '../dimse/commitment-scp.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import { reportCommitment } from '../dimse/commitment-scu.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import type { ScpPeer } from '../dimse/scp-service.ts';
import { FAILURE_REASON } from '../dimse/storage-commitment.ts';
import type { CommitmentReport, CommitmentRequest } from '../dimse/storage-commitment.ts';
import { TaskRunner } from '../tasks/task-runner.ts';

/** Instances of which the archive is asked at a time. */
const FIND_AT_ONCE = 500;

/** Transactions that ended so long ago are forgotten. */
const KEEP_MS = 30 * 24 * 3_600_000;

interface ReportAddress {
  readonly peer: PeerAddress;
  readonly association: AssociationOptions;
  /** Whether the peer wants its report over the association of the request, while that lasts. */
  readonly wantsSameAssociation: boolean;
}

type Report = (report: CommitmentReport) => Promise<void>;

export interface CommitmentReportOptions {
  readonly requests: CommitmentRequests;
  readonly find: (sopInstanceUids: readonly string[]) => Promise<readonly FoundInstance[]>;
  readonly isSound: (found: FoundInstance) => Promise<boolean>;
  /** Whether Gantry takes instances of this SOP class. */
  readonly takesClass: (sopClassUid: string) => boolean;
  /** Where the configured peer of this AE title is; undefined when there is none. */
  readonly addressOf: (aeTitle: string) => ReportAddress | undefined;
  /** From a report that didn't reach the peer to the next try. */
  readonly retryMs: number;
  /** So many times a report is tried again. */
  readonly retries: number;
  readonly onFault: (error: unknown) => void;
  /** A report was given up, or didn't reach the peer. */
  readonly onUndelivered: (callingAeTitle: string, words: string, isGivenUp: boolean) => void;
}

/**
 * Storage commitment as SCP: what peers ask for is kept, looked at in the archive, and reported over an association of
 * Gantry's own. A cached instance isn't committed: it goes when space is needed.
 */
export class CommitmentReports {
  readonly #options: CommitmentReportOptions;
  readonly #runner: TaskRunner;
  /** Of requests whose association may still stand. */
  readonly #behind = new Map<number, Report>();

  constructor(options: CommitmentReportOptions) {
    this.#options = options;
    const { requests, onFault } = options;
    this.#runner = new TaskRunner(
      {
        take: (busy, nowMs) => {
          const request = requests.due(nowMs, (aeTitle) => busy.has(aeTitle));
          if (!request) return undefined;
          return { key: request.callingAeTitle, run: (signal) => this.#serve(request, signal) };
        },
        nextDueMs: (busy) => requests.nextDueMs((aeTitle) => busy.has(aeTitle)),
      },
      onFault,
    );
  }

  /** Goes on with what an earlier run of the program has left. */
  start(): void {
    this.#options.requests.forgetBefore(Date.now() - KEEP_MS);
    this.#runner.wake();
  }

  /** Peers may be elsewhere now: who wasn't reached is called again. */
  settingsChanged(): void {
    this.#options.requests.retryAllAt(Date.now());
    this.#runner.wake();
  }

  stop(): Promise<void> {
    return this.#runner.stop();
  }

  /** Keeps a request; what becomes of it is reported later. */
  readonly take = (
    request: CommitmentRequest,
    from: ScpPeer,
    report: Report,
  ): Promise<RequestReceipt> => {
    const { requests, addressOf } = this.#options;
    const { callingAeTitle, calledAeTitle } = from;
    const address = addressOf(callingAeTitle);
    if (!address) return Promise.resolve('unknown-peer');
    if (requests.isFull) return Promise.resolve('busy');
    const before = requests.known(callingAeTitle, request.transactionUid);
    // A peer that has missed our answer asks again.
    if (before && isSame(before, request.references)) return Promise.resolve('taken');
    const failed = before && request.references.map(failedBy(FAILURE_REASON.duplicateTransaction));
    const id = requests.add({ callingAeTitle, calledAeTitle }, request, Date.now(), failed);
    if (address.wantsSameAssociation) this.#behind.set(id, report);
    // Not within this turn: the peer gets its answer first.
    setImmediate(this.#runner.wake);
    return Promise.resolve('taken');
  };

  async #serve(request: OpenRequest, signal: AbortSignal): Promise<void> {
    const { requests, addressOf, retryMs, retries, onUndelivered } = this.#options;
    let { failed } = request;
    if (!failed) {
      failed = await this.#failedOf(request.references, signal);
      requests.setFailed(request.id, failed);
    }
    try {
      await this.#report(request, failed, addressOf(request.callingAeTitle), signal);
      requests.end(request.id, 'reported');
    } catch (error) {
      if (!(error instanceof DimseError)) throw error;
      if (signal.aborted) return;
      const isGivenUp = request.attempts >= retries;
      if (isGivenUp) requests.end(request.id, 'given-up');
      else requests.retryAt(request.id, Date.now() + retryMs);
      onUndelivered(request.callingAeTitle, error.message, isGivenUp);
    }
  }

  async #report(
    { id, calledAeTitle, transactionUid, references }: OpenRequest,
    failed: readonly FailedReference[],
    address: ReportAddress | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const isFailed = new Set(failed.map(({ sopInstanceUid }) => sopInstanceUid));
    const committed = references.filter(({ sopInstanceUid }) => !isFailed.has(sopInstanceUid));
    const report = { transactionUid, committed, failed };
    const behind = this.#behind.get(id);
    this.#behind.delete(id);
    try {
      if (behind) {
        await behind(report);
        return;
      }
    } catch (error) {
      // It is over, or the peer doesn't take it there: it hears over another one.
      if (!(error instanceof DimseError)) throw error;
    }
    if (!address) {
      const message = 'The settings have no peer of this AE title any more.';
      throw new DimseError('invalid-configuration', message);
    }
    // The peer knows Gantry by the title that it has asked.
    const peer = { ...address.peer, callingAeTitle: calledAeTitle };
    await reportCommitment(peer, report, address.association, signal);
  }

  async #failedOf(
    references: readonly CommitmentReference[],
    signal: AbortSignal,
  ): Promise<FailedReference[]> {
    const { find, isSound, takesClass } = this.#options;
    const failed: FailedReference[] = [];
    for (let at = 0; at < references.length; at += FIND_AT_ONCE) {
      const part = references.slice(at, at + FIND_AT_ONCE);
      const found = new Map(
        (await find(part.map(({ sopInstanceUid }) => sopInstanceUid))).map((one) => [
          one.sopInstanceUid,
          one,
        ]),
      );
      for (const reference of part) {
        signal.throwIfAborted();
        const one = found.get(reference.sopInstanceUid);
        const fail = (reason: number) => failed.push(failedBy(reason)(reference));
        if (one?.origin !== 'archive') {
          const { noSuchInstance, classNotSupported } = FAILURE_REASON;
          fail(takesClass(reference.sopClassUid) ? noSuchInstance : classNotSupported);
        } else if (one.sopClassUid !== reference.sopClassUid) {
          fail(FAILURE_REASON.classInstanceConflict);
        } else if (!(await isSound(one))) {
          fail(FAILURE_REASON.processingFailure);
        }
      }
    }
    return failed;
  }
}

const failedBy =
  (reason: number) =>
  ({ sopClassUid, sopInstanceUid }: CommitmentReference): FailedReference => ({
    sopClassUid,
    sopInstanceUid,
    reason,
  });

const isSame = (a: readonly CommitmentReference[], b: readonly CommitmentReference[]): boolean =>
  a.length === b.length &&
  a.every(
    ({ sopClassUid, sopInstanceUid }, at) =>
      b[at]?.sopClassUid === sopClassUid && b[at].sopInstanceUid === sopInstanceUid,
  );
