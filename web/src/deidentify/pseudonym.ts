import { isStandardUid, uuidDerivedUid } from '../../../shared/dicom/uids.ts';

/**
 * A keyed hash of a text: the same text gives the same 32 bytes as long as the key is the same, and nobody without
 * the key can find the text. The page makes it from a CryptoKey (HMAC with SHA-256) that never leaves the browser.
 */
export type KeyedHash = (text: string) => Promise<Uint8Array>;

/** Results kept at most; a UID that was dropped is computed again, with the same result. */
const MAX_KEPT = 200_000;

/** Crockford's alphabet: no letter that is taken for a figure. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Letters of a pseudonym that tell subjects apart, and those that show that it is one of this key. */
const LETTERS = 10;
const SEAL_LETTERS = 4;

/** Of the 128 bits of a mapped UID, those that show that it is one of this key. */
const SEAL_BITS = 32n;

/** The dates of a patient move back by up to ten years. */
const MAX_SHIFT_DAYS = 3650;

/**
 * What identifies a patient within the source: the ID and who issued it, the name where there is no ID, and where
 * there is neither the study: people without a name must not become one.
 */
export interface PatientIdentity {
  readonly id: string;
  readonly issuer: string;
  readonly name: string;
  readonly studyInstanceUid: string;
}

/**
 * Replacements by value: the same for the same original, over files, runs and machines that share the key. What this
 * key has made is known again by a part that only the key gives, and stays: a second run changes nothing.
 */
export class Pseudonyms {
  readonly #hash: KeyedHash;
  readonly #uids = new Map<string, string>();
  readonly #patients = new Map<string, string>();
  readonly #shifts = new Map<string, number>();

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  /** The mapped UID, under the root 2.25; UIDs of the standard stay as they are. */
  async uid(original: string): Promise<string> {
    if (original === '' || isStandardUid(original)) return original;
    return this.#remember(this.#uids, original, async () => {
      if (await this.#hasMade(original)) return original;
      const bytes = await this.#hash(`uid\n${original}`);
      return this.#sealedUid(bytes.subarray(0, 12));
    });
  }

  /** The same for many; most are known from the instance before. */
  async uidsOf(originals: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    const mapped = new Map<string, string>();
    const missing: string[] = [];
    for (const original of originals) {
      const known = this.#uids.get(original);
      if (known === undefined) missing.push(original);
      else mapped.set(original, known);
    }
    const made = await Promise.all(missing.map((original) => this.uid(original)));
    missing.forEach((original, i) => mapped.set(original, made[i] ?? ''));
    return mapped;
  }

  /** @param bytes 12: the part that tells UIDs apart */
  async #sealedUid(bytes: Uint8Array): Promise<string> {
    const seal = await this.#hash(`seal of a uid\n${bytes.join(' ')}`);
    return uuidDerivedUid(Uint8Array.of(...bytes, ...seal.subarray(0, 4)));
  }

  async #hasMade(uid: string): Promise<boolean> {
    const number = /^2\.25\.([1-9]\d{0,38})$/.exec(uid)?.[1];
    if (number === undefined || BigInt(number) >= 1n << 128n) return false;
    const front = BigInt(number) >> SEAL_BITS;
    const bytes = Uint8Array.from({ length: 12 }, (_, i) =>
      Number((front >> BigInt(8 * (11 - i))) & 255n),
    );
    return (await this.#sealedUid(bytes)) === uid;
  }

  /** A subject's name and ID in one: the prefix, 10 characters and 4 of the seal. */
  async patient(patient: PatientIdentity, prefix: string): Promise<string> {
    const identity = identityOf(patient);
    return this.#remember(this.#patients, `${prefix}\n${identity}`, async () => {
      if (await this.hasNamed(patient.id, prefix)) return patient.id;
      const letters = lettersOf(await this.#hash(`patient\n${identity}`), LETTERS);
      return `${prefix}${letters}${await this.#sealOf(letters)}`;
    });
  }

  /** Stands for a Patient ID in a list of subjects, which then names nobody. */
  async listedAs(id: string): Promise<string> {
    return (await this.#hash(`listed\n${id}`)).toHex();
  }

  /** Whether an ID is a pseudonym of this key. */
  async hasNamed(id: string, prefix: string): Promise<boolean> {
    if (!id.startsWith(prefix) || id.length !== prefix.length + LETTERS + SEAL_LETTERS)
      return false;
    const letters = id.slice(prefix.length, prefix.length + LETTERS);
    return id.endsWith(await this.#sealOf(letters));
  }

  async #sealOf(letters: string): Promise<string> {
    return lettersOf(await this.#hash(`seal of a patient\n${letters}`), SEAL_LETTERS);
  }

  /** By how many days the dates of a patient move: 1 to 3650 back; 0 where they have been moved already. */
  async shiftDays(patient: PatientIdentity, prefix: string): Promise<number> {
    const identity = identityOf(patient);
    return this.#remember(this.#shifts, `${prefix}\n${identity}`, async () => {
      if (await this.hasNamed(patient.id, prefix)) return 0;
      const bytes = await this.#hash(`dates\n${identity}`);
      const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      return -1 - (number % MAX_SHIFT_DAYS);
    });
  }

  async #remember<Made>(
    known: Map<string, Made>,
    original: string,
    make: () => Promise<Made>,
  ): Promise<Made> {
    const found = known.get(original);
    if (found !== undefined) return found;
    const made = await make();
    if (known.size >= MAX_KEPT) known.clear();
    known.set(original, made);
    return made;
  }
}

/**
 * A pseudonym as Patient's Name: a name of one component, with the delimiter that tells it from the form of before 1993
 * (PS3.5 section 6.2.1).
 */
export const asPersonName = (pseudonym: string): string =>
  pseudonym.includes('^') ? pseudonym : `${pseudonym}^`;

const lettersOf = (bytes: Uint8Array, count: number): string =>
  Array.from(bytes.subarray(0, count), (byte) => ALPHABET[byte & 31] ?? '0').join('');

function identityOf({ id, issuer, name, studyInstanceUid }: PatientIdentity): string {
  if (id !== '') return `id\n${issuer}\n${id}`;
  return name !== '' ? `name\n${name}` : `study\n${studyInstanceUid}`;
}
