// An answer to a C-FIND of others: PS3.4 section C.4.1.1.3.2.
import type { FieldValue, Fields, TypedValue } from '../../../shared/dicom/encode.ts';
import type { WritableCharacterSet } from '../../../shared/dicom/encode-text.ts';
import {
  characterSetOf,
  encodeText,
  WRITABLE_CHARACTER_SETS,
} from '../../../shared/dicom/encode-text.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isText, usesCharacterSet, type Vr } from '../../../shared/dicom/vr.ts';
import type { MatchRow } from '../archive/match-query.ts';
import type { AskedKey, FindIdentifier } from './query-scp-identifier.ts';

/** Takes everything. */
const UTF_8: WritableCharacterSet = 'ISO_IR 192';

// eslint-disable-next-line no-control-regex -- what ISO_IR 6 holds, its control characters as well
const OUTSIDE_ASCII = /[^\x00-\x7f]/;

/** What of each match is read from the index. */
export const readKeywords = ({ asked }: FindIdentifier, isKnown: (keyword: string) => boolean) =>
  [...new Set([...asked.map(({ keyword }) => keyword), 'SpecificCharacterSet'])].filter(isKnown);

/**
 * The identifier of a match: what was asked for, empty where it isn't known. Text is written in the character set of the
 * keys where that has all its characters, else in that of the instances, else in UTF-8.
 */
export function answerFields(
  { level, asked, characterSet }: FindIdentifier,
  row: MatchRow,
  retrieveAeTitle: string,
): Fields {
  const values: MatchRow = {
    ...row,
    RetrieveAETitle: retrieveAeTitle,
    InstanceAvailability: 'ONLINE',
  };
  const constant = { [Tag.QueryRetrieveLevel]: level, [Tag.RetrieveAETitle]: retrieveAeTitle };
  const stored = String(row['SpecificCharacterSet'] ?? '').split('\\');
  for (const term of writable([...characterSet, ...stored])) {
    const writer = new FieldWriter(term);
    const fields = writer.fieldsOf(asked, values);
    if (!fields) continue;
    return {
      ...constant,
      ...fields,
      ...(writer.isBeyondAscii && { [Tag.SpecificCharacterSet]: characterSetOf(term) }),
    };
  }
  throw new RangeError('UTF-8 takes everything.');
}

function writable(terms: readonly string[]): WritableCharacterSet[] {
  const known = terms.filter((term): term is WritableCharacterSet =>
    WRITABLE_CHARACTER_SETS.some((candidate) => candidate === term),
  );
  return [...known, UTF_8];
}

class FieldWriter {
  readonly #term: WritableCharacterSet;
  isBeyondAscii = false;

  constructor(term: WritableCharacterSet) {
    this.#term = term;
  }

  /** @returns undefined where the character set lacks a character */
  fieldsOf(asked: readonly AskedKey[], values: MatchRow): Fields | undefined {
    const fields: Record<number, FieldValue | TypedValue> = {};
    for (const key of asked) {
      const field = this.#fieldOf(key, values[key.keyword] ?? '');
      if (field === undefined) return undefined;
      fields[key.tag] = field;
    }
    return fields;
  }

  #fieldOf({ vr, items }: AskedKey, value: string | number): FieldValue | TypedValue | undefined {
    if (vr === 'SQ') return this.#itemsOf(items, String(value));
    if (!isText(vr)) return value === '' ? new Uint8Array() : Number(value);
    return this.#textOf(vr, String(value));
  }

  #textOf(vr: Vr, text: string): FieldValue | TypedValue | undefined {
    if (!usesCharacterSet(vr) || !OUTSIDE_ASCII.test(text)) return text;
    this.isBeyondAscii = true;
    const value = encodeText(text, this.#term, vr === 'PN');
    return value && { vr, value };
  }

  /** @param json a list of objects, as the index keeps it */
  #itemsOf(asked: readonly AskedKey[], json: string): Fields[] | undefined {
    if (json === '') return [];
    // A cast: the index has written it.
    const items = (JSON.parse(json) as MatchRow[]).map((item) => this.fieldsOf(asked, item));
    const whole = items.filter((item) => item !== undefined);
    return whole.length === items.length ? whole : undefined;
  }
}
