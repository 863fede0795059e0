import type { InstanceIndex } from './instance-index.ts';
import type { PendingRows } from './pending-rows.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Of one step, between two of which stores and queries have their turn. */
const STUDIES_A_STEP = 20;
const FILES_A_STEP = 100;

export interface CacheExpiryOptions {
  readonly index: InstanceIndex;
  readonly pending: PendingRows;
  /** 0: nothing expires. */
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly changed: (studyInstanceUid: string) => void;
}

/** Takes studies out of the cache that came, and were looked at, longer ago than a number of days. */
export class CacheExpiry {
  readonly #options: CacheExpiryOptions;

  constructor(options: CacheExpiryOptions) {
    this.#options = options;
  }

  /**
   * Takes out some files; the caller removes what is doomed.
   * @returns whether there may be more
   */
  step(): boolean {
    const { index, pending, days, now, changed } = this.#options;
    if (days === 0) return false;
    pending.flush();
    const studies = index.cachedStudiesUnusedSince(now() - days * DAY_MS, STUDIES_A_STEP);
    let left = FILES_A_STEP;
    for (const studyInstanceUid of studies) {
      if (left <= 0) return true;
      const paths = index.cachedPathsOfStudy(studyInstanceUid, left);
      index.transaction(() => index.remove(paths));
      left -= paths.length;
      changed(studyInstanceUid);
    }
    return studies.length === STUDIES_A_STEP || left <= 0;
  }
}
