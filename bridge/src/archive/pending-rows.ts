import type { ExistingInstance, IndexEntry, InstanceIndex } from './instance-index.ts';
import type { Origin } from './store.ts';

/** A row that is to come into the index, and the one that goes for it. */
export interface PendingRow {
  readonly entry: IndexEntry;
  readonly replaces: ExistingInstance | undefined;
}

/** Rows that wait at most. */
const MAX_PENDING = 256;
/** For how long they wait at most; whoever reads the index doesn't wait for it. */
const FLUSH_MS = 100;

/**
 * Rows of files that are safe, and acknowledged, but not in the index yet: a transaction for each file would cost
 * more than all else. They are in no danger: after a crash the start finds their files. Until they are written,
 * whoever asks about a UID asks here.
 */
export class PendingRows {
  readonly #index: InstanceIndex;
  readonly #flushed: () => void;
  readonly #latest = new Map<string, IndexEntry>();
  readonly #bytes: Record<Origin, number> = { archive: 0, cache: 0 };
  #rows: PendingRow[] = [];
  #timer: NodeJS.Timeout | undefined;
  #hasFailed = false;

  /** @param flushed called after rows were written */
  constructor(index: InstanceIndex, flushed: () => void) {
    this.#index = index;
    this.#flushed = flushed;
  }

  add(row: PendingRow): void {
    const { entry, replaces } = row;
    this.#rows.push(row);
    this.#latest.set(entry.attributes.instance.SOPInstanceUID, entry);
    this.#bytes[entry.origin] += entry.size;
    if (replaces) this.#bytes[replaces.origin] -= replaces.size;
    this.#timer ??= setTimeout(() => this.#flushLater(), FLUSH_MS);
  }

  find(sopInstanceUid: string): ExistingInstance | undefined {
    const entry = this.#latest.get(sopInstanceUid);
    if (!entry) return this.#index.find(sopInstanceUid);
    const { attributes, path, size, receivedMs, origin } = entry;
    const { StudyInstanceUID } = attributes.study;
    const { SeriesInstanceUID } = attributes.series;
    return { path, size, receivedMs, origin, StudyInstanceUID, SeriesInstanceUID };
  }

  /** When the last instance of a study came, as far as rows that wait are concerned no later than now. */
  studyReceivedMs(studyInstanceUid: string): number {
    const waiting = this.#rows.filter(
      ({ entry }) => entry.attributes.study.StudyInstanceUID === studyInstanceUid,
    );
    const times = waiting.map(({ entry }) => entry.receivedMs);
    return Math.max(this.#index.studyReceivedMs(studyInstanceUid), ...times);
  }

  /** Of all files, those whose rows wait included. */
  totalBytes(origin: Origin): number {
    return this.#index.totalBytes(origin) + this.#bytes[origin];
  }

  /**
   * Writes the rows if there are too many, or if they couldn't be written: nothing more is then acknowledged until
   * they can.
   * @throws what SQLite throws; the rows still wait then
   */
  makeRoom(): void {
    if (this.#hasFailed || this.#rows.length >= MAX_PENDING) this.flush();
  }

  /**
   * Writes all rows in one transaction.
   * @throws what SQLite throws; the rows still wait then
   */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#rows.length === 0) return;
    this.#hasFailed = true;
    this.#index.transaction(() => {
      for (const { entry, replaces } of this.#rows) {
        if (replaces) this.#index.remove([replaces.path]);
        this.#index.add(entry);
      }
    });
    this.#hasFailed = false;
    this.#rows = [];
    this.#latest.clear();
    this.#bytes.archive = 0;
    this.#bytes.cache = 0;
    this.#flushed();
  }

  #flushLater(): void {
    try {
      this.flush();
    } catch {
      // The next store or query tries again, and has somebody to tell.
    }
  }
}
