import { trimPadding } from '../../../shared/dicom/ascii.ts';
import { decodeText, isKnownCharacterSet } from '../../../shared/dicom/character-set.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { isPrivate, type TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isStandardUid } from '../../../shared/dicom/uids.ts';
import { isText, usesCharacterSet, type Vr } from '../../../shared/dicom/vr.ts';
import { CLASS_UIDS } from './action.ts';
import { dummyValue } from './dummy-value.ts';
import { cleanIccProfile } from './icc-profile.ts';
import type { IdentityTokens } from './identity-tokens.ts';
import { BASIC_CODE, optionEntry, PROFILE_OPTIONS } from './options.ts';
import { isFreeText, isProse } from './own-rules.ts';
import { asPersonName } from './pseudonym.ts';
import { optionVerdict, type OptionVerdict, type OwnRule, type Profile } from './profile.ts';
import { ruleFor } from './rules.ts';
import { isUnlistedText, isUsersCode, strictFinding } from './strict-text.ts';
import type { TextCleaner } from './text-cleaner.ts';
import { isWellFormed } from './well-formed.ts';

/** What the values of a de-identified data set may be. */
export interface AllowedValues {
  readonly pseudonym: string;
  /** The UIDs that took the place of original ones. */
  readonly mappedUids: ReadonlySet<string>;
  /** The UIDs of the source that must not be found again. */
  readonly originalUids: ReadonlySet<string>;
  readonly tokens: IdentityTokens;
  readonly profile: Profile;
  readonly cleaner: TextCleaner;
  /** What the profile puts in the place of values. */
  readonly given: ReadonlySet<string>;
}

/** What Gantry itself writes (engine.ts) beside the values of the profile. */
function writtenForm(tag: TagNumber, { options }: Profile): RegExp | undefined {
  switch (tag) {
    case Tag.PatientIdentityRemoved:
      return /^YES$/;
    case Tag.DeidentificationMethod:
      return /^Gantry: [\w. ]*(\\(Rectangles of the pixels blanked|Content released as it is by a person who looked at it|Face removed from the pixels))*$/;
    case Tag.LongitudinalTemporalInformationModified:
      if (options.has('retain-longitudinal-full-dates')) return /^UNMODIFIED$/;
      return options.has('retain-longitudinal-modified-dates') ? /^MODIFIED$/ : /^REMOVED$/;
    default:
      return undefined;
  }
}

/** A value as it was found. */
interface Found {
  readonly tag: TagNumber;
  readonly vr: Vr;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly text: string;
}

/**
 * Holds a value against the profile: what the table, its options or Gantry's own rules call for must have happened, and
 * what stays must be what its VR says. Written without the code that decides, so that a mistake there shows here.
 * Gives in words what the attribute does that it may not, without the value.
 */
export function findInValue(
  tag: TagNumber,
  bytes: Uint8Array<ArrayBuffer>,
  characterSet: readonly string[],
  allowed: AllowedValues,
): string | undefined {
  if (bytes.byteLength === 0) return undefined;
  const { profile } = allowed;
  const vr = dictionaryEntry(tag)?.vr ?? 'UN';
  const text = isText(vr) ? textOf(vr, bytes, characterSet) : '';
  const found = { tag, vr, bytes, text };
  const own = profile.rules.get(tag);
  if (own) return findUnderOwnRule(own, found, allowed);
  if (tag === Tag.PatientName || tag === Tag.PatientID) {
    const { pseudonym } = allowed;
    const expected = tag === Tag.PatientName ? asPersonName(pseudonym) : pseudonym;
    return text === expected ? undefined : 'is not the pseudonym';
  }
  if (profile.base === 'own-rules') {
    const isFree = vr !== 'UI' || CLASS_UIDS.has(tag) || profile.options.has('retain-uids');
    return isFree ? undefined : findInUids(text, false, allowed);
  }
  if (vr === 'SQ') return 'could not be taken apart';
  const written = writtenForm(tag, profile);
  if (written) return written.test(text) ? undefined : 'is not what Gantry writes';
  if (isPrivate(tag)) {
    return profile.keepsPrivate ? undefined : findInPrivate(found, characterSet, allowed);
  }
  if (tag === Tag.ICCProfile) {
    const cleaned = cleanIccProfile(bytes);
    return cleaned?.every((byte, i) => byte === bytes[i]) ? undefined : 'has words in it';
  }
  const rule = ruleFor(tag);
  const verdict = rule && optionVerdict(rule, profile);
  if (verdict && findUnderOption(verdict, found, characterSet, allowed)) return undefined;
  if (vr === 'UI') {
    const isFree = CLASS_UIDS.has(tag) || verdict?.letter === 'K';
    if (!rule && profile.options.has('retain-uids')) return undefined;
    return findInUids(text, isFree, allowed);
  }
  const action = rule?.action;
  if (action === 'Z' || action === 'X/Z') return 'has a value';
  if (!rule && isFreeText(vr) && isCleaned(found, profile)) {
    return isDummy(vr, bytes) || isClean(text, allowed)
      ? undefined
      : 'has text that was not cleaned';
  }
  const isUnlisted = !rule && profile.isStrict && (isUnlistedText(tag, vr) || isUsersCode(tag));
  if (action !== undefined || isProse(vr) || isUnlisted) {
    return isDummy(vr, bytes) ? undefined : 'still has its value';
  }
  const seemsPersonal = !rule && profile.isStrict && !isDummy(vr, bytes);
  return (
    findInKept(found, characterSet, allowed) ??
    (seemsPersonal ? strictFinding(tag, vr, text) : undefined)
  );
}

