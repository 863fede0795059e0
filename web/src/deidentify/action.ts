import type { AttributeType } from '../../../shared/dicom/attribute-types.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { isGroupLength, isPrivate, type TagNumber } from '../../../shared/dicom/tag.ts';
import type { Element } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';
import { isOutsideInstance, isProse, ownReasonToRemove } from './own-rules.ts';
import { ruleFor, type TableAction } from './rules.ts';

/** What is done to one element: PS3.15 section E.1.1, compound actions resolved. */
export type Action =
  /** Stays byte for byte. */
  | 'keep'
  /** Goes, with everything in it. */
  | 'remove'
  /** Stays without a value. */
  | 'empty'
  /** Gets a value that is valid and means nothing. */
  | 'dummy'
  /** Gets its pseudonym: the same for the same patient and key. */
  | 'pseudonym'
  /** Each UID is replaced by its mapped one. */
  | 'map-uids'
  /** The items stay; each of their elements is decided for itself. */
  | 'enter';

export interface Decision {
  readonly action: Action;
  /** The row of table E.1-1, or in words the rule of Gantry's own that decided. */
  readonly reason: string;
}

/** UIDs that name a class, an encoding or a code, not an object or a person: they stay. */
export const CLASS_UIDS: ReadonlySet<TagNumber> = new Set([
  Tag.SOPClassUID,
  Tag.RelatedGeneralSOPClassUID,
  Tag.OriginalSpecializedSOPClassUID,
  Tag.SOPClassesInStudy,
  Tag.ReferencedSOPClassUID,
  Tag.CodingSchemeUID,
  Tag.ContextUID,
  Tag.MappingResourceUID,
  Tag.AvailableTransferSyntaxUID,
  Tag.StoredInstanceTransferSyntaxUID,
  Tag.MACCalculationTransferSyntaxUID,
  Tag.EncryptedContentTransferSyntaxUID,
  Tag.FlowTransferSyntaxUID,
]);

/**
 * Decides over an element under the Basic Application Level Confidentiality Profile. Where the action depends on
 * the attribute's type in its IOD and that isn't known, the one that is safe for Type 1 is taken: no object becomes
 * invalid by it.
 *
 * What the table doesn't name stays only when the standard's dictionary knows it, names nobody and is no instance UID.
 */
export function decide(element: Element, type?: AttributeType): Decision {
  const { tag } = element;
  if (isGroupLength(tag)) return { action: 'remove', reason: 'Group Length (retired)' };
  if (isOutsideInstance(tag)) return { action: 'remove', reason: 'No part of an instance' };
  const entry = dictionaryEntry(tag);
  if (element.items && entry && entry.vr !== 'SQ') {
    return { action: 'remove', reason: 'Encoded as a sequence, which it is not' };
  }
  if (tag === Tag.PatientName || tag === Tag.PatientID) {
    return { action: 'pseudonym', reason: 'Basic Profile: a pseudonym keeps subjects apart' };
  }
  const rule = ruleFor(tag);
  if (!entry) {
    const reason = rule ? `Basic Profile, ${rule.action}` : 'Not in the data dictionary';
    return { action: 'remove', reason };
  }
  const { vr } = entry;
  if (rule)
    return { action: resolve(rule.action, vr, tag, type), reason: `Basic Profile, ${rule.action}` };
  if (tag >>> 24 === 0x60) return { action: 'remove', reason: 'Overlay Plane without its data' };
  const ownReason = ownReasonToRemove(tag, vr);
  if (ownReason !== undefined) return { action: 'remove', reason: ownReason };
  if (isProse(vr)) return { action: 'dummy', reason: 'Free text of any length' };
  if (vr === 'UI' && !CLASS_UIDS.has(tag))
    return { action: 'map-uids', reason: 'A UID of an instance' };
  if (vr === 'SQ') return { action: 'enter', reason: '' };
  return { action: 'keep', reason: '' };
}

/** PS3.15 section E.1.1: of a choice, the least that keeps an attribute of this type valid. */
function resolve(
  action: TableAction,
  vr: Vr,
  tag: TagNumber,
  type: AttributeType | undefined,
): Action {
  if (vr === 'SQ') return resolveSequence(action, tag, type);
  const dummy = vr === 'UI' ? 'map-uids' : 'dummy';
  const isType2 = type === '2' || type === '2C';
  switch (action) {
    case 'X':
      return 'remove';
    case 'Z':
      return 'empty';
    case 'X/Z':
      return type === '3' ? 'remove' : 'empty';
    case 'X/D':
      return type === '3' ? 'remove' : dummy;
    case 'Z/D':
      return isType2 || type === '3' ? 'empty' : dummy;
    case 'X/Z/D':
      if (type === '3') return 'remove';
      return isType2 ? 'empty' : dummy;
    case 'D':
      return dummy;
    case 'U':
    case 'X/Z/U*':
      return 'map-uids';
  }
}

/** Type 2 in every object that has it (PS3.3 C.7.6.14): it may be empty, not absent. */
const TYPE_2_SEQUENCES: ReadonlySet<TagNumber> = new Set([Tag.AcquisitionContextSequence]);

/**
 * Sequences: codes that name a person or a place would outlive a look into the items, so these go as a whole. Where
 * the table leaves the choice they are removed rather than emptied: few may be present without an item.
 */
function resolveSequence(
  action: TableAction,
  tag: TagNumber,
  type: AttributeType | undefined,
): Action {
  switch (action) {
    case 'X':
    case 'X/D':
      return 'remove';
    case 'X/Z':
    case 'X/Z/D':
      return type === '2' || type === '2C' || TYPE_2_SEQUENCES.has(tag) ? 'empty' : 'remove';
    case 'Z':
    case 'Z/D':
      return 'empty';
    case 'D':
      return tag === Tag.PersonIdentificationCodeSequence ? 'dummy' : 'enter';
    case 'U':
    case 'X/Z/U*':
      return 'enter';
  }
}

/** Whether an element may stand in a de-identified data set at all: the rule of the check, not of the change. */
export function mayRemain(tag: TagNumber): boolean {
  if (isPrivate(tag) || isGroupLength(tag) || isOutsideInstance(tag)) return false;
  if (!dictionaryEntry(tag)) return false;
  const group = tag >>> 24;
  const rule = ruleFor(tag);
  if (group === 0x50 || group === 0x60 || rule?.action === 'X') return false;
  return (
    rule !== undefined || ownReasonToRemove(tag, dictionaryEntry(tag)?.vr ?? 'UN') === undefined
  );
}
