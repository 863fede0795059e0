import type { Box } from '../../../shared/pixels/box.ts';
import type { PrepareReply, PrepareRequest } from './deidentify.worker.ts';
import type { FoundFace } from './face/search-face.ts';
import { UNSEEN, type Look } from './look.ts';
import type { Prepared } from './prepare.ts';
import type { Profile } from './profile.ts';

interface PrepareFlags {
  readonly withChanges?: boolean;
  /** False for a check: what would be sent isn't wanted. */
  readonly withParts?: boolean;
  /** What has been seen of its pictures; nothing when left out. */
  readonly look?: Look;
}

/** Makes instances ready in a worker: parsing and hashing stay off the page's thread. */
export class Preparer {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (prepared: Prepared) => void>();
  readonly #searching = new Map<number, (boxes: readonly Box[]) => void>();
  readonly #facing = new Map<number, (face: FoundFace) => void>();
  #lastId = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<PrepareReply>) => {
      if ('prepared' in data) this.#waiting.get(data.id)?.(data.prepared);
      else if ('boxes' in data) this.#searching.get(data.id)?.(data.boxes);
      else this.#facing.get(data.id)?.(data.face);
      this.#waiting.delete(data.id);
      this.#searching.delete(data.id);
      this.#facing.delete(data.id);
    });
  }

  /** Makes a key known under a name, with the profile of its transfer, until it is forgotten. */
  useKey(keyId: string, key: CryptoKey, profile: Profile | undefined): void {
    this.#post({ kind: 'key', keyId, key, profile });
  }

  forgetKey(keyId: string): void {
    this.#post({ kind: 'forget', keyId });
  }

  /** @param keyId undefined makes the instance ready as it is. */
  prepare(
    file: Blob,
    keyId: string | undefined,
    { withChanges = false, withParts = true, look = UNSEEN }: PrepareFlags = {},
  ): Promise<Prepared> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#post({ kind: 'prepare', id, file, keyId, withChanges, withParts, look });
    });
  }

  /** Where text may stand in the pictures of an instance. */
  search(file: Blob): Promise<readonly Box[]> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#searching.set(id, resolve);
      this.#post({ kind: 'search', id, file });
    });
  }

  /** The face in the slices of a series; its boxes are in the order of the files. */
  searchFace(files: readonly Blob[]): Promise<FoundFace> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#facing.set(id, resolve);
      this.#post({ kind: 'face', id, files });
    });
  }

  #post(request: PrepareRequest): void {
    this.#worker.postMessage(request);
  }
}

/** A new secret for one transfer: it can be used and kept, but not read out. */
export const createKey = (): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
