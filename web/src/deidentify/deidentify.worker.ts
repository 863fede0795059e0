import { prepare, type Prepared } from './prepare.ts';
import { blobSource } from '../../../shared/dicom/blob-source.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import type { Box } from '../../../shared/pixels/box.ts';
import { workerCodecs } from '../codec-urls.ts';
import type { Job } from './engine.ts';
import { searchFace, type FoundFace } from './face/search-face.ts';
import type { Look } from './look.ts';
import { BASIC_PROFILE, type Profile } from './profile.ts';
import { Pseudonyms } from './pseudonym.ts';
import { searchText } from './search-text.ts';

/** Jobs name their key once; instances refer to it. */
export type PrepareRequest =
  | {
      readonly kind: 'key';
      readonly keyId: string;
      readonly key: CryptoKey;
      /** What an older page has kept may lack some of it, or all: the Basic Profile stands in. */
      readonly profile: Partial<Profile> | undefined;
    }
  | { readonly kind: 'forget'; readonly keyId: string }
  /** Where text may stand in its pictures. */
  | { readonly kind: 'search'; readonly id: number; readonly file: Blob }
  /** The face in the slices of a series. */
  | { readonly kind: 'face'; readonly id: number; readonly files: readonly Blob[] }
  | {
      readonly kind: 'prepare';
      readonly id: number;
      readonly file: Blob;
      /** Undefined sends the instance as it is. */
      readonly keyId: string | undefined;
      readonly withChanges: boolean;
      readonly withParts: boolean;
      readonly look: Look;
    };

export type PrepareReply =
  | { readonly id: number; readonly prepared: Prepared }
  | { readonly id: number; readonly boxes: readonly Box[] }
  | { readonly id: number; readonly face: FoundFace };

const jobs = new Map<string, Pick<Job, 'profile' | 'pseudonyms'>>();
const codecs = workerCodecs();
const encoder = new TextEncoder();

self.addEventListener('message', ({ data }: MessageEvent<PrepareRequest>) => {
  if (data.kind === 'key') {
    const { key } = data;
    const hash = async (text: string) =>
      new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)));
    jobs.set(data.keyId, {
      profile: { ...BASIC_PROFILE, ...data.profile },
      pseudonyms: new Pseudonyms(hash),
    });
  } else if (data.kind === 'forget') {
    jobs.delete(data.keyId);
  } else if (data.kind === 'search') {
    void search(data.id, data.file);
  } else if (data.kind === 'face') {
    void searchFaceIn(data.id, data.files);
  } else {
    void answer(data);
  }
});

async function search(id: number, file: Blob): Promise<void> {
  // What can't be decoded isn't shown either: whoever looks at it sees that.
  const boxes = await readInstance(blobSource(file))
    .then((instance) => searchText(instance, codecs))
    .catch(() => []);
  self.postMessage({ id, boxes } satisfies PrepareReply);
}

async function searchFaceIn(id: number, files: readonly Blob[]): Promise<void> {
  const face = await searchFace(files.map(blobSource), codecs).catch(
    (error: unknown): FoundFace => ({
      kind: 'none',
      why: error instanceof Error ? error.message : String(error),
    }),
  );
  const transfer = face.kind === 'found' ? [face.preview.values.buffer] : [];
  self.postMessage({ id, face } satisfies PrepareReply, { transfer });
}

async function answer(request: Extract<PrepareRequest, { kind: 'prepare' }>): Promise<void> {
  const { look, withChanges, withParts } = request;
  const found = request.keyId === undefined ? undefined : jobs.get(request.keyId);
  // Without its key a job must not fall back to sending originals.
  const prepared: Prepared =
    request.keyId !== undefined && !found
      ? { kind: 'failed', reason: 'The key of this transfer is gone.' }
      : await prepare(request.file, {
          job: found && { ...found, look, codecs },
          withChanges,
          withParts,
          hasFewParts: true,
        });
  const transfer =
    prepared.kind === 'ready' ? prepared.parts.filter((part) => part instanceof Uint8Array) : [];
  self.postMessage({ id: request.id, prepared } satisfies PrepareReply, {
    transfer: [...new Set(transfer.map((part) => part.buffer))],
  });
}
