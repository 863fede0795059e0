// What others may ask the index for: matching by attributes of PS3.4 section C.2.2.2, on the levels of its section C.6.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part04.html#sect_C.2.2.2
import {
  INSTANCE_ATTRIBUTES,
  SERIES_ATTRIBUTES,
  SERIES_SEQUENCES,
  STUDY_ATTRIBUTES,
  STUDY_SEQUENCES,
} from './indexed-attributes.ts';

export type EntityLevel = 'PATIENT' | 'STUDY' | 'SERIES' | 'IMAGE';

/** Text is decoded. A key that matches anything isn't among the keys of a query. */
export type Matching =
  /** Any of them. */
  | { readonly kind: 'values'; readonly values: readonly string[] }
  /** "*" and "?". */
  | { readonly kind: 'pattern'; readonly pattern: string }
  /** Both ends included, '' is open; an end stands for all of its day, hour or minute. */
  | { readonly kind: 'range'; readonly from: string; readonly to: string }
  /** An item of a sequence that matches all of these. */
  | { readonly kind: 'item'; readonly keys: readonly MatchKey[] };

export interface MatchKey {
  readonly keyword: string;
  /** A range of dates and times as one: the attribute of the time, which stands behind the date in both ends. */
  readonly time?: string;
  readonly matching: Matching;
}

/**
 * When a value that isn't known matches a key that asks for one: never; where the key has a wildcard; or always, as PS3.4
 * section C.2.2.1.2 has it.
 */
export type UnknownMatches = 'never' | 'wildcards' | 'always';

export interface MatchQuery {
  readonly level: EntityLevel;
  readonly keys: readonly MatchKey[];
  readonly unknownMatches: UnknownMatches;
  /** No more than so many are given. */
  readonly limit?: number | undefined;
}

/** Values by keyword; text with backslashes between several values, sequences as JSON. */
export type MatchRow = Readonly<Record<string, string | number | null>>;

/** Where an attribute stands: an SQL expression over the tables `s`tudies, se`r`ies and `i`nstances. */
export interface MatchColumn {
  readonly sql: string;
  readonly isNumber: boolean;
}

const PATIENT_KEYWORDS: ReadonlySet<string> = new Set([
  ...['PatientName', 'PatientID', 'IssuerOfPatientID', 'PatientBirthDate', 'PatientBirthTime'],
  ...['PatientSex', 'OtherPatientIDs', 'PatientComments', 'SpecificCharacterSet'],
]);

type Columns = [keyword: string, column: MatchColumn][];

const texts = (table: string, keywords: readonly string[]): Columns =>
  keywords.map((keyword) => [keyword, { sql: `${table}."${keyword}"`, isNumber: false }]);
const numbers = (table: string, keywords: readonly string[]): Columns =>
  keywords.map((keyword) => [keyword, { sql: `${table}."${keyword}"`, isNumber: true }]);
const computed = (keyword: string, sql: string, isNumber: boolean): Columns => [
  [keyword, { sql, isNumber }],
];

const OF_PATIENT = `FROM studies p WHERE p.PatientID = s.PatientID
  AND p.IssuerOfPatientID = s.IssuerOfPatientID`;

const PATIENT: Columns = [
  ...texts(
    's',
    STUDY_ATTRIBUTES.filter((keyword) => PATIENT_KEYWORDS.has(keyword)),
  ),
  ...computed('NumberOfPatientRelatedStudies', `(SELECT count(*) ${OF_PATIENT})`, true),
  ...computed(
    'NumberOfPatientRelatedSeries',
    `(SELECT sum(NumberOfStudyRelatedSeries) ${OF_PATIENT})`,
    true,
  ),
  ...computed(
    'NumberOfPatientRelatedInstances',
    `(SELECT sum(NumberOfStudyRelatedInstances) ${OF_PATIENT})`,
    true,
  ),
];

const STUDY: Columns = [
  ...PATIENT,
  ...texts('s', [...STUDY_ATTRIBUTES, 'ModalitiesInStudy']),
  ...numbers('s', ['NumberOfStudyRelatedSeries', 'NumberOfStudyRelatedInstances']),
  ...computed(
    'SOPClassesInStudy',
    `(SELECT group_concat(SOPClassUID, char(92)) FROM
      (SELECT DISTINCT SOPClassUID FROM instances WHERE study = s.id))`,
    false,
  ),
];

const SERIES: Columns = [
  ...STUDY,
  ...texts('r', SERIES_ATTRIBUTES.texts),
  ...numbers('r', [...SERIES_ATTRIBUTES.numbers, 'NumberOfSeriesRelatedInstances']),
];

const IMAGE: Columns = [
  ...SERIES,
  ...texts('i', INSTANCE_ATTRIBUTES.texts),
  ...numbers('i', INSTANCE_ATTRIBUTES.numbers),
  ...computed('AvailableTransferSyntaxUID', 'i.TransferSyntaxUID', false),
];

/** By keyword, what can be matched and returned on a level: its own attributes and those of the levels above. */
export const MATCH_KEYS: Readonly<Record<EntityLevel, ReadonlyMap<string, MatchColumn>>> = {
  PATIENT: new Map(PATIENT),
  STUDY: new Map(STUDY),
  SERIES: new Map(SERIES),
  IMAGE: new Map(IMAGE),
};

/** What can be matched and returned of the items of a sequence. */
export const ITEM_KEYS: Readonly<Record<string, readonly string[]>> = {
  ...STUDY_SEQUENCES,
  ...SERIES_SEQUENCES,
};
