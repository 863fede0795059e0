import type { Found, SourceFile } from '../files/source-file.ts';
import type { IndexOutcome } from './index-file.ts';
import type { Library, SkippedFile } from './library.ts';

/** What an import has seen so far. */
export interface ImportProgress {
  /** Files that the walk has found. */
  readonly found: number;
  /** Of these, files that were read. */
  readonly read: number;
  readonly added: number;
  readonly skipped: readonly SkippedFile[];
  /** True once the walk through the folders has ended: `found` is then the total. */
  readonly walked: boolean;
  readonly isDone: boolean;
}

export interface ImportOptions {
  readonly library: Library;
  readonly index: (file: Blob) => Promise<IndexOutcome>;
  readonly signal: AbortSignal;
  /** Called at most every 100 ms, and at the end. */
  readonly onProgress: (progress: ImportProgress) => void;
}

/** Twice as many as the workers read at once, so that these never wait for the page. */
const FILES_IN_FLIGHT = 32;

const PROGRESS_INTERVAL_MS = 100;

/**
 * Reads the files of a walk while it goes on and adds them to the library. Every file that was found is either
 * added or listed with a reason. Ends early, without an error, when the signal aborts.
 */
export async function importFiles(
  files: AsyncIterable<Found>,
  { library, index, signal, onProgress }: ImportOptions,
): Promise<ImportProgress> {
  const skipped: SkippedFile[] = [];
  const counts = { found: 0, read: 0, added: 0, walked: false };
  const inFlight = new Set<Promise<void>>();
  let lastReport = 0;
  const snapshot = (isDone: boolean): ImportProgress => ({
    ...counts,
    skipped: [...skipped],
    isDone,
  });
  const report = () => {
    const now = Date.now();
    if (now - lastReport < PROGRESS_INTERVAL_MS) return;
    lastReport = now;
    onProgress(snapshot(false));
  };

  for await (const entry of files) {
    if (signal.aborted) break;
    counts.found++;
    if (entry.kind === 'unreadable') {
      counts.read++;
      skipped.push(entry.source);
      report();
      continue;
    }
    const { file: source } = entry;
    const task = readOne(source, index).then(({ outcome, size, lastModified }) => {
      inFlight.delete(task);
      if (signal.aborted) return;
      counts.read++;
      const result =
        outcome.kind === 'instance'
          ? library.add({ summary: outcome.summary, source, size, lastModified })
          : outcome;
      if (result.kind === 'skipped') skipped.push({ path: source.path, reason: result.reason });
      else counts.added++;
      report();
    });
    inFlight.add(task);
    if (inFlight.size >= FILES_IN_FLIGHT) await Promise.race(inFlight);
    report();
  }
  counts.walked = true;
  await Promise.all(inFlight);
  const end = snapshot(true);
  onProgress(end);
  return end;
}

async function readOne(
  source: SourceFile,
  index: ImportOptions['index'],
): Promise<{ outcome: IndexOutcome; size: number; lastModified: number }> {
  try {
    const file = await source.open();
    const { size, lastModified } = file;
    return { outcome: await index(file), size, lastModified };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const reason = `It could not be opened: ${detail}`;
    return { outcome: { kind: 'skipped', reason }, size: 0, lastModified: 0 };
  }
}
