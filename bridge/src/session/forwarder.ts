import type { StoreContext, StoreOutcome } from '../../../shared/protocol/messages.ts';
import type { ForwardRule, Peer } from '../../../shared/protocol/settings.ts';
import { ArchiveError } from '../archive/archive-error.ts';
import type { Archive, FoundInstance } from '../archive/store.ts';
import { MAX_PAGE } from '../archive/store.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import type { CommitmentReference } from '../dimse/storage-commitment.ts';
import type { IncomingInstance } from '../dimse/storage-scp.ts';
import type { Forward, ForwardQueue, JobKey } from '../tasks/forward-queue.ts';
import { retryDelayMs, TaskRunner } from '../tasks/task-runner.ts';
import { datasetOf, type ArchivedDataset } from './archived-instance.ts';
import { readAhead } from './read-ahead.ts';
import { ReadBuffers } from './read-buffers.ts';
import type { StoreTransfer } from './store-transfer.ts';

/** PS3.6 table A-1: Secondary Capture, alone and multi-frame. */
const SECONDARY_CAPTURE = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.[1-4])?$/;

/** Instances of one look at the queue: what an association brings in some seconds. */
const MAX_AT_ONCE = 200;

/** Instances that are taken out of the queue together: each time waits for the disk. */
const NOTED_AT_ONCE = 25;

/** Instances whose study is looked up at a time. */
const PLACE_AT_ONCE = 500;

/** Instances that come within so long of each other are looked up together. */
const PLACE_PAUSE_MS = 100;

/** So many times an instance is tried again. */
const MAX_RETRIES = 15;

/** Jobs that are done stay on the list for a day. */
const KEEP_MS = 24 * 3_600_000;

/** A name for what the archive tasks of the forwarder run under; no peer is called so. */
const ARCHIVE_TASK = '\0archive';

export interface ForwarderOptions {
  readonly queue: ForwardQueue;
  readonly archive: Pick<Archive, 'find' | 'series' | 'instances'>;
  readonly rules: () => readonly ForwardRule[];
  readonly findPeer: (name: string) => Peer | undefined;
  readonly openTransfer: (
    peer: Peer,
    contexts: readonly StoreContext[],
    signal: AbortSignal,
  ) => StoreTransfer;
  /** The first wait of those that double. */
  readonly retryUnitMs: number;
  readonly onOutcome: (outcome: StoreOutcome) => void;
  /** What a peer has taken, for those that are asked to keep it. */
  readonly onSent: (peer: Peer, job: string, references: readonly CommitmentReference[]) => void;
  readonly onFault: (error: unknown) => void;
  readonly onChange: () => void;
}

