import type dicomParser from 'dicom-parser';
import { dictionaryEntry, isPrivateCreator } from '../../../shared/dicom/dictionary.ts';
import { privateEntry } from '../../../shared/dicom/private-dictionary.ts';
import {
  elementOf,
  groupOf,
  isGroupLength,
  isPrivate,
  type TagNumber,
} from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isOutsideInstance, ownReasonToRemove } from './own-rules.ts';
import { optionVerdict, type Profile } from './profile.ts';
import { ruleFor } from './rules.ts';

/** Whether an element may stand in a de-identified data set at all. Written without the code that decides. */
export function mayRemain(tag: TagNumber, dataset: dicomParser.DataSet, profile: Profile): boolean {
  if (isGroupLength(tag) || isOutsideInstance(tag)) return false;
  const own = profile.rules.get(tag);
  if (own) return own.kind !== 'remove';
  if (profile.base === 'own-rules' && !isPrivate(tag)) return true;
  if (isPrivate(tag)) {
    if (profile.keepsPrivate || isCreatorOfOwn(tag, dataset, profile)) return true;
    return profile.options.has('retain-safe-private') && isSafePrivate(tag, dataset);
  }
  const entry = dictionaryEntry(tag);
  const family = tag >>> 24;
  if (!entry || family === 0x50 || family === 0x60) return false;
  const rule = ruleFor(tag);
  if (rule) return rule.action !== 'X' || optionVerdict(rule, profile) !== undefined;
  if (tag === Tag.TextValue) return true;
  return ownReasonToRemove(tag, entry.vr) === undefined;
}

/** dicom-parser names an element "x00091001". */
const keyOf = (group: number, element: number): string =>
  `x${group.toString(16).padStart(4, '0')}${element.toString(16).padStart(4, '0')}`;

/** Whether a creator reserves the block of an element that has a rule of its own. */
function isCreatorOfOwn(tag: TagNumber, dataset: dicomParser.DataSet, profile: Profile): boolean {
  if (!isPrivateCreator(tag)) return false;
  const block = elementOf(tag);
  return [...profile.rules.keys()].some(
    (ruled) =>
      groupOf(ruled) === groupOf(tag) &&
      elementOf(ruled) >>> 8 === block &&
      keyOf(groupOf(ruled), elementOf(ruled)) in dataset.elements,
  );
}

/** Whether table E.3.10-1 lists a private element of this data set, or a creator has one that it lists. */
function isSafePrivate(tag: TagNumber, dataset: dicomParser.DataSet): boolean {
  const group = groupOf(tag);
  if (isPrivateCreator(tag)) {
    const block = elementOf(tag).toString(16).padStart(2, '0');
    const start = `x${group.toString(16).padStart(4, '0')}${block}`;
    return Object.keys(dataset.elements).some(
      (key) => key.startsWith(start) && isSafePrivate(parseInt(key.slice(1), 16), dataset),
    );
  }
  const creator = dataset.string(keyOf(group, elementOf(tag) >>> 8));
  return creator !== undefined && privateEntry(tag, creator)?.isSafe === true;
}
