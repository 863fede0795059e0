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

/** Replacements by value: the same for the same original, over files, runs and machines that share the key. */
export class Pseudonyms {
  readonly #hash: KeyedHash;
  readonly #uids = new Map<string, string>();
  readonly #patients = new Map<string, string>();

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  /** The mapped UID, under the root 2.25; UIDs of the standard stay as they are. */
  async uid(original: string): Promise<string> {
    if (original === '' || isStandardUid(original)) return original;
    return this.#remember(this.#uids, original, async () =>
      uuidDerivedUid(await this.#hash(`uid\n${original}`)),
    );
  }

  /** A subject's name and ID in one: "ANON-" and 10 characters. */
  async patient(patient: PatientIdentity): Promise<string> {
    const identity = identityOf(patient);
    return this.#remember(this.#patients, identity, async () => {
      const bytes = await this.#hash(`patient\n${identity}`);
      const letters = Array.from(bytes.subarray(0, 10), (byte) => ALPHABET[byte & 31] ?? '0');
      return `ANON-${letters.join('')}`;
    });
  }

  async #remember(
    known: Map<string, string>,
    original: string,
    make: () => Promise<string>,
  ): Promise<string> {
    const found = known.get(original);
    if (found !== undefined) return found;
    const made = await make();
    if (known.size >= MAX_KEPT) known.clear();
    known.set(original, made);
    return made;
  }
}

function identityOf({ id, issuer, name, studyInstanceUid }: PatientIdentity): string {
  if (id !== '') return `id\n${issuer}\n${id}`;
  return name !== '' ? `name\n${name}` : `study\n${studyInstanceUid}`;
}
