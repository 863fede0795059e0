import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { ArchiveError, errorCode } from './archive-error.ts';
import type { BegunFile } from './begun-files.ts';
import { CacheExpiry } from './cache-expiry.ts';
import { Committer, type ReceivedFile } from './committer.ts';
import { lockDirectory } from './directory-lock.ts';
import { hasDiskSpace } from './disk-space.ts';
import { INCOMING_FOLDER } from './file-names.ts';
import { openIndexDatabase } from './index-database.ts';
import { IndexQueries, type IndexedFile } from './index-queries.ts';
import { InstanceIndex } from './instance-index.ts';
import { checkIntegrity, indexMissing } from './integrity.ts';
import { MatchQueries } from './match-queries.ts';
import type { EntityLevel, MatchQuery, MatchRow } from './match-query.ts';
import { PendingRows } from './pending-rows.ts';
import { Quotas } from './quotas.ts';
import type {
  ArchiveCounts,
  DuplicateRule,
  FoundInstance,
  InstanceLocation,
  InstanceQuery,
  InstanceRow,
  IntegrityReport,
  Origin,
  RebuildReport,
  SeriesRow,
  StoreReceipt,
  StudyPage,
  StudyQuery,
  StudyRow,
} from './store.ts';

export interface EngineOptions {
  /** The archive's, absolute. */
  readonly folder: string;
  readonly duplicates: DuplicateRule;
  /** Without anything new for so long a study is final; undefined: never. */
  readonly finalAfterMs?: number | undefined;
  readonly quotaBytes: number | undefined;
  readonly cacheQuotaBytes: number | undefined;
  /** Of what is cached and not looked at; 0: it doesn't go by age. */
  readonly cacheDays?: number;
  /** Whether the program has had the archive open before: what it is receiving then isn't a leftover. */
  readonly isRestart?: boolean;
}

