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
import { transferSyntaxOf, type TransferSyntax } from '../../../shared/dicom/uids.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import type { StoragePair, StoreRequest } from '../dimse/storage-scu.ts';

/** A deflated instance that grows beyond this in memory is not sent in another syntax: 256 MiB. */
const MAX_INFLATED = 256 * 1024 * 1024;

/** Values longer than this aren't looked at one by one. */
const MAX_VALUE_BYTES = 64 * 1024;

/** The transfer syntaxes that an instance can be sent in instead of its own, what loses least first. */
export function otherSyntaxes(pair: StoragePair): StoragePair[] {
  if (transferSyntaxOf(pair.transferSyntaxUid).encapsulated) return [];
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
 * @throws DimseError invalid-dataset when it can't be taken apart; of a stream that shows on the way, as source-failed
 */
export async function inOtherSyntax(
  request: StoreRequest & { readonly length: number },
  chunks: readonly Uint8Array[] | undefined,
  targetUid: string,
): Promise<StoreRequest> {
  const from = transferSyntaxOf(request.transferSyntaxUid);
  const target = transferSyntaxOf(targetUid);
  const converted = { ...request, transferSyntaxUid: targetUid };
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
