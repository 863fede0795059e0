import { encodeFileMeta } from '../../shared/dicom/encode.ts';
import type { Box } from '../../shared/pixels/box.ts';
import type { PictureRule } from './deidentify/burned-in-rules.ts';
import type { FoundFace } from './deidentify/face/search-face.ts';
import { UNSEEN, type Decided, type Look } from './deidentify/look.ts';
import type { Prepared, ReadyInstance } from './deidentify/prepare.ts';
import { createKey, type Preparer } from './deidentify/preparer.ts';
import { chosenProfile, DEFAULT_CHOICE, type ProfileChoice } from './deidentify/profile-choice.ts';
import type { Profile } from './deidentify/profile.ts';
import { saveToFolder, saveToZip, unlessClosed, type OutputFile } from './files/save-out.ts';
import type { LibraryInstance } from './library/library.ts';
import type { NewTransferInput, Transfers } from './remote/transfers.ts';
import type { SendPlan } from './ui/actions.ts';

/** An instance of the library as a transfer knows it. */
export function transferInput(instance: LibraryInstance): NewTransferInput {
  const { source, summary, size, lastModified } = instance;
  return {
    path: source.path,
    size,
    lastModified,
    open: () => source.open(),
    handle: source.handle,
    root: source.root,
    sopClassUid: summary.sopClassUid,
    transferSyntaxUid: summary.transferSyntaxUid,
  };
}

/** Begins to plan a transfer; what the plan shows is what it sends, by the same key. */
export async function planSend(
  mode: SendPlan['mode'],
  instances: readonly LibraryInstance[],
  preparer: Preparer,
  transfers: Transfers,
): Promise<SendPlan> {
  const key = mode === 'deidentified' ? await createKey() : undefined;
  const plan = new PlannedSend(mode, instances, key, preparer, transfers);
  await plan.choose(DEFAULT_CHOICE);
  return plan;
}

const encoder = new TextEncoder();

class PlannedSend implements SendPlan {
  readonly mode: SendPlan['mode'];
  readonly instances: readonly LibraryInstance[];
  readonly #key: CryptoKey | undefined;
  readonly #keyId: string | undefined;
  readonly #preparer: Preparer;
  readonly #transfers: Transfers;
  #profile: Profile | undefined;
  #choice = DEFAULT_CHOICE;
  #rules: readonly PictureRule[] = [];
  /** What has been seen of the pictures of an instance; of the others nothing. */
  readonly #looks = new Map<LibraryInstance, Look>();

  constructor(
    mode: SendPlan['mode'],
    instances: readonly LibraryInstance[],
    key: CryptoKey | undefined,
    preparer: Preparer,
    transfers: Transfers,
  ) {
    this.mode = mode;
    this.instances = instances;
    this.#key = key;
    this.#keyId = key && crypto.randomUUID();
    this.#preparer = preparer;
    this.#transfers = transfers;
  }

