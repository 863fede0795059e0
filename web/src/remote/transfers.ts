import {
  DeflatedExplicitVrLittleEndian,
  ExplicitVrLittleEndian,
} from '../../../shared/dicom/uids.ts';
import type { Profile } from '../deidentify/profile.ts';
import { uidSchema, type StoreContext } from '../../../shared/protocol/messages.ts';
import type { ItemRecord, JobRecord, TransferMode } from './job-store.ts';
import {
  contextsOf,
  TransferJob,
  type ItemView,
  type JobDependencies,
  type JobView,
  type TransferInput,
} from './transfer-job.ts';

/** A file to send, with what the bridge must negotiate for it. */
export interface NewTransferInput extends TransferInput {
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
}

export interface NewTransfer {
  readonly peer: string;
  readonly mode: TransferMode;
  /** Undefined for sending as it is. */
  readonly key: CryptoKey | undefined;
  readonly profile: Profile | undefined;
  readonly inputs: readonly NewTransferInput[];
}

/** All transfers of this page, and those that an earlier page left unfinished. */
export class Transfers {
  readonly #dependencies: JobDependencies;
  readonly #jobs = new Map<string, TransferJob>();

  constructor(dependencies: JobDependencies) {
    this.#dependencies = dependencies;
  }

  /** Newest first. */
  get views(): JobView[] {
    return [...this.#jobs.values()]
      .map((job) => job.view)
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  items(id: string): ItemView[] {
    return this.#jobs.get(id)?.items ?? [];
  }

  /** Brings back what a reload interrupted. */
  async restore(): Promise<void> {
    for (const { job, items } of await this.#dependencies.store.load()) {
      this.#jobs.set(job.id, new TransferJob(job, items, [], this.#dependencies));
    }
    this.#dependencies.onChange();
  }

  /** Keeps what is needed to resume, then sends. Resolves when the transfer has ended or was interrupted. */
  async start({ peer, mode, key, profile, inputs }: NewTransfer): Promise<void> {
    const id = crypto.randomUUID();
    const job: JobRecord = {
      id,
      createdAt: Date.now(),
      peer,
      mode,
      key,
      profile,
      contexts: contextsOf(
        inputs.flatMap((input) => negotiated(input, mode, profile)).filter(isNegotiable),
      ),
      total: inputs.length,
    };
    const items = await Promise.all(inputs.map((input, index) => itemRecord(id, index, input)));
    await this.#dependencies.store.save(job, items);
    const transfer = new TransferJob(job, items, inputs, this.#dependencies);
    this.#jobs.set(id, transfer);
    await transfer.run();
  }

  async resume(id: string): Promise<void> {
    await this.#jobs.get(id)?.run();
  }

  async retryFailed(id: string): Promise<void> {
    const job = this.#jobs.get(id);
    await job?.reopenFailed();
    await job?.run();
  }

  cancel(id: string): void {
    this.#jobs.get(id)?.cancel();
  }

  /** Takes a transfer that has ended off the list. */
  dismiss(id: string): void {
    const state = this.#jobs.get(id)?.view.state;
    if (state === 'running' || state === 'interrupted') return;
    this.#jobs.delete(id);
    this.#dependencies.onChange();
  }

  /** Offers files that were dropped to the transfers that miss some. */
  async offer(inputs: readonly TransferInput[]): Promise<void> {
    for (const job of this.#jobs.values()) {
      const missing = job.missing();
      if (missing.size === 0) continue;
      for (const input of inputs) {
        const slot = missing.get(await fingerprintOf(job.id, input));
        if (slot !== undefined) job.provide(slot, input);
      }
    }
    this.#dependencies.onChange();
  }
}

/**
 * A deflated instance is inflated to be de-identified, and leaves so. One in which something is blanked may have to leave
 * its compression.
 */
function negotiated(
  input: NewTransferInput,
  mode: TransferMode,
  profile: Profile | undefined,
): StoreContext[] {
  if (mode !== 'deidentified') return [input];
  const native = { ...input, transferSyntaxUid: ExplicitVrLittleEndian.uid };
  if (input.transferSyntaxUid === DeflatedExplicitVrLittleEndian.uid) return [native];
  const { look } = input;
  const isBlanked =
    (look?.kind === 'seen' && look.boxes.length > 0) || (look?.face?.length ?? 0) > 0;
  const mayBeBlanked = isBlanked || (profile?.pictureRules.length ?? 0) > 0;
  return mayBeBlanked ? [input, native] : [input];
}

/** What can't be negotiated fails by itself, and not the whole transfer. */
const isNegotiable = ({ sopClassUid, transferSyntaxUid }: StoreContext) =>
  uidSchema.safeParse(sopClassUid).success && uidSchema.safeParse(transferSyntaxUid).success;

async function itemRecord(jobId: string, index: number, input: TransferInput): Promise<ItemRecord> {
  return {
    jobId,
    index,
    fingerprint: await fingerprintOf(jobId, input),
    handle: input.handle,
    root: input.root,
    outcome: undefined,
    ...(input.look ? { look: input.look } : {}),
  };
}

/** A file's path, size and time, hashed with the job's number: it tells files apart and names none. */
async function fingerprintOf(jobId: string, input: TransferInput): Promise<string> {
  const text = [jobId, input.path, input.size, input.lastModified].join('\n');
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex();
}
