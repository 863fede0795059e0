// Keys of a C-FIND: how each is matched, as bytes (PS3.4 section C.2.2.2).
// https://dicom.nema.org/medical/dicom/2026d/output/html/part04.html#sect_C.2.2.2
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import type { FieldValue, Fields, TypedValue } from '../../../shared/dicom/encode.ts';
import { encodeDataset } from '../../../shared/dicom/encode.ts';
import type { WritableCharacterSet } from '../../../shared/dicom/encode-text.ts';
import { characterSetOf, encodeText } from '../../../shared/dicom/encode-text.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { isText, usesCharacterSet } from '../../../shared/dicom/vr.ts';
import { DimseError } from './dimse-error.ts';

/** Values by keyword (PS3.6). */
export type Keys = Readonly<Record<string, string>>;

// eslint-disable-next-line no-control-regex -- what ISO_IR 6 holds, its control characters as well
const OUTSIDE_ASCII = /[^\x00-\x7f]/;

/** @throws DimseError invalid-dataset */
export function tagOf(keyword: string): number {
  const tag = Object.hasOwn(Tag, keyword) ? Tag[keyword as keyof typeof Tag] : undefined;
  // Text is always sent in the character set that this module chooses.
  if (tag === undefined || tag === Tag.SpecificCharacterSet) {
    throw invalidKey(`${keyword} is no key of a query`);
  }
  return tag;
}

/**
 * A key's value as it is sent; what is empty asks for the value, and matches anything.
 * @throws DimseError invalid-dataset
 */
export function fieldOf(
  keyword: string,
  value: string,
  characterSet: WritableCharacterSet,
): FieldValue | TypedValue {
  const vr = dictionaryEntry(tagOf(keyword))?.vr ?? 'UN';
  if (vr === 'SQ' && value === '') return [];
  if (isText(vr)) {
    if (!OUTSIDE_ASCII.test(value)) return value;
    if (!usesCharacterSet(vr)) throw invalidKey(`${keyword} takes letters of ASCII only`);
    const bytes = encodeText(value, characterSet, vr === 'PN');
    if (bytes) return { vr, value: bytes };
    const set = `the peer’s character set, ${characterSet}`;
    throw invalidKey(`${keyword} has characters that can't be written in ${set} (Settings)`);
  }
  if (value === '') return new Uint8Array();
  const numbers = value.split('\\').map(Number);
  const isBinary = vr === 'SQ' || vr === 'UN' || vr.startsWith('O');
  if (isBinary || numbers.some(Number.isNaN)) throw invalidKey(`${keyword} can't match a text`);
  return numbers;
}

/**
 * The identifier, with Specific Character Set where a key needs one.
 * @throws DimseError invalid-dataset when a key doesn't fit into its element
 */
export function withCharacterSet(
  fields: Fields,
  keys: Keys,
  characterSet: WritableCharacterSet,
): Fields {
  const isBeyondAscii = Object.values(keys).some((value) => OUTSIDE_ASCII.test(value));
  const identifier: Fields = {
    ...fields,
    ...(isBeyondAscii && { [Tag.SpecificCharacterSet]: characterSetOf(characterSet) }),
  };
  try {
    encodeDataset(identifier, ExplicitVrLittleEndian, 'as they are');
  } catch (cause) {
    throw new DimseError('invalid-dataset', 'A key of the query is too long.', { cause });
  }
  return identifier;
}

/** @param why with keywords, but never a value */
export function invalidKey(why: string): DimseError {
  return new DimseError('invalid-dataset', `The query can't be sent: ${why}.`);
}
