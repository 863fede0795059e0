import type { DatabaseSync } from 'node:sqlite';
import { MAX_LISTED_TASKS } from '../../../shared/protocol/limits.ts';
import type {
  ClientMessage,
  DoneResult,
  ServerMessage,
} from '../../../shared/protocol/messages.ts';
import type { Peer } from '../../../shared/protocol/settings.ts';
import type { Archive } from '../archive/store.ts';
import { isSound } from '../archive/verify-file.ts';
import type { CommitmentSettings } from '../configuration/configuration.ts';
import type { SettingsStore } from '../configuration/settings-store.ts';
import { commitmentScp } from '../dimse/commitment-scp.ts';
import type { CommitmentReference } from '../dimse/storage-commitment.ts';
import type { IncomingInstance } from '../dimse/storage-scp.ts';
import { CommitmentAsks } from '../tasks/commitment-asks.ts';
import { CommitmentRequests } from '../tasks/commitment-requests.ts';
import { ForwardQueue } from '../tasks/forward-queue.ts';
import type { ForwardJob } from '../tasks/forward-queue.ts';
import type { MarksOf } from './archive-requests.ts';
import { proposalRules } from './association-rules.ts';
import { CommitmentReports } from './commitment-reports.ts';
import { CommitmentResults } from './commitment-results.ts';
import { Forwarder, jobName } from './forwarder.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Convert } from './other-syntax.ts';
import type { Calling, PeerDirectory } from './peer-directory.ts';
import { StoreTransfer } from './store-transfer.ts';

/** Pages are told of changes this often at most. */
const TELL_MS = 250;

/** Names of patients that are kept at hand for the list. */
const MAX_TITLES = 1000;

export interface BackgroundOptions {
  readonly database: DatabaseSync;
  readonly archive: Archive;
  readonly peers: PeerDirectory;
  readonly settings: SettingsStore;
  readonly commitment: CommitmentSettings;
  readonly retryUnitMs: number;
  readonly convert: Convert;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Whether a listener of Gantry's takes instances of this SOP class. */
  readonly takesClass: (sopClassUid: string) => boolean;
  readonly send: (message: ServerMessage) => void;
}

type TaskMessage = Extract<
  ClientMessage,
  { type: 'retryForward' | 'deleteForward' | 'dismissCommitment' }
>;

/** What Gantry does by itself, also while no page is open: storage commitment both ways, and forwarding. */
export class BackgroundTasks {
  readonly #options: BackgroundOptions;
  readonly #requests: CommitmentRequests;
  readonly #asks: CommitmentAsks;
  readonly #queue: ForwardQueue;
  readonly #reports: CommitmentReports;
  readonly #results: CommitmentResults;
  readonly #forwarder: Forwarder;
  readonly #titles = new Map<string, string>();
  #telling: NodeJS.Timeout | undefined;

