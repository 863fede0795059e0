import { bufferSource, type ByteSource } from '../dicom/byte-source.ts';
import { Dataset } from '../dicom/dataset.ts';
import { inflateDataset, MAX_INFLATED_BYTES } from '../dicom/inflate.ts';
import { readDataset } from '../dicom/read-instance.ts';
import { ExplicitVrLittleEndian, transferSyntaxOf } from '../dicom/uids.ts';
import type { CodecName, Codecs } from './codecs/codecs.ts';
import { compress, type Compressed } from './compress.ts';
import { decompress } from './decompress.ts';
import { LOSSLESS_SYNTAXES } from './encode/compressed-syntaxes.ts';

/** Longer values aren't looked at. */
const MAX_VALUE_BYTES = 64 * 1024;

/**
 * A data set without meta information, as it crosses the network, in another transfer syntax: its pixels decoded, or encoded
 * without loss.
 *
 * @param targetUid Explicit VR Little Endian, or a compressed syntax that loses nothing
 * @throws PixelError when it can't be decoded, or the syntax can't hold its pixels
 */
export async function convertDataset(
  source: ByteSource,
  transferSyntaxUid: string,
  targetUid: string,
  codecs: Codecs<CodecName>,
): Promise<Compressed> {
  const { explicitVr, littleEndian, deflated } = transferSyntaxOf(transferSyntaxUid);
  const whole = deflated
    ? bufferSource(inflateDataset(await source.read(0, source.size), MAX_INFLATED_BYTES))
    : source;
  const parsed = await readDataset(whole, {
    explicitVr,
    littleEndian,
    start: 0,
    end: whole.size,
    maxValueBytes: MAX_VALUE_BYTES,
  });
  const { dataset, end, isComplete, problems } = parsed;
  const instance = {
    source: whole,
    meta: new Dataset([], ExplicitVrLittleEndian),
    dataset,
    transferSyntaxUid,
    fileDatasetStart: 0,
    datasetStart: 0,
    datasetEnd: end,
    isComplete,
    problems,
  };
  const target = LOSSLESS_SYNTAXES.find(({ uid }) => uid === targetUid);
  return target ? compress(instance, target, codecs) : decompress(instance, codecs);
}
