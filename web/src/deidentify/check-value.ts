import { decodeText, isKnownCharacterSet } from '../../../shared/dicom/character-set.ts';
import { describeTag, dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isStandardUid } from '../../../shared/dicom/uids.ts';
import { isText, usesCharacterSet, type Vr } from '../../../shared/dicom/vr.ts';
import { CLASS_UIDS } from './action.ts';
import { dummyValue } from './dummy-value.ts';
import type { IdentityTokens } from './identity-tokens.ts';
import { isProse } from './own-rules.ts';
import { ruleFor } from './rules.ts';
import { isWellFormed } from './well-formed.ts';

/** What the values of a de-identified data set may be. */
export interface AllowedValues {
  readonly pseudonym: string;
  /** The UIDs that took the place of original ones. */
  readonly mappedUids: ReadonlySet<string>;
  /** The UIDs of the source that must not be found again. */
  readonly originalUids: ReadonlySet<string>;
  readonly tokens: IdentityTokens;
}

/** What Gantry itself writes (engine.ts) beside the values of the profile. */
const WRITTEN: ReadonlyMap<number, RegExp> = new Map([
  [Tag.PatientIdentityRemoved, /^YES$/],
  [Tag.DeidentificationMethod, /^Gantry: [\w. ]*$/],
  [Tag.LongitudinalTemporalInformationModified, /^REMOVED$/],
]);

/**
 * Holds a value against the profile: what the table or Gantry's own rules call for must have happened, and what stays
 * must be what its VR says. Written without the code that decides, so that a mistake there shows here.
 * Gives the finding in words, without the value.
 */
export function findInValue(
  tag: number,
  bytes: Uint8Array<ArrayBuffer>,
  characterSet: readonly string[],
  allowed: AllowedValues,
): string | undefined {
  if (bytes.byteLength === 0) return undefined;
  const name = describeTag(tag);
  const vr = dictionaryEntry(tag)?.vr ?? 'UN';
  if (vr === 'SQ') return `${name} could not be taken apart`;
  const text = textOf(vr, bytes, characterSet);
  if (tag === Tag.PatientName || tag === Tag.PatientID) {
    return text === allowed.pseudonym ? undefined : `${name} is not the pseudonym`;
  }
  const written = WRITTEN.get(tag);
  if (written) return written.test(text) ? undefined : `${name} is not what Gantry writes`;
  const action = ruleFor(tag)?.action;
  if (vr === 'UI') return findInUids(name, text, CLASS_UIDS.has(tag), allowed);
  if (action === 'Z' || action === 'X/Z') return `${name} has a value`;
  if (action !== undefined || isProse(vr)) {
    return isDummy(vr, bytes) ? undefined : `${name} still has its value`;
  }
  if (!isText(vr)) return undefined;
  if (vr === 'PN') return `${name} is still there`;
  if (!isWellFormed(vr, bytes)) return `${name} is not a valid ${vr}`;
  if (tag === Tag.SpecificCharacterSet && !characterSet.every(isKnownCharacterSet)) {
    return 'the character set is not known';
  }
  return allowed.tokens.foundInValue(vr, text) ? `${name} repeats a name or an ID` : undefined;
}

function findInUids(
  name: string,
  text: string,
  isClass: boolean,
  { mappedUids, originalUids }: AllowedValues,
): string | undefined {
  for (const uid of text.split('\\').map((value) => value.trim())) {
    if (uid === '' || isStandardUid(uid)) continue;
    if (isClass) {
      if (!/^\d+(\.\d+)+$/.test(uid)) return `${name} is no UID`;
    } else if (originalUids.has(uid)) {
      return `${name} holds an original UID`;
    } else if (!mappedUids.has(uid)) {
      return `${name} holds a UID that was not mapped`;
    }
  }
  return undefined;
}

/** Padding is nobody's value; anything behind a NUL in front of it is. */
const textOf = (vr: Vr, bytes: Uint8Array<ArrayBuffer>, characterSet: readonly string[]): string =>
  decodeText(bytes, usesCharacterSet(vr) ? characterSet : [], vr)
    .replace(/[\0 ]+$/, '')
    .normalize('NFC');

/** Whether a value is the one that stands for a removed one: the same bytes, padding aside. */
function isDummy(vr: Vr, bytes: Uint8Array): boolean {
  // Values of one byte order alone: a binary dummy is zeros in any.
  const dummy = dummyValue(vr, { explicitVr: true, littleEndian: true });
  return bytes.every((byte, i) => {
    const expected = dummy[i];
    return expected === undefined ? byte === 0x20 || byte === 0 : byte === expected;
  });
}