  constructor(options: BackgroundOptions) {
    this.#options = options;
    const { database, archive, peers, settings, commitment, retryUnitMs, log, send } = options;
    this.#requests = new CommitmentRequests(database);
    this.#asks = new CommitmentAsks(database);
    this.#queue = new ForwardQueue(database);
    const onFault = (error: unknown): void => log.failure('task.failed', error);
    const find = (uids: readonly string[]) => archive.find(uids);
    const calling = (peer: Peer | undefined): Calling | undefined => peer && peers.calling(peer);
    this.#reports = new CommitmentReports({
      requests: this.#requests,
      find,
      isSound,
      takesClass: options.takesClass,
      addressOf: (aeTitle) => {
        const peer = peers.withAeTitle(aeTitle);
        const wantsSameAssociation = peer?.commitmentReport === 'same-association';
        return peer && { ...peers.calling(peer), wantsSameAssociation };
      },
      retryMs: commitment.reportRetryMs,
      retries: commitment.reportRetries,
      onFault,
      onUndelivered: (aeTitle, text, isGivenUp) =>
        log.write(isGivenUp ? 'error' : 'warning', 'commitment.report', { aeTitle, text }),
    });
    this.#results = new CommitmentResults({
      asks: this.#asks,
      find,
      addressOf: (name) => calling(peers.find(name)),
      waitMs: commitment.waitMs,
      expireMs: commitment.expireMs,
      retryUnitMs,
      onFault,
      onChange: (hasMarks) => {
        this.#tellSoon();
        if (hasMarks) send({ type: 'archiveChanged' });
      },
    });
    this.#forwarder = new Forwarder({
      queue: this.#queue,
      archive,
      rules: () => settings.current.forwarding ?? [],
      findPeer: (name) => peers.find(name),
      openTransfer: (peer, contexts, signal) =>
        new StoreTransfer({
          ...peers.calling(peer),
          contexts,
          rules: proposalRules(settings.current.preset, peer),
          results: () => undefined,
          convert: options.convert,
          signal,
        }),
      retryUnitMs,
      onOutcome: (outcome) => options.metrics.countResults([outcome]),
      onSent: (peer, job, references) => this.sent(peer, job, references),
      onFault,
      onChange: () => this.#tellSoon(),
    });
  }

  /** For listeners: requests of peers, and their reports. */
  readonly commitmentScp = commitmentScp({
    onRequest: (request, peer, report) => this.#reports.take(request, peer, report),
    onReport: (report) => this.#results.take(report),
  });

  start(): void {
    this.#reports.start();
    this.#results.start();
    this.#forwarder.start();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#telling);
    await Promise.all([this.#reports.stop(), this.#results.stop(), this.#forwarder.stop()]);
    this.#options.database.close();
  }

  settingsChanged(): void {
    this.#forwarder.settingsChanged();
    this.#reports.settingsChanged();
  }

  /** A peer has stored an instance. Resolves when what follows from it can't be lost any more. */
  async received(instance: Omit<IncomingInstance, 'dataset'>): Promise<void> {
    this.#asks.unmark(instance.sopInstanceUid);
    await this.#forwarder.received(instance);
  }

  /** A peer has taken what was sent to it. */
  sent(peer: Peer, transfer: string, references: readonly CommitmentReference[]): void {
    if (peer.commitment === 'ask' && references.length > 0) {
      this.#results.ask(peer.name, transfer, references);
    }
  }

  readonly marksOf: MarksOf = (studyInstanceUid) => this.#asks.marksOf(studyInstanceUid);

  /** What waits, by kind, for whoever measures. */
  get queues(): Readonly<Record<string, number>> {
    const { queued, failed } = this.#queue.counts();
    return {
      forwards: queued,
      failedForwards: failed,
      commitmentReports: this.#requests.open,
      commitments: this.#asks.waiting,
    };
  }

  handle(message: TaskMessage): DoneResult {
    if (message.type === 'retryForward') this.#forwarder.retry(message);
    else if (message.type === 'deleteForward') {
      this.#forwarder.delete(message);
      this.#asks.dismiss(jobName(message.rule, message.studyInstanceUid));
    } else this.#asks.dismiss(message.transfer);
    this.#tellSoon();
    return { of: 'tasks' };
  }

  /** Tells a page all of it. */
  async tell(send: (message: ServerMessage) => void): Promise<void> {
    try {
      send(await this.#state());
    } catch (error) {
      this.#options.log.failure('task.failed', error);
    }
  }

  async #state(): Promise<ServerMessage> {
    const jobs = this.#queue.jobs(MAX_LISTED_TASKS);
    const forwards = await Promise.all(
      jobs.map(async (job) => {
        const { dueMs, ...shown } = job;
        const nextTryMs = dueMs === undefined ? 0 : dueMs - Date.now();
        return {
          ...shown,
          reasons: [...job.reasons],
          transfer: jobName(job.rule, job.studyInstanceUid),
          title: await this.#titleOf(job.studyInstanceUid),
          state: this.#stateOf(job),
          ...(nextTryMs > 0 && { nextTryMs }),
        };
      }),
    );
    const commitments = this.#asks.transfers(MAX_LISTED_TASKS).map(({ problem, ...shown }) => ({
      ...shown,
      refused: [...shown.refused],
      ...(problem !== undefined && { problem }),
    }));
    return { type: 'tasks', forwards, commitments };
  }

  #stateOf(job: ForwardJob): 'queued' | 'sending' | 'failed' | 'done' {
    if (this.#forwarder.isSending(job)) return 'sending';
    if (job.queued > 0) return 'queued';
    return job.failed > 0 ? 'failed' : 'done';
  }

  async #titleOf(studyInstanceUid: string): Promise<string> {
    const known = this.#titles.get(studyInstanceUid);
    if (known !== undefined) return known;
    const study = await this.#options.archive.study(studyInstanceUid).catch(() => undefined);
    if (!study) return '';
    if (this.#titles.size >= MAX_TITLES) this.#titles.clear();
    this.#titles.set(studyInstanceUid, study.PatientName);
    return study.PatientName;
  }

  #tellSoon(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      void this.tell(this.#options.send);
    }, TELL_MS);
  }
}
