import { prepare, type Prepared } from './prepare.ts';
import { workerCodecs } from '../codec-urls.ts';
import type { Job } from './engine.ts';
import type { Look } from './look.ts';
import type { Profile } from './profile.ts';
import { Pseudonyms } from './pseudonym.ts';

/** Jobs name their key once; instances refer to it. */
export type PrepareRequest =
  | {
      readonly kind: 'key';
      readonly keyId: string;
      readonly key: CryptoKey;
      readonly profile: Profile;
    }
  | { readonly kind: 'forget'; readonly keyId: string }
  | {
      readonly kind: 'prepare';
      readonly id: number;
      readonly file: Blob;
      /** Undefined sends the instance as it is. */
      readonly keyId: string | undefined;
      readonly withChanges: boolean;
      readonly look: Look;
    };

export interface PrepareReply {
  readonly id: number;
  readonly prepared: Prepared;
}

const jobs = new Map<string, Pick<Job, 'profile' | 'pseudonyms'>>();
const codecs = workerCodecs();
const encoder = new TextEncoder();

self.addEventListener('message', ({ data }: MessageEvent<PrepareRequest>) => {
  if (data.kind === 'key') {
    const { key } = data;
    const hash = async (text: string) =>
      new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)));
    jobs.set(data.keyId, { profile: data.profile, pseudonyms: new Pseudonyms(hash) });
  } else if (data.kind === 'forget') {
    jobs.delete(data.keyId);
  } else {
    void answer(data);
  }
});

async function answer(request: Extract<PrepareRequest, { kind: 'prepare' }>): Promise<void> {
  const { look, withChanges } = request;
  const found = request.keyId === undefined ? undefined : jobs.get(request.keyId);
  // Without its key a job must not fall back to sending originals.
  const prepared: Prepared =
    request.keyId !== undefined && !found
      ? { kind: 'failed', reason: 'The key of this transfer is gone.' }
      : await prepare(request.file, { job: found && { ...found, look, codecs }, withChanges });
  const transfer =
    prepared.kind === 'ready' ? prepared.parts.filter((part) => part instanceof Uint8Array) : [];
  self.postMessage({ id: request.id, prepared } satisfies PrepareReply, {
    transfer: [...new Set(transfer.map((part) => part.buffer))],
  });
}
