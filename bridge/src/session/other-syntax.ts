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
import { LOSSLESS_SYNTAXES } from '../../../shared/pixels/encode/compressed-syntaxes.ts';
import { pixelEncodingOf } from '../../../shared/pixels/transfer-syntaxes.ts';
import type { Converter } from '../conversion/converter.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import type { StoragePair, StoreRequest } from '../dimse/storage-scu.ts';

/** A deflated instance that grows beyond this in memory is not sent in another syntax: 256 MiB. */
const MAX_INFLATED = 256 * 1024 * 1024;

/** An instance larger than this is neither decoded nor encoded for a peer: 512 MiB. */
const MAX_CONVERTED = 512 * 1024 * 1024;

/** Values longer than this aren't looked at one by one. */
const MAX_VALUE_BYTES = 64 * 1024;

/** Decodes or encodes the pixels of a data set. */
export type Convert = Converter['convert'];

/**
 * The transfer syntaxes that an instance can be sent in instead of its own: what isn't compressed, then what is
 * without loss. Nothing that loses is among them.
 */
export function otherSyntaxes(pair: StoragePair): StoragePair[] {
  const { sopClassUid, transferSyntaxUid: own } = pair;
  // What is compressed is sent decompressed where it can be decoded.
  if (transferSyntaxOf(own).encapsulated && pixelEncodingOf(own) === undefined) return [];
  return [...UNCOMPRESSED_SYNTAXES, ...LOSSLESS_SYNTAXES]
    .filter(({ uid }) => uid !== own)
    .map(({ uid }) => ({ sopClassUid, transferSyntaxUid: uid }));
}

/**
 * Each pair, and behind all of them what their instances could be sent in instead; compressed syntaxes last, so that of many
 * pairs these are what goes to another association.
 */
export function withOtherSyntaxes(pairs: readonly StoragePair[]): StoragePair[] {
  const others = pairs.flatMap(otherSyntaxes);
  const isCompressed = ({ transferSyntaxUid }: StoragePair) =>
    transferSyntaxOf(transferSyntaxUid).encapsulated;
  return [
    ...pairs,
    ...others.filter((pair) => !isCompressed(pair)),
    ...others.filter(isCompressed),
  ];
}

/**
 * A request to store an instance in another transfer syntax; its bytes are written anew while they are sent.
 * @param chunks the data set where it is here as a whole; otherwise it passes through as it comes
 * @param convert for what is compressed, or shall be
 * @throws DimseError invalid-dataset when it can't be taken apart; of a stream that shows on the way, as source-failed
 */
async function inOtherSyntax(
  request: StoreRequest & { readonly length: number },
  chunks: readonly Uint8Array[] | undefined,
  targetUid: string,
  convert: Convert,
): Promise<StoreRequest> {
  const from = transferSyntaxOf(request.transferSyntaxUid);
  const target = transferSyntaxOf(targetUid);
  const converted = { ...request, transferSyntaxUid: targetUid };
  if (recodingTarget(from.uid, target.uid) !== undefined) {
    return recoded(request, chunks, target, convert);
  }
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

/**
 * An instance as it is sent: in the first of the transfer syntaxes that the peer takes and that can hold it; as it is
 * where there is none.
 * @param accepted by the peer, in order of preference
 * @throws DimseError invalid-dataset when none of them can
 */
export async function firstSendable(
  request: StoreRequest & { readonly length: number },
  chunks: readonly Uint8Array[] | undefined,
  accepted: Iterable<StoragePair> | AsyncIterable<StoragePair>,
  convert: Convert,
): Promise<StoreRequest> {
  let refusal: DimseError | undefined;
  for await (const { transferSyntaxUid } of accepted) {
    if (transferSyntaxUid === request.transferSyntaxUid) return request;
    try {
      return await inOtherSyntax(request, chunks, transferSyntaxUid, convert);
    } catch (error) {
      // A stream can't be read twice.
      if (!chunks || !(error instanceof DimseError)) throw error;
      refusal ??= error;
    }
  }
  if (refusal) throw refusal;
  return request;
}

/**
 * What the pixels of an instance must be brought into for a peer that takes it in `acceptedUid`: undefined where they can
 * stay as they are, Explicit VR Little Endian where decoding does, as the rest is written anew on the way.
 */
export function recodingTarget(ownUid: string, acceptedUid: string): string | undefined {
  const accepted = transferSyntaxOf(acceptedUid);
  if (accepted.encapsulated) return acceptedUid;
  return transferSyntaxOf(ownUid).encapsulated ? ExplicitVrLittleEndian.uid : undefined;
}

/** An instance whose pixels are decoded while it is sent, or encoded. */
async function recoded(
  request: StoreRequest & { readonly length: number },
  chunks: readonly Uint8Array[] | undefined,
  target: TransferSyntax,
  convert: Convert,
): Promise<StoreRequest> {
  if (request.length > MAX_CONVERTED) {
    const message = 'The peer does not take its transfer syntax, and it is too large for another.';
    throw new DimseError('invalid-dataset', message);
  }
  const { dataset, transferSyntaxUid } = request;
  const whole = chunks ?? (dataset instanceof Uint8Array ? [dataset] : await taken(dataset));
  const uid = recodingTarget(transferSyntaxUid, target.uid) ?? ExplicitVrLittleEndian.uid;
  const made = await convert(concatBytes(whole), transferSyntaxUid, uid).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : 'unknown';
    const message = `The peer does not take its transfer syntax, and it can’t be converted: ${why}`;
    throw new DimseError('invalid-dataset', message, { cause });
  });
  const converted = { ...request, transferSyntaxUid: target.uid };
  if (target.uid === uid) return { ...converted, ...made };
  return {
    ...converted,
    dataset: transcodeStream(made.dataset, made.length, ExplicitVrLittleEndian, target),
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
