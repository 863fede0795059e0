import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { admit, type Admission } from './admission.ts';
import { isOutOfResources } from './archive-error.ts';
import { BegunFiles, type BegunFile } from './begun-files.ts';
import { hasDiskSpace } from './disk-space.ts';
import { fileName, studyFolder } from './file-names.ts';
import { Folders } from './folders.ts';
import { fileSource, readHeader, type FileHeader, type Unusable } from './instance-file.ts';
import type { PendingRows } from './pending-rows.ts';
import type { Quotas } from './quotas.ts';
import { Synchroniser } from './synchronise.ts';
import type {
  AdmissionRules,
  AttributeProblem,
  DuplicateRule,
  Origin,
  StoreReceipt,
} from './store.ts';

/** A file that was received whole, and what was said of it by whoever sent it and whoever took it. */
export interface ReceivedFile {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly origin: Origin;
  readonly rules?: AdmissionRules | undefined;
  /** Absolute, in the folder of what comes in. */
  readonly path: string;
  /** Of the file, open for reading and writing; who received it closes it after the receipt. */
  readonly descriptor: number;
  readonly size: number;
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
  /** Milliseconds without anything new after which a study is final; undefined: never. */
  readonly finalAfterMs: number | undefined;
  /** Runs what changes the index and the files one after another. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /** Makes room for so many bytes on the disk; says whether there is. To be run exclusively. */
  readonly makeSpace: (bytes: number) => Promise<boolean>;
  readonly changed: (studyInstanceUid: string) => void;
}

/** Above this size a file is synchronised while its header is read, and holds nobody else up. */
const LONG_BYTES = 1024 * 1024;

/**
 * NTFS may know the length of a file before it has the bytes, so there a name is given to what is safe alone. Elsewhere
 * a file gets its name first: a journal then takes both with one entry.
 */
const isNamedFirst = process.platform !== 'win32';

/**
 * Takes what was received into the archive. What is ready at the same time is synchronised at the same time, each folder
 * once. An instance is safe when its file and the folder's entry are on disk; its row follows.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #synchroniser = new Synchroniser();
  readonly #folders: Folders;
  readonly #begun = new BegunFiles();
  #waiting: Waiting[] = [];
  #running = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#folders = new Folders(options.folder, this.#synchroniser);
  }

  /** `commit` or `drop` of the file follows. */
  begin(file: BegunFile): void {
    this.#begun.begin(file);
  }

  /** What was begun will not be committed. */
  drop(path: string): void {
    this.#begun.drop(path);
  }

  /** Resolves when the instance is safe, or dropped. Rejects when writing fails; there is then no file. */
  async commit(file: ReceivedFile): Promise<StoreReceipt> {
    return withoutFileAfterFailure(file.path, async () => {
      const header = checked(await this.#readHeader(file), file);
      if ('kind' in header) return dropped(file, header);
      if (!(await this.#hasSpace(0))) return dropped(file, { kind: 'out-of-resources' });
      return this.#enqueue(file, header);
    });
  }

  async #readHeader({ path, descriptor, size }: ReceivedFile): ReturnType<typeof readHeader> {
    const begun = await this.#begun.take(path);
    const reading = begun ? Promise.resolve(begun) : readHeader(fileSource(descriptor, size));
    if (size <= LONG_BYTES) return reading;
    const synchronised = this.#synchroniser.file(descriptor, false);
    const [header] = await Promise.allSettled([reading, synchronised]);
    await synchronised;
    if (header.status === 'rejected') throw header.reason;
    return header.value;
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
    const { folder, pending, quotas, duplicates, finalAfterMs = Infinity } = this.#options;
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
      const isStudyFinal =
        found !== undefined &&
        Date.now() - pending.studyReceivedMs(StudyInstanceUID) >= finalAfterMs;
      // Whoever is told that it is kept may delete his own: it must be there.
      const isThere = found && existsSync(join(folder, found.path));
      const admission: Admission =
        found && !isThere
          ? { kind: 'add', origin: file.origin, replaces: found }
          : admit({ ...candidate, isStudyFinal }, found, file.rules?.duplicates ?? duplicates);
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
      const name = fileName(file.sopInstanceUid, receivedMs, file.size);
      const target = studyFolder(origin, StudyInstanceUID);
      admitted.push({ ...waiting, admission, receivedMs, folder: target, name });
    }
    return admitted;
  }

  /** Moves the files to where they stay, and makes sure of it. Those that can't be are answered and left out. */
  async #place(admitted: readonly Admitted[]): Promise<readonly Admitted[]> {
    const isAlone = admitted.length === 1;
    const synchronise = async ({ file }: Admitted): Promise<void> => {
      if (file.size <= LONG_BYTES) await this.#synchroniser.file(file.descriptor, isAlone);
    };
    const move = ({ file, folder, name }: Admitted): Promise<void> =>
      this.#folders.place(file.path, folder, name);
    const steps = isNamedFirst ? [move, synchronise] : [synchronise, move];
    let rest = admitted;
    for (const step of steps) rest = await this.#each(rest, step);
    try {
      await this.#folders.synchronise();
      return rest;
    } catch (error) {
      await Promise.all(rest.map((one) => this.#failed(one, error)));
      return [];
    }
  }

  /** Takes a step with each. @returns those that it went well with; the others are answered */
  async #each(
    admitted: readonly Admitted[],
    step: (one: Admitted) => Promise<void>,
  ): Promise<readonly Admitted[]> {
    const results = await Promise.allSettled(admitted.map(step));
    const well: Admitted[] = [];
    for (const [i, one] of admitted.entries()) {
      const result = results[i];
      if (result?.status === 'rejected') await this.#failed(one, result.reason);
      else well.push(one);
    }
    return well;
  }

  async #failed({ folder, name, reject }: Admitted, error: unknown): Promise<void> {
    await rm(join(this.#options.folder, folder, name), { force: true });
    reject(error);
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
function checked(header: FileHeader | Unusable, announced: ReceivedFile): FileHeader | Unusable {
  if ('kind' in header) return header;
  const { instance } = header.attributes;
  const problems: AttributeProblem[] = [];
  const compare = (keyword: 'SOPClassUID' | 'SOPInstanceUID', expected: string): void => {
    if (instance[keyword] !== expected) problems.push({ keyword, problem: 'differs' });
  };
  compare('SOPClassUID', announced.sopClassUid);
  compare('SOPInstanceUID', announced.sopInstanceUid);
  if (announced.rules?.requiresImageAttributes === true) {
    problems.push(
      ...header.imageLacks.map((keyword) => ({ keyword, problem: 'missing' }) as const),
    );
  }
  return problems.length === 0 ? header : { kind: 'mismatch', problems };
}

async function dropped(file: ReceivedFile, receipt: StoreReceipt): Promise<StoreReceipt> {
  await rm(file.path, { force: true });
  return receipt;
}
