import { closeSync, existsSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { admit, type Admission } from './admission.ts';
import { isOutOfResources } from './archive-error.ts';
import { makeFolder, moveFile, synchronise, synchroniseFolder } from './file-moves.ts';
import { fileName, studyFolder } from './file-names.ts';
import { readHeader, type FileHeader } from './instance-file.ts';
import type { InstanceIndex } from './instance-index.ts';
import type { Quotas } from './quotas.ts';
import type { DuplicateRule, Origin, StoreReceipt } from './store.ts';

/** A file that was received whole, and what was said of it. */
export interface ReceivedFile {
  /** Absolute, in the folder of what comes in. */
  readonly path: string;
  readonly size: number;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly origin: Origin;
}

interface Waiting {
  readonly file: ReceivedFile;
  readonly header: FileHeader;
  readonly resolve: (receipt: StoreReceipt) => void;
  readonly reject: (error: unknown) => void;
}

interface Placed extends Waiting {
  readonly admission: Extract<Admission, { kind: 'add' }>;
  readonly folder: string;
  readonly target: string;
  readonly receivedMs: number;
}

export interface CommitterOptions {
  /** The archive's. */
  readonly folder: string;
  readonly index: InstanceIndex;
  readonly quotas: Quotas;
  readonly duplicates: DuplicateRule;
  /** Runs what changes the index and the files one after another. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  readonly removeDoomed: () => Promise<void>;
  readonly changed: (studyInstanceUid: string) => void;
}

/**
 * Takes files that were received into the archive. What is ready at the same time shares one synchronisation of
 * each folder and one transaction of the index.
 */
export class Committer {
  readonly #options: CommitterOptions;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Resolves when the file is safe, or gone. Rejects when reading or writing fails; the file is then gone. */
  async commit(file: ReceivedFile): Promise<StoreReceipt> {
    try {
      const header = await synchronisedHeader(file);
      if (typeof header === 'string') return await dropped(file, { kind: header });
      const { SOPClassUID, SOPInstanceUID } = header.attributes.instance;
      if (SOPClassUID !== file.sopClassUid || SOPInstanceUID !== file.sopInstanceUid) {
        return await dropped(file, { kind: 'mismatch' });
      }
      return await new Promise<StoreReceipt>((resolve, reject) => {
        this.#waiting.push({ file, header, resolve, reject });
        void this.#run();
      });
    } catch (error) {
      await rm(file.path, { force: true });
      if (isOutOfResources(error)) return { kind: 'out-of-resources' };
      throw error;
    }
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      await this.#options
        .exclusively(() => this.#commitGroup(group))
        .catch((error: unknown) => {
          for (const waiting of group) waiting.reject(error);
        });
    }
    this.#running = false;
  }

  /** All that waits; of several versions of one instance the first, the others go into the next group. */
  #takeGroup(): Waiting[] {
    const group = new Map<string, Waiting>();
    const later: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const uid = waiting.file.sopInstanceUid;
      if (group.has(uid)) later.push(waiting);
      else group.set(uid, waiting);
    }
    this.#waiting = later;
    return [...group.values()];
  }

  async #commitGroup(group: readonly Waiting[]): Promise<void> {
    const { folder, index, changed, removeDoomed } = this.#options;
    const admitted = await this.#admit(group);
    const placed = await this.#place(admitted);
    try {
      index.transaction(() => {
        for (const { admission, header, file, target, receivedMs } of placed) {
          if (admission.replaces) index.remove([admission.replaces.path]);
          const { origin } = admission;
          index.add({ ...header, path: target, size: file.size, receivedMs, origin });
        }
      });
    } catch (error) {
      await Promise.all(placed.map(({ target }) => rm(join(folder, target), { force: true })));
      for (const one of placed) fail(one, error);
      return;
    }
    for (const { resolve, header } of placed) {
      changed(header.attributes.study.StudyInstanceUID);
      resolve({ kind: 'stored' });
    }
    await removeDoomed();
  }

  async #admit(group: readonly Waiting[]): Promise<readonly Placed[]> {
    const { folder, index, quotas, duplicates } = this.#options;
    const admitted: Placed[] = [];
    const pending = { archive: 0, cache: 0 };
    for (const waiting of group) {
      const { file, header } = waiting;
      const { StudyInstanceUID } = header.attributes.study;
      const candidate = {
        studyInstanceUid: StudyInstanceUID,
        seriesInstanceUid: header.attributes.series.SeriesInstanceUID,
        origin: file.origin,
      };
      const found = index.find(file.sopInstanceUid);
      // Whoever is told that it is kept may delete his own: it must be there.
      const isThere = found && existsSync(join(folder, found.path));
      const admission: Admission =
        found && !isThere
          ? { kind: 'add', origin: file.origin, replaces: found }
          : admit(candidate, found, duplicates);
      if (admission.kind === 'drop') {
        waiting.resolve(await dropped(file, admission.receipt));
        continue;
      }
      const { origin, replaces } = admission;
      const released = replaces?.origin === origin ? replaces.size : 0;
      const bytes = file.size - released;
      if (!quotas.hasRoom(origin, pending[origin] + bytes, StudyInstanceUID)) {
        waiting.resolve(await dropped(file, { kind: 'out-of-resources' }));
        continue;
      }
      pending[origin] += bytes;
      const receivedMs = Math.max(Date.now(), (replaces?.receivedMs ?? 0) + 1);
      const target = studyFolder(origin, StudyInstanceUID);
      const name = fileName(file.sopInstanceUid, receivedMs);
      admitted.push({
        ...waiting,
        admission,
        receivedMs,
        folder: target,
        target: `${target}/${name}`,
      });
    }
    return admitted;
  }

  /** Moves the files to where they stay. Those that can't be moved are answered and left out. */
  async #place(admitted: readonly Placed[]): Promise<readonly Placed[]> {
    const { folder } = this.#options;
    const touched = new Set<string>();
    const placed: Placed[] = [];
    const place = async (one: Placed): Promise<void> => {
      try {
        const target = join(folder, one.folder);
        for (const changed of makeFolder(target)) touched.add(changed);
        await moveFile(one.file.path, join(folder, one.target));
        touched.add(target);
        placed.push(one);
      } catch (error) {
        fail(one, error);
      }
    };
    await Promise.all(admitted.map(place));
    try {
      await Promise.all([...touched].map(synchroniseFolder));
      return placed;
    } catch (error) {
      await Promise.all(placed.map((one) => rm(join(folder, one.target), { force: true })));
      for (const one of placed) fail(one, error);
      return [];
    }
  }
}

function fail({ reject }: Waiting, error: unknown): void {
  reject(error);
}

async function dropped(file: ReceivedFile, receipt: StoreReceipt): Promise<StoreReceipt> {
  await rm(file.path, { force: true });
  return receipt;
}

/** Reads the header while the file goes to disk. */
async function synchronisedHeader(file: ReceivedFile): ReturnType<typeof readHeader> {
  // Windows synchronises only what may be written.
  const descriptor = openSync(file.path, 'r+');
  try {
    const synchronised = synchronise(descriptor);
    const [header] = await Promise.allSettled([readHeader(descriptor, file.size), synchronised]);
    await synchronised;
    if (header.status === 'rejected') throw header.reason;
    return header.value;
  } finally {
    closeSync(descriptor);
  }
}
