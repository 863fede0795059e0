import { concatBytes } from '../../../shared/dicom/encode.ts';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { inflateDataset } from '../../../shared/dicom/inflate.ts';
import { readDataset } from '../../../shared/dicom/read-instance.ts';
import {
  transcodeDataset,
  transcodedBytes,
  UNCOMPRESSED_SYNTAXES,
} from '../../../shared/dicom/transcode.ts';
import { transcodeStream } from '../../../shared/dicom/transcode-stream.ts';
import {
  ExplicitVrLittleEndian,
  transferSyntaxOf,
  type TransferSyntax,
} from '../../../shared/dicom/uids.ts';
import { pixelEncodingOf } from '../../../shared/pixels/transfer-syntaxes.ts';
import type { Decompressor } from '../conversion/decompressor.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import type { StoragePair, StoreRequest } from '../dimse/storage-scu.ts';

/** A deflated instance that grows beyond this in memory is not sent in another syntax: 256 MiB. */
const MAX_INFLATED = 256 * 1024 * 1024;

/** A compressed instance larger than this is not decompressed for a peer: 512 MiB. */
const MAX_COMPRESSED = 512 * 1024 * 1024;

/** Values longer than this aren't looked at one by one. */
const MAX_VALUE_BYTES = 64 * 1024;

/** Decodes the pixels of a data set. */
export type Decompress = Decompressor['decompress'];

/** The transfer syntaxes that an instance can be sent in instead of its own, what loses least first. */
export function otherSyntaxes(pair: StoragePair): StoragePair[] {
  // What is compressed is sent decompressed where it can be decoded.
  const { encapsulated } = transferSyntaxOf(pair.transferSyntaxUid);
  if (encapsulated && pixelEncodingOf(pair.transferSyntaxUid) === undefined) return [];
  return UNCOMPRESSED_SYNTAXES.filter(({ uid }) => uid !== pair.transferSyntaxUid).map(
    ({ uid }) => ({
      sopClassUid: pair.sopClassUid,
      transferSyntaxUid: uid,
    }),
  );
}

/** Each pair, and behind all of them what their instances could be sent in instead. */
export const withOtherSyntaxes = (pairs: readonly StoragePair[]): StoragePair[] => [
  ...pairs,
  ...pairs.flatMap(otherSyntaxes),
];

/**
 * A request to store an instance in another transfer syntax; its bytes are written anew while they are sent.
 * @param chunks the data set where it is here as a whole; otherwise it passes through as it comes
 * @param decompress for what is compressed
 * @throws DimseError invalid-dataset when it can't be taken apart; of a stream that shows on the way, as source-failed
 */
export async function inOtherSyntax(
  request: StoreRequest & { readonly length: number },
  chunks: readonly Uint8Array[] | undefined,
  targetUid: string,
  decompress: Decompress,
): Promise<StoreRequest> {
  const from = transferSyntaxOf(request.transferSyntaxUid);
  const target = transferSyntaxOf(targetUid);
  const converted = { ...request, transferSyntaxUid: targetUid };
  if (from.encapsulated) return decompressed(request, chunks, targetUid, decompress);
  try {
    if (chunks) return { ...converted, ...(await wholeInOther(concatBytes(chunks), from, target)) };
  } catch (cause) {
    const message = 'It can not be written in a transfer syntax that the peer takes.';
    throw new DimseError('invalid-dataset', message, { cause });
  }
  if (from.deflated) {
    const message = 'It is deflated, which the peer does not take, and too large to be inflated.';
    throw new DimseError('invalid-dataset', message);
  }
  const { dataset, length } = request;
  const stream = dataset instanceof Uint8Array ? iterate([dataset]) : dataset;
  return {
    ...converted,
    dataset: transcodeStream(stream, length, from, target),
    length: undefined,
  };
}

/** An instance whose pixels are decoded while it is sent. */
async function decompressed(
  request: StoreRequest & { readonly length: number },
  chunks: readonly Uint8Array[] | undefined,
  targetUid: string,
  decompress: Decompress,
): Promise<StoreRequest> {
  if (request.length > MAX_COMPRESSED) {
    const message = 'It is compressed, which the peer does not take, and too large to be decoded.';
    throw new DimseError('invalid-dataset', message);
  }
  const { dataset, transferSyntaxUid } = request;
  const whole = chunks ?? (dataset instanceof Uint8Array ? [dataset] : await taken(dataset));
  const native = await decompress(concatBytes(whole), transferSyntaxUid).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : 'unknown';
    const message = `The peer does not take its compression, and it can’t be decoded: ${why}`;
    throw new DimseError('invalid-dataset', message, { cause });
  });
  const target = transferSyntaxOf(targetUid);
  const converted = { ...request, transferSyntaxUid: targetUid };
  if (targetUid === ExplicitVrLittleEndian.uid) return { ...converted, ...native };
  const { dataset: frames, length } = native;
  return {
    ...converted,
    dataset: transcodeStream(frames, length, ExplicitVrLittleEndian, target),
    length: undefined,
  };
}

async function taken(dataset: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  return Array.fromAsync(dataset);
}

async function wholeInOther(
  bytes: Uint8Array<ArrayBuffer>,
  from: TransferSyntax,
  target: TransferSyntax,
): Promise<Pick<StoreRequest, 'dataset' | 'length'>> {
  const source = bufferSource(from.deflated ? inflateDataset(bytes, MAX_INFLATED) : bytes);
  const { explicitVr, littleEndian } = from;
  const parsed = await readDataset(source, {
    explicitVr,
    littleEndian,
    start: 0,
    end: source.size,
    maxValueBytes: MAX_VALUE_BYTES,
  });
  const transcoded = transcodeDataset(parsed, target);
  return { dataset: transcodedBytes(transcoded, source), length: transcoded.length };
}

async function* iterate(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
