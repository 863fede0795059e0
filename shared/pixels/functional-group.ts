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
  return functionalGroupItems(dataset, macro, frameIndex)[0];
}

/** All items of it, where a macro may have several. */
export function functionalGroupItems(
  dataset: Dataset,
  macro: TagNumber,
  frameIndex: number,
): readonly Dataset[] {
  const perFrame = dataset.get(Tag.PerFrameFunctionalGroupsSequence)?.items?.[frameIndex]?.dataset;
  const shared = dataset.items(Tag.SharedFunctionalGroupsSequence)[0];
  const own = perFrame?.items(macro) ?? [];
  return own.length > 0 ? own : (shared?.items(macro) ?? []);
}