/** The archive itself, as it runs in its thread: everything but the receiving of the bytes. */
export class ArchiveEngine {
  readonly #folder: string;
  readonly #isRestart: boolean;
  readonly #unlock: () => void;
  readonly #database: DatabaseSync;
  readonly #index: InstanceIndex;
  readonly #pending: PendingRows;
  readonly #queries: IndexQueries;
  readonly #matches: MatchQueries;
  readonly #quotas: Quotas;
  readonly #expiry: CacheExpiry;
  readonly #committer: Committer;
  readonly #changed: (studyInstanceUid: string) => void;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Takes the folder for itself; `recover` comes next.
   * @param now milliseconds since 1970
   * @throws ArchiveError in-use, unusable
   */
  constructor(
    options: EngineOptions,
    changed: (studyInstanceUid: string) => void,
    now: () => number = Date.now,
  ) {
    const { folder } = options;
    this.#folder = folder;
    this.#isRestart = options.isRestart ?? false;
    this.#changed = changed;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#unlock = lockDirectory(folder);
    try {
      this.#database = openIndexDatabase(join(folder, 'index.sqlite'));
    } catch (cause) {
      this.#unlock();
      const message = `The archive in ${folder} can't be opened (${errorCode(cause)}).`;
      throw new ArchiveError('unusable', message, { cause });
    }
    this.#index = new InstanceIndex(this.#database);
    this.#pending = new PendingRows(this.#index, () => this.#removeDoomedLater());
    this.#queries = new IndexQueries(this.#database);
    this.#matches = new MatchQueries(this.#database);
    const quota = { archiveBytes: options.quotaBytes, cacheBytes: options.cacheQuotaBytes };
    this.#quotas = new Quotas(this.#index, this.#pending, quota, changed, now);
    this.#expiry = new CacheExpiry({
      index: this.#index,
      pending: this.#pending,
      days: options.cacheDays ?? 0,
      now,
      changed,
    });
    this.#committer = new Committer({
      folder,
      pending: this.#pending,
      quotas: this.#quotas,
      duplicates: options.duplicates,
      finalAfterMs: options.finalAfterMs,
      exclusively: (work) => this.#exclusively(work),
      makeSpace: (bytes) => this.#makeSpace(bytes),
      changed,
    });
  }

  /** Clears up after a crash: half files go, whole ones come into the index. */
  async recover(): Promise<void> {
    const incoming = join(this.#folder, INCOMING_FOLDER);
    mkdirSync(incoming, { recursive: true, mode: 0o700 });
    if (!this.#isRestart) {
      for (const name of readdirSync(incoming)) rmSync(join(incoming, name), { force: true });
    }
    await this.#removeDoomed();
    if (!this.#index.wasClosedInOrder) await indexMissing(this.#folder, this.#index, 'remove');
    await this.#removeDoomed();
    this.#index.setClosedInOrder(false);
  }

  begin(file: BegunFile): void {
    this.#committer.begin(file);
  }

  drop(path: string): void {
    this.#committer.drop(path);
  }

  commit(file: ReceivedFile): Promise<StoreReceipt> {
    return this.#committer.commit(file);
  }

  /** Whether an instance is worth receiving: there is room, or it may take the place of another one. */
  admits(origin: Origin, sopInstanceUid: string): Promise<boolean> {
    return this.#exclusively(async () => {
      if (this.#pending.find(sopInstanceUid)?.origin === 'archive') return true;
      return !this.#quotas.isUsedUp(origin) && (await this.#makeSpace(0));
    });
  }

  /** Whether `admits` should be asked before anything is received. */
  get isFull(): boolean {
    if (!this.#database.isOpen) return false;
    return (
      this.#quotas.isUsedUp('archive') ||
      this.#quotas.isUsedUp('cache') ||
      !hasDiskSpace(this.#folder, 0)
    );
  }

  /** Takes out of the cache what is too old, in steps between which others have their turn. */
  async expireCache(): Promise<void> {
    for (let isMore = true; isMore;) {
      isMore = await this.#exclusively(async () => {
        if (!this.#database.isOpen) return false;
        const more = this.#expiry.step();
        await this.#removeDoomed();
        return more;
      });
    }
  }

  studies(query: StudyQuery): StudyPage {
    return this.#read().studies(query);
  }

  study(studyInstanceUid: string): StudyRow | undefined {
    return this.#read().study(studyInstanceUid);
  }

  series(studyInstanceUid: string): readonly SeriesRow[] {
    return this.#read().series(studyInstanceUid);
  }

  instances(query: InstanceQuery): readonly InstanceRow[] {
    this.#quotas.used(query.studyInstanceUid);
    return this.#read().instances(query);
  }

  locate(sopInstanceUid: string): InstanceLocation | undefined {
    const file = this.#read().locate(sopInstanceUid);
    return file && this.#locationOf(file);
  }

  find(sopInstanceUids: readonly string[]): FoundInstance[] {
    return this.#read()
      .find(sopInstanceUids)
      .map((file) => ({
        ...this.#locationOf(file),
        sopInstanceUid: file.SOPInstanceUID,
        studyInstanceUid: file.StudyInstanceUID,
        modality: file.Modality,
        origin: file.origin,
        sourceAeTitle: file.sourceAeTitle,
      }));
  }

  match(query: MatchQuery): Float64Array {
    this.#pending.flush();
    return this.#matches.find(query);
  }

  matchRows(
    level: EntityLevel,
    matches: Float64Array,
    keywords: readonly string[],
  ): readonly MatchRow[] {
    return this.#matches.rows(level, matches, keywords);
  }

  counts(): ArchiveCounts {
    return this.#read().counts();
  }

  deleteStudy(studyInstanceUid: string): Promise<boolean> {
    return this.#exclusively(async () => {
      this.#pending.flush();
      const paths = this.#index.pathsOfStudy(studyInstanceUid);
      if (paths.length === 0) return false;
      // What was deleted must not come back with the next start: this transaction is on disk when it ends.
      this.#database.exec('PRAGMA synchronous = FULL');
      try {
        this.#index.transaction(() => this.#index.remove(paths));
      } finally {
        this.#database.exec('PRAGMA synchronous = NORMAL');
      }
      this.#changed(studyInstanceUid);
      await this.#removeDoomed();
      return true;
    });
  }

  rebuild(): Promise<RebuildReport> {
    return this.#exclusively(async () => {
      this.#pending.flush();
      // Should the program end in the middle, the next start goes on.
      this.#index.transaction(() => this.#index.clear());
      const report = await indexMissing(this.#folder, this.#index, 'report');
      await this.#removeDoomed();
      return report;
    });
  }

  check(): Promise<IntegrityReport> {
    return this.#exclusively(async () => {
      this.#pending.flush();
      await this.#removeDoomed();
      return checkIntegrity(this.#folder, this.#index);
    });
  }

  async close(): Promise<void> {
    await this.#exclusively(async () => {
      this.#pending.flush();
      await this.#removeDoomed();
      this.#index.setClosedInOrder(true);
      this.#database.close();
      this.#unlock();
    });
  }

  #locationOf(file: IndexedFile): InstanceLocation {
    return {
      path: join(this.#folder, file.path),
      datasetOffset: file.datasetOffset,
      size: file.size,
      transferSyntaxUid: file.TransferSyntaxUID,
      sopClassUid: file.SOPClassUID,
    };
  }

  /** The index with all that was acknowledged. */
  #read(): IndexQueries {
    this.#pending.flush();
    return this.#queries;
  }

  /** Removes files whose rows are gone. What can't be removed now is tried again the next time. */
  async #removeDoomed(): Promise<void> {
    const paths = this.#index.doomed();
    if (paths.length === 0) return;
    const removed: string[] = [];
    for (const path of paths) {
      const isGone = await rm(join(this.#folder, path), { force: true }).then(
        () => true,
        () => false,
      );
      if (isGone) removed.push(path);
    }
    this.#index.transaction(() => this.#index.forgetDoomed(removed));
  }

  /** Evicts what is cached until the disk has room. @returns whether it has */
  async #makeSpace(bytes: number): Promise<boolean> {
    while (!hasDiskSpace(this.#folder, bytes)) {
      if (!this.#quotas.evictOldest()) return false;
      await this.#removeDoomed();
    }
    return true;
  }

  /** Whoever replaced them needn't wait. A failure is no harm: they are still noted. */
  #removeDoomedLater(): void {
    this.#exclusively(async () => {
      if (this.#database.isOpen) await this.#removeDoomed();
    }).catch(() => undefined);
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
