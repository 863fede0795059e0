import { DimseError } from '../dimse-error.ts';
import { DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN } from '../well-known-uids.ts';

/** A data set to send: its bytes in the transfer syntax of the presentation context, without preamble and file meta. */
export interface OutgoingDataset {
  /** Slices of any size; they must not change before the message is sent. */
  readonly bytes: AsyncIterable<Uint8Array> | Uint8Array;
  /** How many bytes there will be; undefined where only their end tells, as of what is written anew on the way. */
  readonly length: number | undefined;
}

/**
 * The slices of a data set, checked against its length.
 * @throws DimseError source-failed when the source fails, ends early or goes on
 */
export async function* datasetChunks(
  dataset: OutgoingDataset,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { bytes, length } = dataset;
  let sent = 0;
  try {
    for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
      sent += chunk.length;
      if (length !== undefined && sent > length) break;
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof DimseError) throw cause;
    const message = `The data set could not be read after ${sent} of ${length ?? 'its'} bytes.`;
    throw new DimseError('source-failed', message, { cause });
  }
  if (length === undefined || sent === length) return;
  const what = sent < length ? `ended after ${sent}` : 'went on';
  throw new DimseError(
    'source-failed',
    `The data set ${what} where ${length} bytes were announced.`,
  );
}

/**
 * Data sets are even in length (PS3.5 section 7.1), and so are fragments (PS3.8 annex E.1). A deflated one is
 * padded with a NUL here (PS3.5 annex A.5); any other odd one is damaged.
 * @throws DimseError invalid-dataset
 */
export function evenDataset(dataset: OutgoingDataset, transferSyntax: string): OutgoingDataset {
  if (dataset.length === undefined || dataset.length % 2 === 0) return dataset;
  if (transferSyntax !== DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN) {
    const message = `The data set has an odd length (${dataset.length} bytes): it is damaged or cut short.`;
    throw new DimseError('invalid-dataset', message);
  }
  return { bytes: paddedToEven(dataset), length: dataset.length + 1 };
}

async function* paddedToEven(
  dataset: OutgoingDataset,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* datasetChunks(dataset);
  yield new Uint8Array(1);
}
