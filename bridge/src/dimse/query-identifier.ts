// What a C-FIND asks for: PS3.4 sections C.4.1.1.3, C.4.1.2 and C.6.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part04.html#sect_C.6
import type { FieldValue, Fields, TypedValue } from '../../../shared/dicom/encode.ts';
import type { WritableCharacterSet } from '../../../shared/dicom/encode-text.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { fieldOf, invalidKey, tagOf, withCharacterSet } from './find-keys.ts';

export type InformationModel = 'study-root' | 'patient-root';
export type QueryLevel = 'PATIENT' | 'STUDY' | 'SERIES' | 'IMAGE';

export interface QueryRequest {
  readonly informationModel: InformationModel;
  readonly level: QueryLevel;
  /**
   * Values by keyword (PS3.6), as they are to be matched: wildcards, ranges, lists with backslashes. An empty one
   * matches anything and asks for the value; so does an empty sequence. The unique keys of the levels above must be
   * given as single values (PS3.4 section C.4.1.2.1).
   */
  readonly keys: Readonly<Record<string, string>>;
  /** What values beyond ASCII are written in; default ISO_IR 192, UTF-8. */
  readonly characterSet?: WritableCharacterSet;
}

/** PS3.4 sections C.6.1.1 and C.6.2.1. */
const LEVELS: Readonly<Record<InformationModel, readonly QueryLevel[]>> = {
  'patient-root': ['PATIENT', 'STUDY', 'SERIES', 'IMAGE'],
  'study-root': ['STUDY', 'SERIES', 'IMAGE'],
};

/** PS3.4 tables C.6-1 to C.6-5. */
const UNIQUE_KEY: Readonly<Record<QueryLevel, string>> = {
  PATIENT: 'PatientID',
  STUDY: 'StudyInstanceUID',
  SERIES: 'SeriesInstanceUID',
  IMAGE: 'SOPInstanceUID',
};

const NOT_A_SINGLE_VALUE = /^$|[*?\\]/;

/**
 * The identifier of a query.
 * @param isRelational the peer has agreed to relational queries: the levels above need no keys (PS3.4 section C.4.1.3.2)
 * @throws DimseError invalid-dataset, with the keyword but never the value
 */
export function queryFields(request: QueryRequest, isRelational = false): Fields {
  const { informationModel, level, keys, characterSet = 'ISO_IR 192' } = request;
  const levels = LEVELS[informationModel];
  const depth = levels.indexOf(level);
  if (depth < 0) throw invalidKey(`there is no ${level} level in ${informationModel}`);
  for (const above of isRelational ? [] : levels.slice(0, depth)) {
    if (!NOT_A_SINGLE_VALUE.test(keys[UNIQUE_KEY[above]] ?? '')) continue;
    throw invalidKey(`${level} level needs one ${UNIQUE_KEY[above]}`);
  }
  for (const below of levels.slice(depth + 1)) {
    if (keys[UNIQUE_KEY[below]] === undefined) continue;
    throw invalidKey(`${UNIQUE_KEY[below]} is no key at ${level} level`);
  }
  const fields: Record<number, FieldValue | TypedValue> = { [tagOf(UNIQUE_KEY[level])]: '' };
  for (const [keyword, value] of Object.entries(keys)) {
    fields[tagOf(keyword)] = fieldOf(keyword, value, characterSet);
  }
  fields[Tag.QueryRetrieveLevel] = level;
  return withCharacterSet(fields, keys, characterSet);
}
