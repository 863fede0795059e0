import type { AttributeType } from '../../../shared/dicom/attribute-types.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { isGroupLength, isPrivate, type TagNumber } from '../../../shared/dicom/tag.ts';
import type { Element } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';
import { RELEASED } from './content.ts';
import { optionEntry } from './options.ts';
import { isFreeText, isOutsideInstance, isProse, ownReasonToRemove } from './own-rules.ts';
import { optionVerdict, type OptionVerdict, type OwnRule, type Profile } from './profile.ts';
import { ruleFor, type Rule, type TableAction } from './rules.ts';
import { isUnlistedText, isUsersCode } from './strict-text.ts';

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
  /** Free text without what tells who it is about. */
  | 'clean'
  /** A date or time, moved with all others of its patient. */
  | 'shift'
  /** Gets the value that a profile of one's own gives. */
  | 'value'
  /** The items stay; each of their elements is decided for itself. */
  | 'enter';

export interface Decision {
  readonly action: Action;
  /** The row of table E.1-1, or in words the rule of Gantry's own that decided. */
  readonly reason: string;
  /** Of `clean` and `shift`: what is done to a value that can be neither. */
  readonly otherwise?: Action;
  /** Of `value`, and of what was cleaned or moved. */
  readonly value?: string;
  /** The same of what is no text. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** Of `map-uids`: the values as they are. */
  readonly uids?: readonly string[];
  /** The profile's owner has said so: nothing else speaks against it. */
  readonly isOwn?: boolean;
}

