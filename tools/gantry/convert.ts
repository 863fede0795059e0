import { open, rename, rm } from 'node:fs/promises';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import type { Dataset } from '../../shared/dicom/dataset.ts';
import { encodeFileMeta } from '../../shared/dicom/encode.ts';
import {
  NotDicomError,
  readInstance,
  type ParsedInstance,
} from '../../shared/dicom/read-instance.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { transcodeInstance, UNCOMPRESSED_SYNTAXES } from '../../shared/dicom/transcode.ts';
import { transcodeStream } from '../../shared/dicom/transcode-stream.ts';
import {
  ExplicitVrLittleEndian,
  isUid,
  transferSyntaxOf,
  uuidDerivedUid,
  type TransferSyntax,
} from '../../shared/dicom/uids.ts';
import { compress } from '../../shared/pixels/compress.ts';
import { decompress } from '../../shared/pixels/decompress.ts';
import { COMPRESSED_SYNTAXES } from '../../shared/pixels/encode/compressed-syntaxes.ts';
import { fileSource } from './file-source.ts';

export interface ConvertOptions {
  /** A UID, or one of `SYNTAX_KEYWORDS`. */
  readonly syntax: string;
  readonly out: string;
  readonly isLossy: boolean;
  /** Of a lossy syntax, 1 to 100. */
  readonly quality: number;
}

const UNCOMPRESSED: ReadonlyMap<string, TransferSyntax> = new Map(
  ['explicit', 'implicit', 'big-endian'].flatMap((keyword, i) => {
    const syntax = UNCOMPRESSED_SYNTAXES[i];
    return syntax ? [[keyword, syntax]] : [];
  }),
);

/** Names by which `--syntax` knows transfer syntaxes. */
export const SYNTAX_KEYWORDS: readonly string[] = [
  ...UNCOMPRESSED.keys(),
  ...COMPRESSED_SYNTAXES.map(({ keyword }) => keyword),
];

/** A transfer syntax that can't be written, or that loses something and wasn't asked for twice. */
export class ConvertUsageError extends Error {
  override readonly name = 'ConvertUsageError';
}

interface Converted {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly transferSyntaxUid: string;
  /** Another one where it became another image. */
  readonly sopInstanceUid: string | undefined;
}

/**
 * Writes an instance in another transfer syntax.
 * @throws ConvertUsageError, NotDicomError, PixelError, and what the file system says
 */
export async function convert(path: string, options: ConvertOptions): Promise<number> {
  const file = await open(path);
  // What is there stays until its replacement is whole, the source too, should it be the same.
  const partial = `${options.out}.part`;
  try {
    const instance = await readInstance(await fileSource(file));
    const { dataset } = instance;
    const converted = await inSyntax(instance, options);
    const target = await open(partial, 'w');
    try {
      await target.writeFile(metaOf(dataset, converted));
      for await (const chunk of converted.chunks) await target.writeFile(chunk);
    } finally {
      await target.close();
    }
    await rename(partial, options.out);
    return 0;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function metaOf(dataset: Dataset, converted: Converted): Uint8Array {
  const { transferSyntaxUid } = converted;
  const sopClassUid = dataset.string(Tag.SOPClassUID) ?? '';
  const sopInstanceUid = converted.sopInstanceUid ?? dataset.string(Tag.SOPInstanceUID) ?? '';
  if (isUid(sopClassUid) && isUid(sopInstanceUid)) {
    return encodeFileMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid });
  }
  const message = 'Its SOP Class UID or SOP Instance UID is missing or malformed.';
  throw new NotDicomError(message);
}

async function inSyntax(instance: ParsedInstance, options: ConvertOptions): Promise<Converted> {
  const { syntax: wanted, isLossy, quality } = options;
  const compressed = COMPRESSED_SYNTAXES.find(
    ({ uid, keyword }) => uid === wanted || keyword === wanted,
  );
  const codecs = nodeCodecs();
  if (compressed) {
    if (compressed.isLossy && !isLossy) {
      throw new ConvertUsageError(`${compressed.name} loses something: add --lossy.`);
    }
    const random = crypto.getRandomValues(new Uint8Array(16));
    const lossy = compressed.isLossy
      ? { sopInstanceUid: uuidDerivedUid(random), quality }
      : undefined;
    const { chunks } = await compress(instance, compressed, codecs, lossy);
    const { uid } = compressed;
    return { chunks, transferSyntaxUid: uid, sopInstanceUid: lossy?.sopInstanceUid };
  }
  const target =
    UNCOMPRESSED.get(wanted) ?? UNCOMPRESSED_SYNTAXES.find(({ uid }) => uid === wanted);
  if (!target) throw new ConvertUsageError(`${wanted} is no transfer syntax that can be written.`);
  const written = { transferSyntaxUid: target.uid, sopInstanceUid: undefined };
  if (!transferSyntaxOf(instance.transferSyntaxUid).encapsulated) {
    return { ...written, chunks: transcodeInstance(instance, target) };
  }
  const { chunks, length } = await decompress(instance, codecs);
  return target.uid === ExplicitVrLittleEndian.uid
    ? { ...written, chunks }
    : { ...written, chunks: transcodeStream(chunks, length, ExplicitVrLittleEndian, target) };
}