/** Text that the table doesn't name, and that an option cleans. */
const isCleaned = ({ tag, vr }: Found, { options, isStrict }: Profile): boolean =>
  (tag === Tag.TextValue && options.has('clean-structured-content')) ||
  (options.has('clean-descriptors') && !isStrict && isUnlistedText(tag, vr));

const isClean = (text: string, { tokens, cleaner }: AllowedValues): boolean =>
  !tokens.foundIn(text) && cleaner.clean(text) === text;

/** A value that stays as it is. */
function findInKept(
  { tag, vr, bytes, text }: Found,
  characterSet: readonly string[],
  allowed: AllowedValues,
): string | undefined {
  if (!isText(vr)) return undefined;
  if (vr === 'PN') return 'is still there';
  if (!isWellFormed(vr, bytes)) return `is not a valid ${vr}`;
  if (vr === 'AS' && /^(09[1-9]|[1-9]\d\d)Y$/.test(text)) return 'is over 90 years';
  if (tag === Tag.SpecificCharacterSet && !characterSet.every(isKnownCharacterSet)) {
    return 'names a set that is not known';
  }
  // Words of the standard, whoever is called so: "Patient", "Device".
  if (tag === Tag.CodeMeaning && WRITTEN_MEANINGS.has(text)) return undefined;
  return allowed.tokens.foundInValue(tag, vr, text) ? 'repeats a name or an ID' : undefined;
}

/** The codes of what was done (CID 7050). */
const WRITTEN_MEANINGS: ReadonlySet<string> = new Set([
  BASIC_CODE.meaning,
  ...PROFILE_OPTIONS.map((option) => optionEntry(option).meaning),
]);

/** Whether a value is what an option lets stand. */
function findUnderOption(
  { letter, option }: OptionVerdict,
  found: Found,
  characterSet: readonly string[],
  allowed: AllowedValues,
): boolean {
  const { vr, text, bytes } = found;
  if (letter === 'K') {
    return vr === 'UI' || findInKept(found, characterSet, allowed) === undefined;
  }
  if (option === 'retain-longitudinal-modified-dates') {
    if (vr === 'DA' || vr === 'DT') return allowed.given.has(text.trim());
    return (vr === 'TM' || vr === 'SH') && isWellFormed(vr, bytes);
  }
  return isFreeText(vr) && isClean(text, allowed);
}

/** Safe private values stay as they are, but for the UIDs of instances. */
function findInPrivate(
  { bytes }: Found,
  characterSet: readonly string[],
  allowed: AllowedValues,
): string | undefined {
  if (bytes.byteLength > MAX_SEARCHED) return undefined;
  const text = textOf('LO', bytes, characterSet);
  if ([...allowed.originalUids].some((uid) => text.includes(uid))) {
    return 'holds an original UID';
  }
  return allowed.tokens.foundInBytes(text) ? 'repeats a name or an ID' : undefined;
}

/** Longer private values are pixels and samples: 64 KiB. */
const MAX_SEARCHED = 65_536;

function findUnderOwnRule(
  rule: OwnRule,
  { vr, bytes, text }: Found,
  allowed: AllowedValues,
): string | undefined {
  switch (rule.kind) {
    case 'keep':
      return undefined;
    case 'value':
      return vr === 'UN' || !isText(vr) || text.trim() === rule.value.trim()
        ? undefined
        : 'is not what the profile gives';
    case 'clean':
      return isClean(text, allowed) ? undefined : 'has text that was not cleaned';
    case 'shift':
      if (vr === 'TM') return undefined;
      return allowed.given.has(text.trim()) ? undefined : 'was not moved';
    case 'map-uids':
      return findInUids(text, false, allowed);
    case 'dummy':
      if (vr === 'UI') return findInUids(text, false, allowed);
      return isDummy(vr, bytes) ? undefined : 'still has its value';
    case 'empty':
    case 'remove':
      return 'has a value';
  }
}

function findInUids(
  text: string,
  isClass: boolean,
  { mappedUids, originalUids }: AllowedValues,
): string | undefined {
  for (const value of text.split('\\')) {
    const uid = value.trim();
    if (uid === '' || isStandardUid(uid)) continue;
    if (isClass) {
      if (!/^\d+(\.\d+)+$/.test(uid)) return 'is no UID';
    } else if (originalUids.has(uid)) {
      return 'holds an original UID';
    } else if (!mappedUids.has(uid)) {
      return 'holds a UID that was not mapped';
    }
  }
  return undefined;
}

/** Padding is nobody's value; anything behind a NUL in front of it is. */
const textOf = (vr: Vr, bytes: Uint8Array<ArrayBuffer>, characterSet: readonly string[]): string =>
  trimPadding(decodeText(bytes, usesCharacterSet(vr) ? characterSet : [], vr)).normalize('NFC');

/** Whether a value is the one that stands for a removed one: the same bytes, padding aside. */
function isDummy(vr: Vr, bytes: Uint8Array): boolean {
  // Values of one byte order alone: a binary dummy is zeros in any.
  const dummy = dummyValue(vr, { explicitVr: true, littleEndian: true });
  return bytes.every((byte, i) => {
    const expected = dummy[i];
    return expected === undefined ? byte === 0x20 || byte === 0 : byte === expected;
  });
}