  async choose(choice: ProfileChoice): Promise<void> {
    const key = this.#key;
    if (!key || this.#keyId === undefined) return;
    const hash = async (text: string) =>
      new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)));
    const ids = this.instances.map(({ summary }) => summary.patientId);
    const profile = await chosenProfile(choice, ids, hash);
    this.#choice = choice;
    this.#profile = { ...profile, pictureRules: this.#rules };
    this.#preparer.useKey(this.#keyId, key, this.#profile);
  }

  async useRules(rules: readonly PictureRule[]): Promise<void> {
    this.#rules = rules;
    await this.choose(this.#choice);
  }

  decide(instances: Iterable<LibraryInstance>, decided: Decided): void {
    for (const instance of instances) {
      const before = this.#lookOf(instance);
      const { face, content } = before;
      const kept = { ...(face ? { face } : {}), ...(content ? { content } : {}) };
      this.#looks.set(
        instance,
        'kind' in decided ? { ...kept, ...decided } : { ...before, ...decided },
      );
    }
  }

  async findText(instance: LibraryInstance): Promise<readonly Box[]> {
    return this.#preparer.search(await instance.source.open());
  }

  async findFace(instances: readonly LibraryInstance[]): Promise<FoundFace> {
    try {
      const files = await Promise.all(instances.map(({ source }) => source.open()));
      return await this.#preparer.searchFace(files);
    } catch (error) {
      return { kind: 'none', why: error instanceof Error ? error.message : String(error) };
    }
  }

  removeFace(
    instances: readonly LibraryInstance[],
    boxes: readonly (readonly Box[])[] | undefined,
  ): void {
    for (const [i, instance] of instances.entries()) {
      const { face: _, ...look } = this.#lookOf(instance);
      this.#looks.set(instance, boxes ? { ...look, face: boxes[i] ?? [] } : look);
    }
  }

  async prepare(instance: LibraryInstance, withChanges: boolean): Promise<Prepared> {
    try {
      const look = this.#lookOf(instance);
      const prepared = await this.#preparer.prepare(await instance.source.open(), this.#keyId, {
        withChanges,
        look,
        withParts: false,
      });
      const isSearched = prepared.kind === 'ready' && prepared.isSearched;
      // It may have been decided meanwhile.
      if (isSearched && this.#lookOf(instance) === look) {
        this.decide([instance], { kind: 'searched' });
      }
      return prepared;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', reason: `The file could not be opened: ${detail}` };
    }
  }

  send(peer: string): void {
    const inputs = this.instances.map((instance) => ({
      ...transferInput(instance),
      look: this.#lookOf(instance),
    }));
    const [key, profile] = [this.#key, this.#profile];
    void this.#transfers.start({ peer, mode: this.mode, key, profile, inputs });
  }

  async saveTo(
    kind: 'folder' | 'zip',
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const count = { written: 0 };
    const files = this.#files(count, onProgress, signal);
    if (kind === 'folder') {
      const folder = await unlessClosed(
        window.showDirectoryPicker?.({ id: 'gantry-out', mode: 'readwrite' }),
      );
      if (!folder) return undefined;
      await saveToFolder(folder, files);
    } else {
      const handle = await unlessClosed(
        window.showSaveFilePicker?.({ id: 'gantry-out', suggestedName: 'deidentified.zip' }),
      );
      if (!handle) return undefined;
      await saveToZip(await handle.createWritable(), files);
    }
    return count.written;
  }

  async *#files(
    count: { written: number },
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): AsyncGenerator<OutputFile> {
    const names = new Set<string>();
    let done = 0;
    for (const instance of this.instances) {
      signal.throwIfAborted();
      const file = await instance.source.open();
      const look = this.#lookOf(instance);
      const prepared = await this.#preparer.prepare(file, this.#keyId, { look });
      if (prepared.kind === 'ready') {
        yield { name: unused(fileNameOf(prepared), names), content: contentOf(prepared, file) };
        count.written++;
      }
      onProgress(++done);
    }
  }

  #lookOf(instance: LibraryInstance): Look {
    return this.#looks.get(instance) ?? UNSEEN;
  }

  discard(): void {
    if (this.#keyId !== undefined) this.#preparer.forgetKey(this.#keyId);
  }
}

/** Only what is new names a file: who, which study, which instance. */
const fileNameOf = ({ subject, studyInstanceUid, sopInstanceUid }: ReadyInstance): string =>
  [subject, studyInstanceUid, `${sopInstanceUid}.dcm`]
    .filter((part) => part !== '')
    .map((part) => part.replace(/[^A-Za-z0-9._-]/g, '_'))
    .join('/');

/** Two files with one UID may differ: both are written. */
function unused(name: string, names: Set<string>): string {
  let free = name;
  for (let number = 2; names.has(free); number++) free = name.replace(/\.dcm$/, `-${number}.dcm`);
  names.add(free);
  return free;
}

const contentOf = (prepared: ReadyInstance, file: Blob): Blob =>
  new Blob([
    encodeFileMeta(prepared),
    ...prepared.parts.map((part) => ('from' in part ? file.slice(part.from, part.to) : part)),
  ]);
