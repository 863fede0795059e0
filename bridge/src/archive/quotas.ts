import type { InstanceIndex } from './instance-index.ts';
import type { PendingRows } from './pending-rows.ts';
import type { Origin } from './store.ts';

export interface QuotaOptions {
  /** Of all files that are kept; undefined: as much as the disk holds. */
  readonly archiveBytes: number | undefined;
  /** Of all files that are cached. */
  readonly cacheBytes: number | undefined;
}

/** Evicting somewhat more than is needed leaves the next instances without this work. */
const KEPT_AFTER_EVICTION = 0.9;

/** Says whether there is room, and makes some in the cache by evicting the studies that were used longest ago. */
export class Quotas {
  readonly #index: InstanceIndex;
  readonly #pending: PendingRows;
  readonly #options: QuotaOptions;
  readonly #evicted: (studyInstanceUid: string) => void;
  readonly #usedMs = new Map<string, number>();

  constructor(
    index: InstanceIndex,
    pending: PendingRows,
    options: QuotaOptions,
    evicted: (studyInstanceUid: string) => void,
  ) {
    this.#index = index;
    this.#pending = pending;
    this.#options = options;
    this.#evicted = evicted;
  }

  /** Somebody looks at a study: it is evicted after those that nobody does. */
  used(studyInstanceUid: string): void {
    this.#usedMs.set(studyInstanceUid, Date.now());
  }

  /** @param studyInstanceUid what the bytes belong to: it isn't evicted for its own sake */
  hasRoom(origin: Origin, bytes: number, studyInstanceUid: string): boolean {
    const quota = origin === 'archive' ? this.#options.archiveBytes : this.#options.cacheBytes;
    if (quota === undefined) return true;
    if (this.#pending.totalBytes(origin) + bytes <= quota) return true;
    if (origin === 'archive' || bytes > quota) return false;
    this.#pending.flush();
    this.#evict(quota * KEPT_AFTER_EVICTION - bytes, studyInstanceUid);
    return this.#index.totalBytes('cache') + bytes <= quota;
  }

  #evict(target: number, except: string): void {
    const lastUse = (study: { StudyInstanceUID: string; receivedMs: number }) =>
      Math.max(study.receivedMs, this.#usedMs.get(study.StudyInstanceUID) ?? 0);
    const isUsed = (study: { StudyInstanceUID: string }) =>
      Number(this.#usedMs.has(study.StudyInstanceUID));
    const studies = this.#index
      .cachedStudies()
      .filter(({ StudyInstanceUID }) => StudyInstanceUID !== except)
      // Within one millisecond, what somebody looks at goes after what merely came.
      .sort((a, b) => lastUse(a) - lastUse(b) || isUsed(a) - isUsed(b));
    for (const { StudyInstanceUID } of studies) {
      if (this.#index.totalBytes('cache') <= target) return;
      this.#index.transaction(() =>
        this.#index.remove(this.#index.cachedPathsOfStudy(StudyInstanceUID)),
      );
      this.#usedMs.delete(StudyInstanceUID);
      this.#evicted(StudyInstanceUID);
    }
  }
}
