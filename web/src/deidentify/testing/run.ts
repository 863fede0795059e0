import { createHmac } from 'node:crypto';
import { blobSource } from '../../../../shared/dicom/blob-source.ts';
import { concatBytes, encodeFileMeta } from '../../../../shared/dicom/encode.ts';
import { readInstance } from '../../../../shared/dicom/read-instance.ts';
import { nodeCodecs } from '../../../../bridge/src/conversion/node-codecs.ts';
import type { Job } from '../engine.ts';
import type { Look } from '../look.ts';
import { BASIC_PROFILE } from '../profile.ts';
import { prepare, type NotReady, type ReadyInstance } from '../prepare.ts';
import { Pseudonyms } from '../pseudonym.ts';

export const pseudonymsOf = (key: string): Pseudonyms =>
  new Pseudonyms((text) =>
    Promise.resolve(new Uint8Array(createHmac('sha256', key).update(text).digest())),
  );

const codecs = nodeCodecs();

/** Tests of other things send what nobody has looked at, as if someone had. */
export const SEEN: Look = { kind: 'seen', boxes: [] };

export interface Sent {
  readonly prepared: ReadyInstance;
  /** The data set as it would reach the bridge. */
  readonly dataset: Uint8Array<ArrayBuffer>;
  /** The same as a Part 10 file, to be read by other programs. */
  readonly file: Uint8Array<ArrayBuffer>;
}

/** De-identifies a file and puts together what would be sent, from made bytes and ranges of the file. */
export async function send(
  bytes: Uint8Array<ArrayBuffer>,
  pseudonyms = pseudonymsOf('key'),
  withChanges = false,
  job: Partial<Job> = {},
): Promise<Sent | NotReady> {
  const blob = new Blob([bytes]);
  const prepared = await prepare(blob, {
    job: { profile: BASIC_PROFILE, look: SEEN, codecs, pseudonyms, ...job },
    withChanges,
  });
  if (prepared.kind !== 'ready') return prepared;
  const parts = prepared.parts.map(async (part) => {
    if (part instanceof Blob) return new Uint8Array(await part.arrayBuffer());
    return part instanceof Uint8Array ? part : bytes.subarray(part.from, part.to);
  });
  const dataset = concatBytes(await Promise.all(parts));
  return { prepared, dataset, file: concatBytes([encodeFileMeta(prepared), dataset]) };
}

/** The same for what must be sent; anything else is a failure of the test. */
export async function sendReady(
  bytes: Uint8Array<ArrayBuffer>,
  pseudonyms?: Pseudonyms,
): Promise<Sent> {
  const sent = await send(bytes, pseudonyms);
  if ('kind' in sent) throw new Error(`Not sent: ${sent.reason}`);
  return sent;
}

export const read = (bytes: Uint8Array<ArrayBuffer>) => readInstance(blobSource(new Blob([bytes])));
