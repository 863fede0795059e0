// The archive on one machine: Part 10 files and a SQLite index in a folder.
//
// What comes in is written where it comes in; the archive's thread does all that is done with whole files. Waking a
// thread costs more than most of the steps.
import { closeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { encodeFileMeta } from '../../../shared/dicom/encode.ts';
import { ArchiveError, errorCode, isOutOfResources } from './archive-error.ts';
import { INCOMING_FOLDER } from './file-names.ts';
import { IncomingWriter, type WriteFile } from './incoming-file.ts';
import { SpareFiles, type SpareFile } from './spare-files.ts';
import { SupervisedThread } from './supervised-thread.ts';
import type { Archive, DuplicateRule, IncomingInstance, StoreReceipt } from './store.ts';

export interface LocalArchiveOptions {
  /** The data directory; the archive is a folder in it. */
  readonly dataDirectory: string;
  /** Default 'replace'. */
  readonly duplicates?: DuplicateRule | undefined;
  /** Without anything new for so long a study is final: nothing in it is replaced any more. Default: never. */
  readonly finalAfterMs?: number | undefined;
  /** Of what is kept; an instance beyond it is refused. Default: as much as the disk holds. */
  readonly quotaBytes?: number | undefined;
  /** Of what is cached; the studies used longest ago go. Default: as much as the disk holds. */
  readonly cacheQuotaBytes?: number | undefined;
  /** After which what is cached, and wasn't looked at, goes; 0: never. Default 30. */
  readonly cacheDays?: number;
  /** Stands in for the file system, in tests. */
  readonly writeFile?: WriteFile;
  /** Stands in for the archive's thread, in tests. */
  readonly worker?: URL;
}

const DEFAULT_CACHE_DAYS = 30;

/** @throws ArchiveError in-use, unusable, failed */
export async function openArchive(options: LocalArchiveOptions): Promise<Archive> {
  const folder = join(resolve(options.dataDirectory), 'archive');
  const listeners = new Set<(studyInstanceUids: readonly string[]) => void>();
  const thread = new SupervisedThread(
    {
      folder,
      duplicates: options.duplicates ?? 'replace',
      finalAfterMs: options.finalAfterMs,
      quotaBytes: options.quotaBytes,
      cacheQuotaBytes: options.cacheQuotaBytes,
      cacheDays: options.cacheDays ?? DEFAULT_CACHE_DAYS,
    },
    {
      onChanged: (studyInstanceUids) => {
        for (const listener of listeners) listener(studyInstanceUids);
      },
      worker: options.worker,
    },
  );
  await thread.opened();
  const stores = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const spares = new SpareFiles(join(folder, INCOMING_FOLDER));
  const writer = new IncomingWriter(options.writeFile);

  async function store(incoming: IncomingInstance): Promise<StoreReceipt> {
    const { sopClassUid, sopInstanceUid, origin, rules } = incoming;
    const said = { sopClassUid, sopInstanceUid, origin, rules };
    // Refused before it is received; what it brings is dropped as it comes.
    if (thread.isFull && !(await thread.call('admits', [origin, sopInstanceUid]))) {
      return { kind: 'out-of-resources' };
    }
    const head = encodeFileMeta({ ...incoming, sourceAeTitle: incoming.callingAeTitle });
    let file: SpareFile;
    try {
      file = spares.take();
    } catch (error) {
      return unwritten(error);
    }
    const { path, descriptor } = file;
    const begun = (size: number): void =>
      thread.tell({ kind: 'begun', file: { path, descriptor, size } });
    try {
      const size = await writer.write(descriptor, head, incoming.dataset, begun).catch(unwritten);
      if (typeof size !== 'number') {
        thread.tell({ kind: 'dropped', path });
        await rm(path, { force: true });
        return size;
      }
      // It must not be taken for whole when nobody waits for the receipt any more.
      incoming.signal.throwIfAborted();
      return await thread.call('commit', [{ ...said, path, descriptor, size }]);
    } catch (error) {
      thread.tell({ kind: 'dropped', path });
      // The thread removes it, unless it has died.
      await rm(path, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
  }

  async function close(): Promise<void> {
    await Promise.allSettled(stores);
    spares.close();
    await thread.close();
  }

  return {
    get health() {
      return thread.health;
    },
    store: (incoming) => {
      if (closing) return Promise.reject(new ArchiveError('closed', 'The archive is closed.'));
      const storing = store(incoming);
      stores.add(storing);
      return storing.finally(() => stores.delete(storing));
    },
    studies: (query, signal) => thread.call('studies', [query], signal),
    study: (uid, signal) => thread.call('study', [uid], signal),
    series: (uid, signal) => thread.call('series', [uid], signal),
    instances: (query, signal) => thread.call('instances', [query], signal),
    locate: (uid, signal) => thread.call('locate', [uid], signal),
    find: (uids) => thread.call('find', [uids]),
    match: (query, signal) => thread.call('match', [query], signal),
    matchRows: (level, matches, keywords, signal) =>
      thread.call('matchRows', [level, matches, keywords], signal),
    counts: () => thread.call('counts', []),
    deleteStudy: (uid) => thread.call('deleteStudy', [uid]),
    rebuild: () => thread.call('rebuild', []),
    check: () => thread.call('check', []),
    onStudiesChanged: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => (closing ??= close()),
  };
}

/** What a store that couldn't write is answered with. @throws what else went wrong */
function unwritten(error: unknown): StoreReceipt {
  if (isOutOfResources(error)) return { kind: 'out-of-resources' };
  if (isFileSystemError(error)) {
    const message = `The archive can't write (${errorCode(error)}).`;
    throw new ArchiveError('failed', message, { cause: error });
  }
  throw error;
}

const isFileSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;
