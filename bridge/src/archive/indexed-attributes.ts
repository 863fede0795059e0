import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';

// What the index holds of an instance, by level: the columns of its tables. Those of `…_TEXTS` and `…_NUMBERS` are in the
// rows of lists too; those of `…_KEYS` are there for the queries of others.

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

export const STUDY_KEYS = [
  'SpecificCharacterSet',
  'PatientBirthTime',
  'OtherPatientIDs',
  'PatientComments',
  'PatientAge',
  'PatientSize',
  'PatientWeight',
  'NameOfPhysiciansReadingStudy',
  'AdmittingDiagnosesDescription',
  'InstitutionName',
  'PerformedProcedureStepDescription',
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
export const SERIES_KEYS = [
  'Manufacturer',
  'ManufacturerModelName',
  'StationName',
  'InstitutionName',
  'InstitutionalDepartmentName',
  'ProtocolName',
  'PerformingPhysicianName',
  'OperatorsName',
  'Laterality',
  'PatientPosition',
  'PerformedProcedureStepID',
  'PerformedProcedureStepStartDate',
  'PerformedProcedureStepStartTime',
  'PerformedProcedureStepDescription',
] as const;

export const INSTANCE_TEXTS = [
  'SOPClassUID',
  'SOPInstanceUID',
  'ImagePositionPatient',
  'ImageOrientationPatient',
  'ImageType',
  'ImageLaterality',
  'ViewPosition',
  'PatientOrientation',
] as const;
export const INSTANCE_NUMBERS = [
  'InstanceNumber',
  'Rows',
  'Columns',
  'NumberOfFrames',
  'AcquisitionNumber',
  'EchoNumbers',
  'TemporalPositionIdentifier',
] as const;
export const INSTANCE_KEYS = [
  'InstanceCreationDate',
  'InstanceCreationTime',
  'ContentDate',
  'ContentTime',
  'AcquisitionDate',
  'AcquisitionTime',
  'AcquisitionDateTime',
  'ContrastBolusAgent',
  'SliceThickness',
  'KVP',
  'SliceLocation',
  'PhotometricInterpretation',
  'PixelSpacing',
] as const;
export const INSTANCE_KEY_NUMBERS = ['SamplesPerPixel', 'BitsAllocated'] as const;

/** Sequences, as JSON: an item is an object of the values of these attributes, by keyword. */
export const STUDY_SEQUENCES = {
  ProcedureCodeSequence: ['CodeValue', 'CodingSchemeDesignator', 'CodeMeaning'],
} as const;
export const SERIES_SEQUENCES = {
  RequestAttributesSequence: ['RequestedProcedureID', 'ScheduledProcedureStepID'],
} as const;

/** All columns of a level that hold attributes, texts and sequences first. */
export const STUDY_ATTRIBUTES = [...STUDY_TEXTS, ...STUDY_KEYS, ...keysOf(STUDY_SEQUENCES)];
export const SERIES_ATTRIBUTES = {
  texts: [...SERIES_TEXTS, ...SERIES_KEYS, ...keysOf(SERIES_SEQUENCES)],
  numbers: SERIES_NUMBERS,
} as const;
export const INSTANCE_ATTRIBUTES = {
  texts: [...INSTANCE_TEXTS, ...INSTANCE_KEYS],
  numbers: [...INSTANCE_NUMBERS, ...INSTANCE_KEY_NUMBERS],
} as const;

// A cast: the keys of our own tables.
function keysOf<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}

type Texts<Keyword extends string> = Readonly<Record<Keyword, string>>;
/** null: missing, or no whole number. */
type Numbers<Keyword extends string> = Readonly<Record<Keyword, number | null>>;

export interface IndexedAttributes {
  readonly study: Texts<(typeof STUDY_ATTRIBUTES)[number]>;
  readonly series: Texts<(typeof SERIES_ATTRIBUTES.texts)[number]> &
    Numbers<(typeof SERIES_ATTRIBUTES.numbers)[number]>;
  readonly instance: Texts<(typeof INSTANCE_ATTRIBUTES.texts)[number]> &
    Numbers<(typeof INSTANCE_ATTRIBUTES.numbers)[number]>;
}

type Sequence = keyof typeof STUDY_SEQUENCES | keyof typeof SERIES_SEQUENCES;

const SEQUENCES: Readonly<Record<Sequence, readonly (keyof typeof Tag)[]>> = {
  ...STUDY_SEQUENCES,
  ...SERIES_SEQUENCES,
};

/** Reads them, text decoded by the instance's character set. */
export function indexedAttributes(dataset: Dataset): IndexedAttributes {
  const { texts: ofSeries, numbers: seriesNumbers } = SERIES_ATTRIBUTES;
  const { texts: ofInstance, numbers: instanceNumbers } = INSTANCE_ATTRIBUTES;
  return {
    study: texts(STUDY_ATTRIBUTES, dataset),
    series: { ...texts(ofSeries, dataset), ...numbers(seriesNumbers, dataset) },
    instance: { ...texts(ofInstance, dataset), ...numbers(instanceNumbers, dataset) },
  };
}

function texts<K extends keyof typeof Tag>(keywords: readonly K[], dataset: Dataset): Texts<K> {
  const values: Partial<Record<K, string>> = {};
  for (const keyword of keywords) {
    values[keyword] = isSequence(keyword)
      ? itemsOf(keyword, dataset)
      : textOf(dataset, Tag[keyword]);
  }
  // A cast: one value for each keyword.
  return values as Texts<K>;
}

const isSequence = (keyword: string): keyword is Sequence => keyword in SEQUENCES;

/** Dates and times of before DICOM 3 lose their dots and colons (PS3.5 section 6.2, DA and TM). */
function textOf(dataset: Dataset, tag: number): string {
  const text = dataset.strings(tag).join('\\');
  if (/^\d{4}\.\d\d\.\d\d$/.test(text) && dataset.get(tag)?.vr === 'DA')
    return text.replaceAll('.', '');
  if (text.includes(':') && dataset.get(tag)?.vr === 'TM') return text.replaceAll(':', '');
  return text;
}

function itemsOf(keyword: Sequence, dataset: Dataset): string {
  const items = dataset.items(Tag[keyword]);
  if (items.length === 0) return '';
  return JSON.stringify(items.map((item) => texts(SEQUENCES[keyword], item)));
}

function numbers<K extends keyof typeof Tag>(keywords: readonly K[], dataset: Dataset): Numbers<K> {
  const values: Partial<Record<K, number | null>> = {};
  for (const keyword of keywords) {
    const value = dataset.number(Tag[keyword]);
    values[keyword] = value !== undefined && Number.isSafeInteger(value) ? value : null;
  }
  // A cast: one value for each keyword.
  return values as Numbers<K>;
}
