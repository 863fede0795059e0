// Overlays that are drawn in bits of Pixel Data beside the samples (retired, PS3.5 section 8.1.2).
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import { isPrivate, type TagNumber } from '../../../shared/dicom/tag.ts';
import { transferSyntaxOf } from '../../../shared/dicom/uids.ts';
import { cellLayout, type CellLayout } from './cells.ts';

const BIT_POSITION = 0x0102;

/** Groups of such overlays: what describes an overlay that has no Overlay Data is taken for one. */
function embeddedOverlays(dataset: Dataset): TagNumber[] {
  return dataset.elements.flatMap(({ tag }) => {
    if (tag >>> 24 !== 0x60 || isPrivate(tag)) return [];
    const element = tag & 0xffff;
    const isPlane = element === 0x0010 || (element === 0x0100 && (dataset.number(tag) ?? 16) > 1);
    const group = (tag & 0xffff0000) >>> 0;
    return isPlane && !dataset.has((group | 0x3000) >>> 0) ? [group] : [];
  });
}

/** Whether an overlay lies in bits of the samples, where nothing can be told from it. */
function isAmongSamples(dataset: Dataset, { low, stored }: CellLayout, group: TagNumber): boolean {
  const position = dataset.number((group | BIT_POSITION) >>> 0);
  if (position === undefined || position === 0) return false;
  return position >= low && position < low + stored;
}

/** Compressions that give every bit back, and that a decoder here reads. */
const LOSSLESS = /^1\.2\.840\.10008\.1\.2\.(1\.98|4\.(57|70|80|90|110|201|202)|5)$/;

/** Why an overlay in the pixel data can't be removed, in words; undefined where it can, or there is none. */
export function reasonInOverlays({
  dataset,
  transferSyntaxUid,
}: ParsedInstance): string | undefined {
  const groups = embeddedOverlays(dataset);
  if (groups.length === 0) return undefined;
  const drawn = 'An overlay is drawn in the pixel data';
  if (transferSyntaxOf(transferSyntaxUid).encapsulated && !LOSSLESS.test(transferSyntaxUid)) {
    return `${drawn}, whose compression has mixed it with the picture, so that it can not be removed.`;
  }
  const layout = cellLayout(dataset);
  if (!layout) return `${drawn}, in cells of a size that it can not be removed from.`;
  return groups.some((group) => isAmongSamples(dataset, layout, group))
    ? `${drawn}, in bits of the picture itself.`
    : undefined;
}

/** Whether an overlay lies in compressed pixel data, which must be decoded to get rid of it. */
export const isDrawnCompressed = ({ dataset, transferSyntaxUid }: ParsedInstance): boolean =>
  transferSyntaxOf(transferSyntaxUid).encapsulated && embeddedOverlays(dataset).length > 0;

/** The same in pixel data that is not compressed. */
export const isDrawnInCells = ({ dataset, transferSyntaxUid }: ParsedInstance): boolean =>
  !transferSyntaxOf(transferSyntaxUid).encapsulated && embeddedOverlays(dataset).length > 0;
