import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { z } from 'zod';
import type { Measurement } from '../analysis/measurement.ts';

/** Neither key can be read out: what is kept says nothing to who reads the disk alone, not even of whom it is. */
interface Keys {
  readonly name: 'keys';
  /** Makes the names of studies. */
  readonly naming: CryptoKey;
  readonly content: CryptoKey;
}

interface KeptMeasurement {
  /** A keyed hash of the Study Instance UID. */
  readonly study: string;
  readonly id: string;
  readonly nonce: Uint8Array<ArrayBuffer>;
  /** A measurement as JSON, by AES-GCM. */
  readonly content: ArrayBuffer;
}

interface MeasurementDatabase extends DBSchema {
  keys: { key: string; value: Keys };
  measurements: { key: [string, string]; value: KeptMeasurement };
}

const KINDS = [
  'length',
  'bidirectional',
  'angle',
  'cobb',
  'ellipse',
  'rectangle',
  'freehand',
  'probe',
  'arrow',
  'calibration',
] as const satisfies readonly Measurement['kind'][];

const measurementSchema = z.object({
  id: z.string(),
  kind: z.enum(KINDS),
  seriesInstanceUid: z.string(),
  sopInstanceUid: z.string(),
  frameIndex: z.int().min(0),
  points: z.array(z.object({ x: z.number(), y: z.number() })),
  name: z.string(),
  colour: z.int().min(0),
  createdAt: z.number(),
  lengthMm: z.number().positive().exactOptional(),
});

/** Measurements by study, in this browser's IndexedDB: a record each, so that two windows keep what either draws. */
export class MeasurementStore {
  readonly #name: string;
  /** Tells other windows that something has changed, and nothing of what. */
  readonly #channel: BroadcastChannel;
  readonly #listeners = new Set<() => void>();
  #opened: Promise<{ database: IDBPDatabase<MeasurementDatabase>; keys: Keys }> | undefined;

  constructor(name = 'gantry-measurements') {
    this.#name = name;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = () => {
      for (const listener of this.#listeners) listener();
    };
  }

  /** Calls back when another window has changed what is kept, until what is returned is called. */
  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What was kept of a study, in the order in which it was drawn. What can't be read any more is left out. */
  async load(studyInstanceUid: string): Promise<Measurement[]> {
    const { database, keys } = await this.#open();
    const study = await nameOf(studyInstanceUid, keys);
    const kept = await database.getAll('measurements', rangeOf(study));
    const read = await Promise.all(kept.map((record) => reveal(record, keys)));
    return read
      .filter((measurement) => measurement !== undefined)
      .sort((a, b) => a.createdAt - b.createdAt);
  }

  /**
   * Writes all of it or nothing, and resolves when it is on disk. Rejects with a QuotaExceededError when the disk has no
   * room, or the browser gives none; what was kept before is there still.
   */
  async save(
    studyInstanceUid: string,
    changed: readonly Measurement[],
    removed: readonly string[],
  ): Promise<void> {
    const { database, keys } = await this.#open();
    const study = await nameOf(studyInstanceUid, keys);
    const records = await Promise.all(changed.map((one) => conceal(study, one, keys)));
    const transaction = database.transaction('measurements', 'readwrite', { durability: 'strict' });
    const work = [
      ...records.map((record) => transaction.store.put(record)),
      ...removed.map((id) => transaction.store.delete([study, id])),
    ];
    await Promise.all([...work, transaction.done]);
    this.#channel.postMessage('changed');
  }

  /** How many are kept, of all studies. */
  async count(): Promise<number> {
    const { database } = await this.#open();
    return database.count('measurements');
  }

  /** Forgets all, and the keys with them. */
  async erase(): Promise<void> {
    const { database } = await this.#open();
    const transaction = database.transaction(['keys', 'measurements'], 'readwrite');
    await Promise.all([
      transaction.objectStore('keys').clear(),
      transaction.objectStore('measurements').clear(),
      transaction.done,
    ]);
    database.close();
    this.#opened = undefined;
    this.#channel.postMessage('changed');
  }

  #open() {
    this.#opened ??= open(this.#name);
    // A failure may pass: the next attempt opens again.
    this.#opened.catch(() => (this.#opened = undefined));
    return this.#opened;
  }
}

async function open(name: string) {
  const database = await openDB<MeasurementDatabase>(name, 1, {
    upgrade(made) {
      made.createObjectStore('keys', { keyPath: 'name' });
      made.createObjectStore('measurements', { keyPath: ['study', 'id'] });
    },
  });
  const known = await database.get('keys', 'keys');
  if (known) return { database, keys: known };
  const fresh = await makeKeys();
  // Another window may have made its own meanwhile: the first ones count.
  const transaction = database.transaction('keys', 'readwrite');
  const keys = (await transaction.store.get('keys')) ?? fresh;
  if (keys === fresh) await transaction.store.put(fresh);
  await transaction.done;
  return { database, keys };
}

async function makeKeys(): Promise<Keys> {
  const naming: HmacKeyGenParams = { name: 'HMAC', hash: 'SHA-256' };
  const content: AesKeyGenParams = { name: 'AES-GCM', length: 256 };
  return {
    name: 'keys',
    naming: await crypto.subtle.generateKey(naming, false, ['sign']),
    content: await crypto.subtle.generateKey(content, false, ['encrypt', 'decrypt']),
  };
}

async function nameOf(studyInstanceUid: string, { naming }: Keys): Promise<string> {
  const bytes = new TextEncoder().encode(studyInstanceUid);
  return new Uint8Array(await crypto.subtle.sign('HMAC', naming, bytes)).toHex();
}

async function conceal(
  study: string,
  measurement: Measurement,
  { content }: Keys,
): Promise<KeptMeasurement> {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const bytes = new TextEncoder().encode(JSON.stringify(measurement));
  const cipher = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, content, bytes);
  return { study, id: measurement.id, nonce, content: cipher };
}

async function reveal(
  { nonce, content }: KeptMeasurement,
  keys: Keys,
): Promise<Measurement | undefined> {
  try {
    const plain = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: nonce },
      keys.content,
      content,
    );
    const parsed: unknown = JSON.parse(new TextDecoder().decode(plain));
    return measurementSchema.parse(parsed);
  } catch {
    return undefined;
  }
}

const rangeOf = (study: string) => IDBKeyRange.bound([study], [study, []]);
