import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';

/** JPEG Baseline, JPEG Extended, and the lossy kinds of JPEG-LS, whose streams can't be without loss. */
const ALWAYS_LOSSY = new Set([
  '1.2.840.10008.1.2.4.50',
  '1.2.840.10008.1.2.4.51',
  '1.2.840.10008.1.2.4.81',
]);

/** "Lossy compressed 12:1", or undefined where nothing was lost (PS3.3 C.7.6.1.1.5). */
export function lossyWarning(dataset: Dataset, transferSyntaxUid: string): string | undefined {
  const isLossy =
    dataset.string(Tag.LossyImageCompression) === '01' || ALWAYS_LOSSY.has(transferSyntaxUid);
  if (!isLossy) return undefined;
  // One ratio for each step of compression: together they tell what is left.
  const ratio = dataset
    .numbers(Tag.LossyImageCompressionRatio)
    .filter((step) => step > 0)
    .reduce((product, step) => product * step, 1);
  return ratio > 1 ? `Lossy compressed ${Number(ratio.toPrecision(2))}:1` : 'Lossy compressed';
}