/** Sends on what comes, by the rules of the settings; at least once, whatever happens in between. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #runner: TaskRunner;
  /** Peers that didn't answer, and when they are called again. */
  readonly #pauses = new Map<string, number>();
  #sending = new Set<string>();
  #waiting: { rule: ForwardRule; sopInstanceUid: string }[] = [];
  #adding: Promise<void> | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    const { queue, onFault } = options;
    const isBusy = (busy: ReadonlySet<string>) => (peer: string) =>
      busy.has(peer) || (this.#pauses.get(peer) ?? 0) > Date.now();
    this.#runner = new TaskRunner(
      {
        take: (busy, nowMs) => {
          if (!busy.has(ARCHIVE_TASK)) {
            if (queue.hasFresh) return { key: ARCHIVE_TASK, run: () => this.#place() };
            const study = queue.quietStudy(nowMs);
            if (study) return { key: ARCHIVE_TASK, run: () => this.#release(study) };
          }
          const due = queue.due(nowMs, isBusy(busy), MAX_AT_ONCE);
          const [first] = due;
          return first && { key: first.peer, run: (signal) => this.#send(first.peer, due, signal) };
        },
        nextDueMs: (busy) => {
          const times = [
            busy.has(ARCHIVE_TASK) ? undefined : queue.nextQuietMs(),
            queue.nextDueMs(isBusy(busy)),
            ...[...this.#pauses.values()].filter((ms) => ms > Date.now()),
          ].filter((ms) => ms !== undefined);
          return times.length === 0 ? undefined : Math.min(...times);
        },
      },
      onFault,
    );
  }

  /** Goes on with what an earlier run of the program has left. */
  start(): void {
    this.#options.queue.forgetBefore(Date.now() - KEEP_MS);
    this.#runner.wake();
  }

  async stop(): Promise<void> {
    // A failure is told to whoever waits for it.
    await this.#adding?.catch(() => undefined);
    await this.#runner.stop();
  }

  /** Peers that something is sent to at the moment, by job. */
  isSending({ rule, studyInstanceUid }: JobKey): boolean {
    return this.#sending.has(jobName(rule, studyInstanceUid));
  }

  /** An instance came and is on disk. Resolves when it is in the queue, whatever happens then. */
  async received(
    instance: Pick<
      IncomingInstance,
      'callingAeTitle' | 'calledAeTitle' | 'sopClassUid' | 'sopInstanceUid'
    >,
  ): Promise<void> {
    const { sopInstanceUid } = instance;
    const rules = this.#options.rules().filter((rule) => this.#matches(rule, instance));
    if (rules.length === 0) return;
    this.#waiting.push(...rules.map((rule) => ({ rule, sopInstanceUid })));
    // What comes side by side is one transaction: each waits for the disk.
    this.#adding ??= new Promise((resolve) => setImmediate(resolve)).then(() => this.#add());
    await this.#adding;
  }

  retry(job: JobKey): void {
    const { queue, onChange } = this.#options;
    queue.retryJob(job, Date.now());
    onChange();
    this.settingsChanged();
  }

  /** Peers may be elsewhere now: who didn't answer is called again. */
  settingsChanged(): void {
    this.#pauses.clear();
    this.#runner.wake();
  }

  delete(job: JobKey): void {
    this.#options.queue.deleteJob(job);
    this.#options.onChange();
  }

  #add(): void {
    const entries = this.#waiting;
    this.#waiting = [];
    this.#adding = undefined;
    this.#options.queue.add(entries, Date.now());
    setTimeout(this.#runner.wake, PLACE_PAUSE_MS);
  }

  #matches(
    rule: ForwardRule,
    {
      callingAeTitle,
      calledAeTitle,
      sopClassUid,
    }: Pick<IncomingInstance, 'callingAeTitle' | 'calledAeTitle' | 'sopClassUid'>,
  ): boolean {
    // What goes back to where it came from would come again.
    if (this.#options.findPeer(rule.peer)?.aeTitle === callingAeTitle) return false;
    const has = (list: readonly string[] | undefined, value: string) =>
      list === undefined || list.includes(value);
    return (
      has(rule.calledAeTitles, calledAeTitle) &&
      has(rule.callingAeTitles, callingAeTitle) &&
      has(rule.sopClasses, sopClassUid) &&
      (rule.what !== 'secondary-captures' || SECONDARY_CAPTURE.test(sopClassUid))
    );
  }

  /** Looks up what has come: its study, and whether its modality is one of the rule's. */
  async #place(): Promise<void> {
    const { queue, archive, onChange } = this.#options;
    const fresh = queue.fresh(PLACE_AT_ONCE);
    const uids = [...new Set(fresh.map(({ sopInstanceUid }) => sopInstanceUid))];
    const found = byUid(await archive.find(uids));
    const placed: { forward: Forward; studyInstanceUid: string }[] = [];
    const unwanted: Forward[] = [];
    for (const forward of fresh) {
      const instance = found.get(forward.sopInstanceUid);
      const { modalities } = forward;
      const isWanted =
        instance && (modalities.length === 0 || modalities.includes(instance.modality));
      if (isWanted) placed.push({ forward, studyInstanceUid: instance.studyInstanceUid });
      else unwanted.push(forward);
    }
    queue.place(placed);
    queue.remove(unwanted, false);
    if (placed.length > 0) onChange();
  }

  /** A study is quiet: all of it goes. */
  async #release(job: JobKey & { readonly peer: string }): Promise<void> {
    const { queue, archive, findPeer, onChange } = this.#options;
    const { studyInstanceUid } = job;
    const aeTitle = findPeer(job.peer)?.aeTitle;
    const uids: string[] = [];
    for (const { SeriesInstanceUID: seriesInstanceUid } of await archive.series(studyInstanceUid)) {
      for (let offset = 0; ; offset += MAX_PAGE) {
        const query = { studyInstanceUid, seriesInstanceUid, limit: MAX_PAGE, offset };
        const page = await archive.instances(query);
        for (const { SOPInstanceUID, sourceAeTitle } of page) {
          if (sourceAeTitle !== aeTitle) uids.push(SOPInstanceUID);
        }
        if (page.length < MAX_PAGE) break;
      }
    }
    queue.releaseStudy(job, uids, Date.now());
    onChange();
  }

  async #send(peerName: string, due: readonly Forward[], signal: AbortSignal): Promise<void> {
    const { queue, archive, findPeer, onChange } = this.#options;
    const [first] = due;
    const peer = findPeer(peerName);
    if (!first) return;
    if (!peer) {
      queue.fail(due, `The settings have no peer “${peerName}”.`, undefined);
      onChange();
      return;
    }
    const name = jobName(first.rule, first.studyInstanceUid);
    this.#sending.add(name);
    onChange();
    try {
      const found = byUid(await archive.find(due.map(({ sopInstanceUid }) => sopInstanceUid)));
      // What was deleted meanwhile isn't to be sent any more.
      queue.remove(
        due.filter(({ sopInstanceUid }) => !found.has(sopInstanceUid)),
        false,
      );
      const sendable = due.flatMap((forward) => {
        const instance = found.get(forward.sopInstanceUid);
        return instance ? [{ forward, instance }] : [];
      });
      if (sendable.length > 0) await this.#transfer(peer, name, sendable, signal);
    } finally {
      this.#sending.delete(name);
      onChange();
    }
  }

  async #transfer(
    peer: Peer,
    name: string,
    sendable: readonly { readonly forward: Forward; readonly instance: FoundInstance }[],
    signal: AbortSignal,
  ): Promise<void> {
    const { queue, openTransfer, onOutcome, onSent, onChange } = this.#options;
    const contexts = new Map(
      sendable.map(({ instance: { sopClassUid, transferSyntaxUid } }) => [
        `${sopClassUid} ${transferSyntaxUid}`,
        { sopClassUid, transferSyntaxUid },
      ]),
    );
    const transfer = openTransfer(peer, [...contexts.values()], signal);
    const rest = new Set(sendable.map(({ forward }) => forward));
    const sent: CommitmentReference[] = [];
    const gone: Forward[] = [];
    try {
      await transfer.open();
      const buffers = new ReadBuffers();
      const read = ({ instance }: { instance: FoundInstance }) => datasetOf(instance, buffers);
      for await (const { item, loading } of readAhead(sendable, read)) {
        const { forward, instance } = item;
        const outcome = await transfer.store(uploaded(instance, loading));
        rest.delete(forward);
        onOutcome(outcome);
        if (outcome.kind === 'stored') {
          (await loading).giveBack();
          gone.push(forward);
          sent.push(instance);
          if (gone.length >= NOTED_AT_ONCE) queue.remove(gone.splice(0), true);
        } else if (!this.#refused(peer, forward, outcome)) {
          break;
        }
        onChange();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof DimseError) && !(error instanceof ArchiveError)) throw error;
      this.#unreachable(peer, [...rest], error.message);
    } finally {
      queue.remove(gone, true);
      await transfer.finish();
      if (sent.length > 0) onSent(peer, name, sent);
    }
  }

  /** The peer, or a fault of the instance, stands against it. @returns whether the job goes on */
  #refused(peer: Peer, forward: Forward, { message }: StoreOutcome & { kind: 'failed' }): boolean {
    const { queue } = this.#options;
    const policy = peer.onFailure ?? 'retry';
    queue.fail([forward], message, policy === 'retry' ? this.#nextTry(forward) : undefined);
    if (policy !== 'stop') return true;
    queue.failJob(forward, 'Not sent: an instance before it has failed.');
    return false;
  }

  /** The peer can't be reached: it is left alone until the next try, whatever comes meanwhile. */
  #unreachable(peer: Peer, rest: readonly Forward[], reason: string): void {
    const { queue } = this.#options;
    for (const forward of rest) {
      const nextMs = peer.onFailure === 'stop' ? undefined : this.#nextTry(forward);
      queue.fail([forward], reason, nextMs);
      if (nextMs !== undefined) this.#pauses.set(peer.name, nextMs);
    }
  }

  /** Undefined when it was tried often enough. */
  #nextTry({ attempts }: Forward): number | undefined {
    if (attempts >= MAX_RETRIES) return undefined;
    return Date.now() + retryDelayMs(attempts + 1, this.#options.retryUnitMs);
  }
}

/** What a job is called in commitments. */
export const jobName = (rule: string, studyInstanceUid: string): string =>
  `forward ${studyInstanceUid} ${rule}`;

const byUid = (found: readonly FoundInstance[]): Map<string, FoundInstance> =>
  new Map(found.map((instance) => [instance.sopInstanceUid, instance]));

/** An instance of the archive as a transfer takes it. */
function uploaded(
  instance: FoundInstance,
  loading: Promise<ArchivedDataset>,
): Parameters<StoreTransfer['store']>[0] {
  const { datasetOffset, size, sopClassUid, sopInstanceUid, transferSyntaxUid } = instance;
  const header = { index: 0, length: size - datasetOffset, sopClassUid, sopInstanceUid };
  return { header: { ...header, transferSyntaxUid }, dataset: once(loading) };
}

async function* once(loading: Promise<ArchivedDataset>): AsyncGenerator<Uint8Array> {
  yield* (await loading).dataset;
}
