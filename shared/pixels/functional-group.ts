import type { Dataset } from '../dicom/dataset.ts';
import type { TagNumber } from '../dicom/tag.ts';
import * as Tag from '../dicom/tags.generated.ts';

/**
 * The item of a functional group that applies to a frame: its own, else the one shared by all, else undefined
 * (PS3.3 section C.7.6.16).
 */
export function functionalGroup(
  dataset: Dataset,
  macro: TagNumber,
  frameIndex: number,
): Dataset | undefined {
  const perFrame = dataset.get(Tag.PerFrameFunctionalGroupsSequence)?.items?.[frameIndex]?.dataset;
  const shared = dataset.items(Tag.SharedFunctionalGroupsSequence)[0];
  return perFrame?.items(macro)[0] ?? shared?.items(macro)[0];
}
