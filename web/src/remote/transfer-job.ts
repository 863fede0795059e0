import type { StoreContext } from '../../../shared/protocol/messages.ts';
import type { Look } from '../deidentify/look.ts';
import type { Profile } from '../deidentify/profile.ts';
import type { BridgeClient } from './bridge-client.ts';
import { BridgeError } from './bridge-client.ts';
import type { ItemRecord, JobRecord, JobStore, TransferMode } from './job-store.ts';
import { runTransfer, type Convert, type ItemOutcome, type TransferItem } from './transfer.ts';

/** A file that a transfer sends: where it comes from, and what it is known by. */
export interface TransferInput {
  readonly path: string;
  readonly size: number;
  readonly lastModified: number;
  readonly open: () => Promise<File>;
  readonly handle: FileSystemFileHandle | undefined;
  readonly root: FileSystemDirectoryHandle | undefined;
  /** What has been seen of its pictures, and is blanked in them. */
  readonly look?: Look;
}

/** Makes a file ready; `keyId` is undefined for sending as it is. Given by main.ts, which knows the de-identifier. */
export type Prepare = (
  file: File,
  keyId: string | undefined,
  look: Look | undefined,
) => Promise<
  | {
      readonly kind: 'ready';
      readonly sopClassUid: string;
      readonly sopInstanceUid: string;
      readonly transferSyntaxUid: string;
      readonly isReleased: boolean;
      readonly parts: readonly (
        Uint8Array<ArrayBuffer> | Blob | { readonly from: number; readonly to: number }
      )[];
    }
  | { readonly kind: 'withheld'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
>;

/** One line of a transfer's report. */
export interface ItemView {
  readonly index: number;
  /** Undefined after a reload, until the file is found again. */
  readonly path: string | undefined;
  readonly outcome: ItemOutcome | undefined;
  /** What it holds goes as it is, because a person has looked at it. */
  readonly isReleased: boolean;
}

/** What the screen shows of a transfer. stored + withheld + failed + waiting = total, always. */
export interface JobView {
  readonly id: string;
  readonly createdAt: number;
  readonly peer: string;
  readonly mode: TransferMode;
  readonly total: number;
  readonly stored: number;
  /** Of the stored ones, those that the peer answered with a warning. */
  readonly warnings: number;
  readonly withheld: number;
  readonly failed: number;
  readonly waiting: number;
  readonly bytesSent: number;
  readonly state: 'running' | 'interrupted' | 'done' | 'cancelled';
  /** Why it was interrupted, in words. */
  readonly problem: string | undefined;
  /** Waiting files that must be dropped again before it can go on. */
  readonly missingFiles: number;
  /** Milliseconds of work so far, and whether they go on. */
  readonly activeMs: number;
}

interface Slot {
  /** Known once it was prepared. */
  isReleased?: boolean;
  readonly record: ItemRecord;
  input: TransferInput | undefined;
  outcome: ItemOutcome | undefined;
}

export interface JobDependencies {
  readonly client: BridgeClient;
  readonly store: JobStore;
  readonly prepare: Prepare;
  readonly convert: Convert;
  readonly useKey: (keyId: string, key: CryptoKey, profile: Profile | undefined) => void;
  readonly forgetKey: (keyId: string) => void;
  readonly onChange: () => void;
}

/** Outcomes are written to IndexedDB together, at most this often. */
const SAVE_INTERVAL_MS = 500;

/** A transfer: runs, is interrupted, goes on, ends. */
export class TransferJob {
  readonly #dependencies: JobDependencies;
  readonly #job: JobRecord;
  readonly #slots: readonly Slot[];
  readonly #unsaved = new Map<number, ItemOutcome | undefined>();
  #saving: Promise<void> | undefined;
  #abort: AbortController | undefined;
  #state: JobView['state'] = 'interrupted';
  #problem: string | undefined;
  #bytesSent = 0;
  #activeMs = 0;
  #startedAt = 0;

  constructor(
    job: JobRecord,
    items: readonly ItemRecord[],
    inputs: readonly TransferInput[],
    dependencies: JobDependencies,
  ) {
    this.#job = job;
    this.#dependencies = dependencies;
    this.#slots = items.map((record, i) => ({ record, input: inputs[i], outcome: record.outcome }));
  }

  get id(): string {
    return this.#job.id;
  }

  get view(): JobView {
    const counts = { stored: 0, warnings: 0, withheld: 0, failed: 0, waiting: 0, missingFiles: 0 };
    for (const { outcome, input, record } of this.#slots) {
      if (!outcome) {
        counts.waiting++;
        if (!input && !record.handle) counts.missingFiles++;
      } else {
        counts[outcome.kind]++;
        if (outcome.kind === 'stored' && outcome.warning !== undefined) counts.warnings++;
      }
    }
    const { id, createdAt, peer, mode, total } = this.#job;
    const running = this.#state === 'running' ? performance.now() - this.#startedAt : 0;
    return {
      id,
      createdAt,
      peer,
      mode,
      total,
      ...counts,
      bytesSent: this.#bytesSent,
      state: this.#state,
      problem: this.#problem,
      activeMs: this.#activeMs + running,
    };
  }

  get items(): ItemView[] {
    return this.#slots.map(({ record, input, outcome, isReleased }) => ({
      index: record.index,
      path: input?.path,
      outcome,
      isReleased: isReleased ?? record.look?.content === 'released',
    }));
  }

  /** Fingerprints of waiting files that this page doesn't have. */
  missing(): Map<string, number> {
    const missing = new Map<string, number>();
    this.#slots.forEach(({ record, input, outcome }, i) => {
      if (!outcome && !input) missing.set(record.fingerprint, i);
    });
    return missing;
  }

  /** Takes a file that was dropped again. */
  provide(slot: number, input: TransferInput): void {
    const entry = this.#slots[slot];
    if (entry) entry.input = input;
  }

  /**
   * Sends what has no outcome yet. Resolves when the transfer has ended or was interrupted; call it from a click,
   * because the browser may have to ask for permission to read kept folders.
   */
  async run(): Promise<void> {
    if (this.#state === 'running') return;
    this.#setState('running');
    this.#startedAt = performance.now();
    const { key, profile } = this.#job;
    if (key) this.#dependencies.useKey(this.id, key, profile);
    this.#abort = new AbortController();
    try {
      await this.#reopenHandles();
      const items = this.#slots.filter(({ outcome }) => !outcome).map((slot) => this.#itemOf(slot));
      if (items.length > 0) await this.#transfer(items, this.#abort.signal);
      await this.#saved();
      await this.#end('done');
    } catch (error) {
      await this.#saved();
      if (this.#abort.signal.aborted) await this.#end('cancelled');
      else this.#interrupt(error);
    }
  }

  cancel(): void {
    if (this.#state === 'running') this.#abort?.abort(new DOMException('Cancelled', 'AbortError'));
    else void this.#end('cancelled');
  }

  /** Forgets the outcome of what failed, so that run() tries it again. */
  async reopenFailed(): Promise<void> {
    for (const slot of this.#slots) {
      if (slot.outcome?.kind !== 'failed') continue;
      slot.outcome = undefined;
    }
    await this.#dependencies.store.save(
      this.#job,
      this.#slots.map(({ record, outcome }) => ({ ...record, outcome })),
    );
  }

  #transfer(items: readonly TransferItem[], signal: AbortSignal): Promise<void> {
    return runTransfer({
      client: this.#dependencies.client,
      peer: this.#job.peer,
      id: this.id,
      contexts: this.#job.contexts,
      items,
      convert: this.#dependencies.convert,
      signal,
      onOutcome: (index, outcome) => {
        this.#record(index, outcome);
      },
      onBytesSent: (bytes) => {
        this.#bytesSent += bytes;
        this.#dependencies.onChange();
      },
    });
  }

  #itemOf(slot: Slot): TransferItem {
    const open = () => {
      if (slot.input) return slot.input.open();
      if (slot.record.handle) return slot.record.handle.getFile();
      return Promise.reject(new Error('The file must be dropped again.'));
    };
    const keyId = this.#job.mode === 'deidentified' ? this.id : undefined;
    return {
      index: slot.record.index,
      prepare: async () => {
        try {
          const file = await open();
          const prepared = await this.#dependencies.prepare(file, keyId, slot.record.look);
          if (prepared.kind !== 'ready') return prepared;
          slot.isReleased = prepared.isReleased;
          const { parts, kind, sopClassUid, sopInstanceUid, transferSyntaxUid } = prepared;
          const dataset = new Blob(
            parts.map((part) => ('from' in part ? file.slice(part.from, part.to) : part)),
          );
          return { kind, sopClassUid, sopInstanceUid, transferSyntaxUid, dataset };
        } catch (error) {
          const detail = error instanceof Error ? error.message : String(error);
          return { kind: 'failed', reason: `The file could not be opened: ${detail}` };
        }
      },
      probe: async () => {
        try {
          const file = await open();
          // The last byte: a file that was cut or changed can't give it.
          await file.slice(Math.max(0, file.size - 1)).arrayBuffer();
          return slot.input === undefined || file.lastModified === slot.input.lastModified;
        } catch {
          return false;
        }
      },
    };
  }

  /** Kept folders answer "prompt" after a reload: each is asked for once, its files follow. */
  async #reopenHandles(): Promise<void> {
    const needed = new Set<FileSystemHandle>();
    const missing: number[] = [];
    for (const { record, input, outcome } of this.#slots) {
      if (outcome || input) continue;
      const handle = record.root ?? record.handle;
      if (!handle) missing.push(record.index);
      else if (![...needed].some((known) => known === handle)) needed.add(handle);
    }
    if (missing.length > 0) {
      throw new Error(`${missing.length} files must be dropped again before this can go on.`);
    }
    for (const handle of await withoutDoubles([...needed])) {
      const state = (await handle.queryPermission?.({ mode: 'read' })) ?? 'granted';
      if (state === 'granted') continue;
      if ((await handle.requestPermission?.({ mode: 'read' })) !== 'granted') {
        throw new Error('The browser was not allowed to read the folder again.');
      }
    }
  }

  #record(index: number, outcome: ItemOutcome): void {
    const slot = this.#slots[index];
    if (!slot || slot.outcome?.kind === 'stored') return;
    slot.outcome = outcome;
    this.#unsaved.set(index, outcome);
    this.#saving ??= new Promise((resolve) => setTimeout(resolve, SAVE_INTERVAL_MS)).then(() =>
      this.#saveNow(),
    );
    this.#dependencies.onChange();
  }

  async #saveNow(): Promise<void> {
    this.#saving = undefined;
    const outcomes = new Map(this.#unsaved);
    this.#unsaved.clear();
    if (outcomes.size > 0) await this.#dependencies.store.saveOutcomes(this.id, outcomes);
  }

  /** Resolves when every outcome so far is in IndexedDB. */
  async #saved(): Promise<void> {
    await this.#saving;
    await this.#saveNow();
  }

  #interrupt(error: unknown): void {
    this.#problem = error instanceof Error ? error.message : String(error);
    if (!(error instanceof BridgeError) && !(error instanceof Error)) throw error;
    this.#setState('interrupted');
  }

  async #end(state: 'done' | 'cancelled'): Promise<void> {
    this.#problem = undefined;
    this.#setState(state);
    this.#dependencies.forgetKey(this.id);
    // A transfer whose failures may be retried keeps its key in this page alone.
    await this.#dependencies.store.erase(this.id);
  }

  #setState(state: JobView['state']): void {
    if (this.#state === 'running') this.#activeMs += performance.now() - this.#startedAt;
    this.#state = state;
    if (state === 'running') this.#problem = undefined;
    this.#dependencies.onChange();
  }
}

/** Handles that were read from IndexedDB are objects of their own for the same folder. */
async function withoutDoubles(handles: readonly FileSystemHandle[]): Promise<FileSystemHandle[]> {
  const distinct: FileSystemHandle[] = [];
  for (const handle of handles) {
    const known = await Promise.all(distinct.map((other) => other.isSameEntry(handle)));
    if (!known.includes(true)) distinct.push(handle);
  }
  return distinct;
}

/** What the transfer of these files may hold: each pair once. */
export function contextsOf(
  inputs: Iterable<{ readonly sopClassUid: string; readonly transferSyntaxUid: string }>,
): StoreContext[] {
  const contexts = new Map<string, StoreContext>();
  for (const { sopClassUid, transferSyntaxUid } of inputs) {
    contexts.set(`${sopClassUid} ${transferSyntaxUid}`, { sopClassUid, transferSyntaxUid });
  }
  return [...contexts.values()];
}
