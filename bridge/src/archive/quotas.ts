import type { CachedStudy, InstanceIndex } from './instance-index.ts';
import type { PendingRows } from './pending-rows.ts';
import type { Origin } from './store.ts';

export interface QuotaOptions {
  /** Of all files that are kept; undefined: as much as the disk holds. */
  readonly archiveBytes: number | undefined;
  /** Of all files that are cached. */
  readonly cacheBytes: number | undefined;
}

/** A study that is being looked at is asked for again and again: a note this often is enough. */
const USE_MS = 60_000;

/** Evicting somewhat more than is needed leaves the next instances without this work. */
const KEPT_AFTER_EVICTION = 0.9;

/** Says whether there is room, and makes some in the cache by evicting the studies that were used longest ago. */
export class Quotas {
  readonly #index: InstanceIndex;
  readonly #pending: PendingRows;
  readonly #options: QuotaOptions;
  readonly #evicted: (studyInstanceUid: string) => void;
  readonly #now: () => number;
  #lastUse: readonly [studyInstanceUid: string, ms: number] = ['', 0];

  constructor(
    index: InstanceIndex,
    pending: PendingRows,
    options: QuotaOptions,
    evicted: (studyInstanceUid: string) => void,
    now: () => number,
  ) {
    this.#index = index;
    this.#pending = pending;
    this.#options = options;
    this.#evicted = evicted;
    this.#now = now;
  }

  /** Somebody looks at a study: it is evicted after those that nobody does. */
  used(studyInstanceUid: string): void {
    const now = this.#now();
    const [last, lastMs] = this.#lastUse;
    if (last === studyInstanceUid && now - lastMs < USE_MS) return;
    this.#lastUse = [studyInstanceUid, now];
    this.#index.transaction(() => this.#index.setUsed(studyInstanceUid, now));
  }

  /** Whether nothing more can come in, of whatever size. What is cached gives way to what is. */
  isUsedUp(origin: Origin): boolean {
    const quota = this.#quotaOf(origin);
    if (quota === undefined) return false;
    return origin === 'cache' ? quota === 0 : this.#pending.totalBytes(origin) >= quota;
  }

  /** Makes room on the disk. @returns false when nothing is cached */
  evictOldest(): boolean {
    this.#pending.flush();
    const [oldest] = this.#byUse();
    if (oldest !== undefined) this.#evictStudy(oldest);
    return oldest !== undefined;
  }

  /** @param studyInstanceUid what the bytes belong to: it isn't evicted for its own sake */
  hasRoom(origin: Origin, bytes: number, studyInstanceUid: string): boolean {
    const quota = this.#quotaOf(origin);
    if (quota === undefined) return true;
    if (this.#pending.totalBytes(origin) + bytes <= quota) return true;
    if (origin === 'archive' || bytes > quota) return false;
    this.#pending.flush();
    this.#evict(quota * KEPT_AFTER_EVICTION - bytes, studyInstanceUid);
    return this.#index.totalBytes('cache') + bytes <= quota;
  }

  #quotaOf(origin: Origin): number | undefined {
    return origin === 'archive' ? this.#options.archiveBytes : this.#options.cacheBytes;
  }

  #evict(target: number, except: string): void {
    for (const studyInstanceUid of this.#byUse()) {
      if (this.#index.totalBytes('cache') <= target) return;
      if (studyInstanceUid !== except) this.#evictStudy(studyInstanceUid);
    }
  }

  /** The study that was used longest ago foremost. */
  #byUse(): readonly string[] {
    const lastUse = ({ receivedMs, usedMs }: CachedStudy) => Math.max(receivedMs, usedMs);
    const isUsed = ({ usedMs }: CachedStudy) => Number(usedMs > 0);
    return (
      this.#index
        .cachedStudies()
        // Within one millisecond, what somebody looks at goes after what merely came.
        .toSorted((a, b) => lastUse(a) - lastUse(b) || isUsed(a) - isUsed(b))
        .map((study) => study.StudyInstanceUID)
    );
  }

  #evictStudy(studyInstanceUid: string): void {
    const paths = this.#index.cachedPathsOfStudy(studyInstanceUid);
    this.#index.transaction(() => this.#index.remove(paths));
    this.#evicted(studyInstanceUid);
  }
}