/** What a decision depends on, beside the element. */
export interface DecisionContext {
  readonly profile: Profile;
  /** Of the attribute in its object; undefined where it isn't known. Most decisions don't depend on it. */
  readonly typeOf: () => AttributeType | undefined;
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
 * Decides over an element under the Basic Application Level Confidentiality Profile and its options. Where the action
 * depends on the attribute's type in its IOD and that isn't known, the one that is safe for Type 1 is taken: no object
 * becomes invalid by it.
 *
 * What the table doesn't name stays only when the standard's dictionary knows it, names nobody and is no instance UID.
 */
export function decide(element: Element, context: DecisionContext): Decision {
  const { profile } = context;
  const { tag } = element;
  if (isGroupLength(tag)) return { action: 'remove', reason: 'Group Length (retired)' };
  if (isOutsideInstance(tag)) return { action: 'remove', reason: 'No part of an instance' };
  const entry = dictionaryEntry(tag);
  if (element.items && entry && entry.vr !== 'SQ') {
    return { action: 'remove', reason: 'Encoded as a sequence, which it is not' };
  }
  const ownRule = profile.rules.get(tag);
  if (ownRule) return ofOwnRule(ownRule, element, profile);
  if (profile.base === 'own-rules') return withoutRule(element, profile);
  if (profile.keepsPrivate && isPrivate(tag)) return ofReleasedPrivate(element);
  if (tag === Tag.PatientName || tag === Tag.PatientID) {
    return { action: 'pseudonym', reason: 'Basic Profile: a pseudonym keeps subjects apart' };
  }
  const rule = ruleFor(tag);
  if (!entry) {
    const reason = rule ? `Basic Profile, ${rule.action}` : 'Not in the data dictionary';
    return { action: 'remove', reason };
  }
  const { vr } = entry;
  if (rule) return ofTable(rule, vr, tag, context);
  return ofUnlisted(tag, vr, context);
}

/** Of raw data that a person has released: as it is, but for UIDs that would lead back. */
function ofReleasedPrivate({ vr, items }: Element): Decision {
  const action = items ? 'enter' : vr === 'UI' ? 'map-uids' : 'keep';
  return { action, reason: RELEASED, isOwn: true };
}

/** Under own rules alone, what has none stays; UIDs are mapped all the same, or references would lead to the originals. */
function withoutRule(element: Element, { name, options, keepsPrivate }: Profile): Decision {
  const { tag } = element;
  if (isPrivate(tag) && !keepsPrivate) return { action: 'remove', reason: `${name}: private` };
  if (tag === Tag.PatientName || tag === Tag.PatientID) {
    return { action: 'pseudonym', reason: `${name}: a pseudonym keeps subjects apart` };
  }
  const vr = dictionaryEntry(tag)?.vr ?? element.vr;
  const isInstanceUid = vr === 'UI' && !CLASS_UIDS.has(tag) && !options.has('retain-uids');
  if (isInstanceUid && !element.items) return { action: 'map-uids', reason: `${name}: UIDs` };
  return { action: element.items ? 'enter' : 'keep', reason: '', isOwn: true };
}

function ofOwnRule(rule: OwnRule, element: Element, { name }: Profile): Decision {
  const reason = 'reason' in rule ? rule.reason : undefined;
  const made = { reason: reason ?? name, isOwn: true };
  const vr = dictionaryEntry(element.tag)?.vr ?? element.vr;
  switch (rule.kind) {
    case 'value':
      return { action: 'value', value: rule.value, ...made };
    case 'keep':
      return { action: element.items ? 'enter' : 'keep', ...made };
    case 'clean':
    case 'shift':
      return { action: rule.kind, otherwise: 'empty', ...made };
    case 'map-uids':
      return { action: element.items ? 'enter' : 'map-uids', ...made };
    case 'dummy':
      return { action: vr === 'UI' ? 'map-uids' : 'dummy', ...made };
    default:
      return { action: rule.kind, ...made };
  }
}

function ofTable(
  rule: Rule,
  vr: Vr,
  tag: TagNumber,
  { profile, typeOf }: DecisionContext,
): Decision {
  const action = resolve(rule.action, vr, tag, typeOf);
  // Curves and overlays are drawn: nobody can tell what their bits show, so that cleaning them is removing them.
  const verdict = isDrawn(tag) ? undefined : optionVerdict(rule, profile);
  if (verdict) {
    const { letter, option } = verdict;
    const reason = `${optionEntry(option).meaning}, ${letter}`;
    const allowed = underOption(verdict, vr);
    if (allowed === 'clean' || allowed === 'shift') {
      return { action: allowed, otherwise: action, reason };
    }
    if (allowed) return { action: allowed, reason };
  }
  return { action, reason: `Basic Profile, ${rule.action}` };
}

const isDrawn = (tag: TagNumber): boolean => tag >>> 24 === 0x50 || tag >>> 24 === 0x60;

const MOMENTS: ReadonlySet<Vr> = new Set(['DA', 'DT', 'TM']);

/** What an option does to a value; undefined where nothing can tell, so that the profile's own action holds. */
function underOption({ letter, option }: OptionVerdict, vr: Vr): Action | undefined {
  if (vr === 'SQ') return 'enter';
  if (letter === 'K') return 'keep';
  switch (option) {
    case 'retain-longitudinal-modified-dates':
      // An offset from UTC says on which continent, and no day: it goes with the dates.
      if (vr === 'SH') return 'keep';
      return MOMENTS.has(vr) ? 'shift' : undefined;
    case 'clean-descriptors':
    case 'clean-graphics':
    case 'clean-structured-content':
    case 'retain-patient-characteristics':
      return isFreeText(vr) ? 'clean' : undefined;
    default:
      // An AE title has the name of a hospital or of a room in it; drawn overlays can't be read.
      return undefined;
  }
}

/** What table E.1-1 doesn't name. */
function ofUnlisted(tag: TagNumber, vr: Vr, { profile, typeOf }: DecisionContext): Decision {
  if (tag >>> 24 === 0x60) return { action: 'remove', reason: 'Overlay Plane without its data' };
  const { options, isStrict } = profile;
  if (tag === Tag.TextValue && options.has('clean-structured-content')) {
    // A content item without its value would be none.
    const reason = `${optionEntry('clean-structured-content').meaning}, C`;
    return { action: 'clean', otherwise: 'dummy', reason };
  }
  const ownReason = ownReasonToRemove(tag, vr);
  if (ownReason !== undefined) return { action: 'remove', reason: ownReason };
  if (isStrict && isUnlistedText(tag, vr)) {
    const reason = 'Text that the profile doesn’t name (strict)';
    return { action: withoutText(typeOf()), reason };
  }
  if (isStrict && isUsersCode(tag)) {
    return { action: withoutText(typeOf()), reason: 'A code of its user’s own (strict)' };
  }
  if (isStrict && tag === Tag.GraphicLayer && !options.has('clean-graphics')) {
    return { action: 'dummy', reason: 'A name that its user gives (strict)' };
  }
  if (isUnlistedText(tag, vr) && options.has('clean-descriptors')) {
    const reason = 'Clean Descriptors Option: text that the profile doesn’t name';
    return { action: 'clean', otherwise: 'dummy', reason };
  }
  if (isProse(vr)) return { action: 'dummy', reason: 'Free text of any length' };
  if (vr === 'UI' && !CLASS_UIDS.has(tag))
    return options.has('retain-uids')
      ? { action: 'keep', reason: 'Retain UIDs Option' }
      : { action: 'map-uids', reason: 'A UID of an instance' };
  if (vr === 'SQ') return { action: 'enter', reason: '' };
  return { action: 'keep', reason: '' };
}

/** What keeps an object valid without a text; where its type isn't known, as if it were Type 1. */
function withoutText(type: AttributeType | undefined): Action {
  if (type === '3') return 'remove';
  return type === '2' || type === '2C' ? 'empty' : 'dummy';
}

/** PS3.15 section E.1.1: of a choice, the least that keeps an attribute of this type valid. */
function resolve(
  action: TableAction,
  vr: Vr,
  tag: TagNumber,
  typeOf: DecisionContext['typeOf'],
): Action {
  if (action === 'X' && vr !== 'SQ') return 'remove';
  if (vr === 'UI' && (action === 'U' || action === 'X/Z/U*')) return 'map-uids';
  const type = typeOf();
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
