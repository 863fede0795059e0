import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Look } from '../deidentify/look.ts';
import type { Profile } from '../deidentify/profile.ts';
import type { StoreContext } from '../../../shared/protocol/messages.ts';
import type { ItemOutcome } from './transfer.ts';

/** Whether a transfer de-identifies, or sends what is there. */
export type TransferMode = 'deidentified' | 'original';

/** What a transfer needs to go on after a reload. Erased when it ends. */
export interface JobRecord {
  readonly id: string;
  readonly createdAt: number;
  readonly peer: string;
  readonly mode: TransferMode;
  /** Maps UIDs and patients; it can be used, but not read out. */
  readonly key: CryptoKey | undefined;
  /** How it de-identifies. A list of subjects in it names them by what the key makes of their IDs. */
  readonly profile: Profile | undefined;
  readonly contexts: readonly StoreContext[];
  readonly total: number;
}

/** One input of a transfer. No name or path of a file is kept but in the browser's own handle. */
export interface ItemRecord {
  readonly jobId: string;
  readonly index: number;
  /** A hash of path, size and time, by which the file is known when it is dropped again. */
  readonly fingerprint: string;
  readonly handle: FileSystemFileHandle | undefined;
  readonly root: FileSystemDirectoryHandle | undefined;
  readonly outcome: ItemOutcome | undefined;
  /** What has been seen of its pictures: boxes, and no name. */
  readonly look?: Look;
}

interface JobDatabase extends DBSchema {
  jobs: { key: string; value: JobRecord };
  items: { key: [string, number]; value: ItemRecord };
}

/** Transfers that haven't ended, in IndexedDB. */
export class JobStore {
  readonly #database: Promise<IDBPDatabase<JobDatabase>>;

  constructor(name = 'gantry-transfers') {
    this.#database = openDB<JobDatabase>(name, 1, {
      upgrade(database) {
        database.createObjectStore('jobs', { keyPath: 'id' });
        database.createObjectStore('items', { keyPath: ['jobId', 'index'] });
      },
    });
  }

  async save(job: JobRecord, items: readonly ItemRecord[]): Promise<void> {
    const transaction = (await this.#database).transaction(['jobs', 'items'], 'readwrite');
    void transaction.objectStore('jobs').put(job);
    for (const item of items) void transaction.objectStore('items').put(item);
    await transaction.done;
  }

  /** Writes outcomes as they come; the items themselves stay as they were saved. */
  async saveOutcomes(
    jobId: string,
    outcomes: ReadonlyMap<number, ItemOutcome | undefined>,
  ): Promise<void> {
    const transaction = (await this.#database).transaction('items', 'readwrite');
    await Promise.all(
      [...outcomes].map(async ([index, outcome]) => {
        const item = await transaction.store.get([jobId, index]);
        if (item) await transaction.store.put({ ...item, outcome });
      }),
    );
    await transaction.done;
  }

  async load(): Promise<{ job: JobRecord; items: ItemRecord[] }[]> {
    const database = await this.#database;
    const jobs = await database.getAll('jobs');
    return Promise.all(
      jobs.map(async (job) => ({
        job,
        items: await database.getAll('items', rangeOf(job.id)),
      })),
    );
  }

  async erase(jobId: string): Promise<void> {
    const transaction = (await this.#database).transaction(['jobs', 'items'], 'readwrite');
    void transaction.objectStore('jobs').delete(jobId);
    void transaction.objectStore('items').delete(rangeOf(jobId));
    await transaction.done;
  }
}

const rangeOf = (jobId: string) => IDBKeyRange.bound([jobId, 0], [jobId, Infinity]);
