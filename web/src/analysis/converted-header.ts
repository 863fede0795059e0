import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { functionalGroup } from '../../../shared/pixels/functional-group.ts';
import type { PetHeader } from './suv.ts';

/**
 * The header of the image that a frame of a Legacy Converted Enhanced object was made of: what has no place of its own
 * there stands among the converted attributes (PS3.3 sections C.7.6.25.1 and C.7.6.25.2), its acquisition in Frame Content
 * (section C.7.6.16.2.2). Of any other object it is that of the object.
 *
 * @param frameIndex from 0
 */
export function convertedHeader(dataset: Dataset, frameIndex: number): PetHeader {
  const group = (sequence: TagNumber) => functionalGroup(dataset, sequence, frameIndex);
  const content = group(Tag.FrameContentSequence);
  const stamp = content?.string(Tag.FrameAcquisitionDateTime);
  const durationMs = content?.number(Tag.FrameAcquisitionDuration);
  const acquisition = new Map<TagNumber, string | undefined>([
    [Tag.AcquisitionDate, stamp?.slice(0, 8)],
    [Tag.AcquisitionTime, stamp?.slice(8)],
  ]);
  const holders = [
    dataset,
    group(Tag.UnassignedPerFrameConvertedAttributesSequence),
    group(Tag.UnassignedSharedConvertedAttributesSequence),
  ].filter((holder) => holder !== undefined);
  const strings = (tag: TagNumber): string[] => {
    const found = holders.find((holder) => holder.string(tag) !== undefined)?.strings(tag);
    const moved = acquisition.get(tag);
    return found ?? (moved === undefined ? [] : [moved]);
  };
  return {
    strings,
    string: (tag) => strings(tag)[0],
    number: (tag) =>
      holders.find((holder) => holder.number(tag) !== undefined)?.number(tag) ??
      (tag === Tag.ActualFrameDuration ? durationMs : undefined),
    items: (tag) => holders.find((holder) => holder.items(tag).length > 0)?.items(tag) ?? [],
  };
}
