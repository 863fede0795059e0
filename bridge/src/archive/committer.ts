import { closeSync, existsSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { admit, type Admission } from './admission.ts';
import { isOutOfResources } from './archive-error.ts';
import { hasDiskSpace } from './disk-space.ts';
import { writeNewFile } from './file-moves.ts';
import { fileName, INCOMING_FOLDER, studyFolder, WHOLE_SUFFIX } from './file-names.ts';
import { Folders } from './folders.ts';
import {
  fileSource,
  memorySource,
  readHeader,
  type FileHeader,
  type Unusable,
} from './instance-file.ts';
import type { PendingRows } from './pending-rows.ts';
import type { Quotas } from './quotas.ts';
import { Synchroniser } from './synchronise.ts';
import type { AttributeProblem, DuplicateRule, Origin, StoreReceipt } from './store.ts';

/** What was said of an instance, by whoever sent it and whoever took it. */
interface Announced {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly origin: Origin;
}

/** A file that was received whole. */
export interface ReceivedFile extends Announced {
  /** Absolute, in the folder of what comes in. */
  readonly path: string;
  readonly size: number;
}

/** An instance that isn't in a file yet. */
export interface ReceivedWhole extends Announced {
  /** As the file will be; unchanged until the receipt. */
  readonly bytes: Uint8Array;
  /** Whether no other instance is coming in at the same time. */
  readonly isAlone: boolean;
}

interface Waiting {
  readonly file: ReceivedFile;
  readonly header: FileHeader;
  readonly resolve: (receipt: StoreReceipt) => void;
  readonly reject: (error: unknown) => void;
}

interface Admitted extends Waiting {
  readonly admission: Extract<Admission, { kind: 'add' }>;
  /** Relative to the archive's. */
  readonly folder: string;
  readonly name: string;
  readonly receivedMs: number;
}

export interface CommitterOptions {
  /** The archive's. */
  readonly folder: string;
  readonly pending: PendingRows;
  readonly quotas: Quotas;
  readonly duplicates: DuplicateRule;
  /** Runs what changes the index and the files one after another. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /** Makes room for so many bytes on the disk; says whether there is. To be run exclusively. */
  readonly makeSpace: (bytes: number) => Promise<boolean>;
  readonly changed: (studyInstanceUid: string) => void;
}

/**
 * Takes what was received into the archive. What is ready at the same time shares one synchronisation of each folder.
 * An instance is safe when its file and the folder's entry are on disk; its row follows.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #synchroniser = new Synchroniser();
  readonly #folders: Folders;
  #waiting: Waiting[] = [];
  #running = false;
  #lastNumber = 0;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#folders = new Folders(options.folder, this.#synchroniser);
  }

  /** Resolves when the instance is safe, or dropped. Rejects when writing fails; there is then no file. */
  async store({ bytes, isAlone, ...announced }: ReceivedWhole): Promise<StoreReceipt> {
    const header = checked(await readHeader(memorySource(bytes)), announced);
    if ('kind' in header) return header;
    if (!(await this.#hasSpace(bytes.byteLength))) return { kind: 'out-of-resources' };
    const name = `${++this.#lastNumber}${WHOLE_SUFFIX}`;
    const path = join(this.#options.folder, INCOMING_FOLDER, name);
    const file = { ...announced, path, size: bytes.byteLength };
    return withoutFileAfterFailure(path, async () => {
      const descriptor = writeNewFile(path, bytes);
      try {
        await this.#synchroniser.file(descriptor, isAlone);
      } finally {
        closeSync(descriptor);
      }
      return this.#enqueue(file, header);
    });
  }

  /** As `store`, of a file that was written while it came in. */
  async commit(file: ReceivedFile): Promise<StoreReceipt> {
    return withoutFileAfterFailure(file.path, async () => {
      const header = checked(await this.#synchronisedHeader(file), file);
      if ('kind' in header) return dropped(file, header);
      if (!(await this.#hasSpace(0))) return dropped(file, { kind: 'out-of-resources' });
      return this.#enqueue(file, header);
    });
  }

  /** Reads the header while the file goes to disk. */
  async #synchronisedHeader(file: ReceivedFile): ReturnType<typeof readHeader> {
    // Windows synchronises only what may be written.
    const descriptor = openSync(file.path, 'r+');
    try {
      const synchronised = this.#synchroniser.file(descriptor, false);
      const reading = readHeader(fileSource(descriptor, file.size));
      const [header] = await Promise.allSettled([reading, synchronised]);
      await synchronised;
      if (header.status === 'rejected') throw header.reason;
      return header.value;
    } finally {
      closeSync(descriptor);
    }
  }

  async #hasSpace(bytes: number): Promise<boolean> {
    const { folder, exclusively, makeSpace } = this.#options;
    return hasDiskSpace(folder, bytes) || (await exclusively(() => makeSpace(bytes)));
  }

  #enqueue(file: ReceivedFile, header: FileHeader): Promise<StoreReceipt> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ file, header, resolve, reject });
      void this.#run();
    });
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
    const { pending, changed } = this.#options;
    pending.makeRoom();
    const placed = await this.#place(await this.#admit(group));
    for (const { admission, header, file, folder, name, receivedMs, resolve } of placed) {
      const { origin, replaces } = admission;
      const path = `${folder}/${name}`;
      pending.add({ entry: { ...header, path, size: file.size, receivedMs, origin }, replaces });
      changed(header.attributes.study.StudyInstanceUID);
      resolve({ kind: 'stored' });
    }
  }

  async #admit(group: readonly Waiting[]): Promise<readonly Admitted[]> {
    const { folder, pending, quotas, duplicates } = this.#options;
    const admitted: Admitted[] = [];
    const bytesOfGroup = { archive: 0, cache: 0 };
    for (const waiting of group) {
      const { file, header } = waiting;
      const { StudyInstanceUID } = header.attributes.study;
      const candidate = {
        studyInstanceUid: StudyInstanceUID,
        seriesInstanceUid: header.attributes.series.SeriesInstanceUID,
        origin: file.origin,
      };
      const found = pending.find(file.sopInstanceUid);
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
      if (!quotas.hasRoom(origin, bytesOfGroup[origin] + bytes, StudyInstanceUID)) {
        waiting.resolve(await dropped(file, { kind: 'out-of-resources' }));
        continue;
      }
      bytesOfGroup[origin] += bytes;
      const receivedMs = Math.max(Date.now(), (replaces?.receivedMs ?? 0) + 1);
      const name = fileName(file.sopInstanceUid, receivedMs);
      const target = studyFolder(origin, StudyInstanceUID);
      admitted.push({ ...waiting, admission, receivedMs, folder: target, name });
    }
    return admitted;
  }

  /** Moves the files to where they stay. Those that can't be moved are answered and left out. */
  async #place(admitted: readonly Admitted[]): Promise<readonly Admitted[]> {
    const placed: Admitted[] = [];
    for (const one of admitted) {
      try {
        await this.#folders.place(one.file.path, one.folder, one.name);
        placed.push(one);
      } catch (error) {
        one.reject(error);
      }
    }
    try {
      await this.#folders.synchronise();
      return placed;
    } catch (error) {
      const { folder } = this.#options;
      const remove = ({ folder: study, name }: Admitted) =>
        rm(join(folder, study, name), { force: true });
      await Promise.all(placed.map(remove));
      for (const { reject } of placed) reject(error);
      return [];
    }
  }
}

/** Runs the work; when it fails, the file goes. */
async function withoutFileAfterFailure(
  path: string,
  work: () => Promise<StoreReceipt>,
): Promise<StoreReceipt> {
  try {
    return await work();
  } catch (error) {
    await rm(path, { force: true });
    if (isOutOfResources(error)) return { kind: 'out-of-resources' };
    throw error;
  }
}

/** The header, if it is that of the instance that was announced. */
function checked(header: FileHeader | Unusable, announced: Announced): FileHeader | Unusable {
  if ('kind' in header) return header;
  const { instance } = header.attributes;
  const problems: AttributeProblem[] = [];
  const compare = (keyword: 'SOPClassUID' | 'SOPInstanceUID', expected: string): void => {
    if (instance[keyword] !== expected) problems.push({ keyword, problem: 'differs' });
  };
  compare('SOPClassUID', announced.sopClassUid);
  compare('SOPInstanceUID', announced.sopInstanceUid);
  return problems.length === 0 ? header : { kind: 'mismatch', problems };
}

async function dropped(file: ReceivedFile, receipt: StoreReceipt): Promise<StoreReceipt> {
  await rm(file.path, { force: true });
  return receipt;
}
