import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';

// What the index holds of an instance, by level: the columns of its tables, the fields of its rows.

export const STUDY_TEXTS = [
  'PatientName',
  'PatientID',
  'IssuerOfPatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyInstanceUID',
  'StudyDate',
  'StudyTime',
  'StudyDescription',
  'AccessionNumber',
  'StudyID',
  'ReferringPhysicianName',
] as const;

export const SERIES_TEXTS = [
  'SeriesInstanceUID',
  'Modality',
  'SeriesDescription',
  'BodyPartExamined',
  'SeriesDate',
  'SeriesTime',
] as const;
export const SERIES_NUMBERS = ['SeriesNumber'] as const;

export const INSTANCE_TEXTS = [
  'SOPClassUID',
  'SOPInstanceUID',
  'ImagePositionPatient',
  'ImageOrientationPatient',
] as const;
export const INSTANCE_NUMBERS = ['InstanceNumber', 'Rows', 'Columns', 'NumberOfFrames'] as const;

type Texts<Keyword extends string> = Readonly<Record<Keyword, string>>;
/** null: missing, or no whole number. */
type Numbers<Keyword extends string> = Readonly<Record<Keyword, number | null>>;

export interface IndexedAttributes {
  readonly study: Texts<(typeof STUDY_TEXTS)[number]>;
  readonly series: Texts<(typeof SERIES_TEXTS)[number]> & Numbers<(typeof SERIES_NUMBERS)[number]>;
  readonly instance: Texts<(typeof INSTANCE_TEXTS)[number]> &
    Numbers<(typeof INSTANCE_NUMBERS)[number]>;
}

type Keyword =
  | (typeof STUDY_TEXTS)[number]
  | (typeof SERIES_TEXTS)[number]
  | (typeof SERIES_NUMBERS)[number]
  | (typeof INSTANCE_TEXTS)[number]
  | (typeof INSTANCE_NUMBERS)[number];

/** Reads them, text decoded by the instance's character set. */
export function indexedAttributes(dataset: Dataset): IndexedAttributes {
  return {
    study: texts(STUDY_TEXTS, dataset),
    series: { ...texts(SERIES_TEXTS, dataset), ...numbers(SERIES_NUMBERS, dataset) },
    instance: { ...texts(INSTANCE_TEXTS, dataset), ...numbers(INSTANCE_NUMBERS, dataset) },
  };
}

function texts<K extends Keyword>(keywords: readonly K[], dataset: Dataset): Texts<K> {
  const pairs = keywords.map((keyword) => [keyword, dataset.strings(Tag[keyword]).join('\\')]);
  // A cast: one pair for each keyword.
  return Object.fromEntries(pairs) as Texts<K>;
}

function numbers<K extends Keyword>(keywords: readonly K[], dataset: Dataset): Numbers<K> {
  const pairs = keywords.map((keyword) => {
    const value = dataset.number(Tag[keyword]);
    return [keyword, Number.isSafeInteger(value) ? value : null];
  });
  // A cast: one pair for each keyword.
  return Object.fromEntries(pairs) as Numbers<K>;
}
