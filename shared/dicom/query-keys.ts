// What Gantry asks of a peer's studies, series and instances (C-FIND, Study Root): one table.
//
// It is the union of what three workstations ask, by their conformance statements: cmr42, table 4.2-21 (CMR),
// GEMINI TF, table 23 (GEM), and Xcelera R4.1, table 149 (XCE, study level alone). GEM prints Study Date once as
// 0080,0020, in its table 77: keys stand here by keyword, so that 0008,0020 it is. GEM leaves the study out of its
// image level; PS3.4 section C.4.1.2.1 asks for the unique keys of all levels above, which the query adds.
// What no statement has is Gantry's own: a reason stands beside it.

export type QueryKeyLevel = 'STUDY' | 'SERIES' | 'IMAGE';

type Statement = 'CMR' | 'GEM' | 'XCE' | 'Gantry';

export interface QueryKey {
  /** PS3.6 */
  readonly keyword: string;
  readonly from: readonly Statement[];
}

const key = (keyword: string, ...from: readonly Statement[]): QueryKey => ({ keyword, from });

export const QUERY_KEYS: Readonly<Record<QueryKeyLevel, readonly QueryKey[]>> = {
  STUDY: [
    key('StudyDate', 'CMR', 'GEM', 'XCE'),
    key('StudyTime', 'GEM'),
    key('AccessionNumber', 'GEM', 'XCE'),
    key('ModalitiesInStudy', 'CMR', 'GEM', 'XCE'),
    // Tells which presentation contexts a C-GET of the study needs.
    key('SOPClassesInStudy', 'Gantry'),
    // An attribute of series; archives of several sites match it for the study.
    key('InstitutionName', 'Gantry'),
    key('ReferringPhysicianName', 'GEM'),
    key('StudyDescription', 'CMR', 'GEM'),
    key('PatientName', 'CMR', 'GEM', 'XCE'),
    key('PatientID', 'GEM', 'XCE'),
    key('PatientBirthDate', 'CMR', 'GEM', 'XCE'),
    key('PatientBirthTime', 'GEM'),
    key('PatientSex', 'CMR', 'GEM', 'XCE'),
    key('StudyInstanceUID', 'CMR', 'GEM', 'XCE'),
    key('StudyID', 'GEM'),
    key('NumberOfStudyRelatedSeries', 'GEM'),
    key('NumberOfStudyRelatedInstances', 'GEM'),
    key('PerformedProcedureStepDescription', 'GEM'),
  ],
  SERIES: [
    key('SeriesDate', 'GEM'),
    key('SeriesTime', 'GEM'),
    key('Modality', 'GEM'),
    key('Manufacturer', 'GEM'),
    key('SeriesDescription', 'GEM'),
    key('BodyPartExamined', 'GEM'),
    key('ProtocolName', 'GEM'),
    key('SeriesInstanceUID', 'GEM'),
    key('SeriesNumber', 'GEM'),
    key('NumberOfSeriesRelatedInstances', 'GEM'),
    key('PerformedProcedureStepStartDate', 'GEM'),
    key('PerformedProcedureStepStartTime', 'GEM'),
    // With its Requested Procedure ID and Scheduled Procedure Step ID: an empty sequence asks for all of an item.
    key('RequestAttributesSequence', 'GEM'),
  ],
  IMAGE: [
    key('ImageType', 'GEM'),
    key('InstanceCreationDate', 'GEM'),
    key('InstanceCreationTime', 'GEM'),
    key('SOPClassUID', 'GEM'),
    key('SOPInstanceUID', 'GEM'),
    key('ContrastBolusAgent', 'GEM'),
    key('SliceThickness', 'GEM'),
    key('KVP', 'GEM'),
    key('InstanceNumber', 'GEM'),
    key('PatientOrientation', 'GEM'),
    key('ImageOrientationPatient', 'GEM'),
    key('SliceLocation', 'GEM'),
    key('SamplesPerPixel', 'GEM'),
    key('PhotometricInterpretation', 'GEM'),
    key('Rows', 'GEM'),
    key('Columns', 'GEM'),
    key('PixelSpacing', 'GEM'),
    // Tells a clip from a picture before it is here.
    key('NumberOfFrames', 'Gantry'),
  ],
};

/** All keys of a level with empty values: each asks for a value and matches anything (PS3.4 section C.2.2.2.3). */
export function universalKeys(level: QueryKeyLevel): Record<string, string> {
  return Object.fromEntries(QUERY_KEYS[level].map(({ keyword }) => [keyword, '']));
}

/**
 * Whether any key narrows the query: one of wildcards or an open range alone matches anything. GEM forces such a
 * filter for large archives, CMR always.
 */
export const hasKey = (keys: Readonly<Record<string, string>>): boolean =>
  Object.values(keys).some((value) => /[^*?\\\s-]/.test(value));

/** XCE puts "*" behind name and ID; physicians are names as well. */
const OPEN_ENDED: readonly string[] = ['PatientName', 'PatientID', 'ReferringPhysicianName'];

/** Keys that match by how a value begins: the open-ended get a "*" unless they are empty, lists, or hold a wildcard. */
export const openEnded = (
  keys: Readonly<Record<string, string>>,
  keywords: readonly string[] = OPEN_ENDED,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(keys).map(([keyword, value]) => [
      keyword,
      keywords.includes(keyword) && /^[^*?\\]+$/.test(value) ? `${value}*` : value,
    ]),
  );

/** How a user gives a key of the study level. */
export interface SearchKey {
  readonly keyword: string;
  /** `name`: a person name, "Doe, Jane" as well; `date`: one day; `code`: upper case. */
  readonly entry: 'text' | 'name' | 'date' | 'range' | 'code';
  /** Asked for often: it stands in front, the others under "More". */
  readonly isFrequent: boolean;
}

export const often = (keyword: string, entry: SearchKey['entry']): SearchKey => ({
  keyword,
  entry,
  isFrequent: true,
});
export const seldom = (keyword: string, entry: SearchKey['entry']): SearchKey => ({
  keyword,
  entry,
  isFrequent: false,
});

/**
 * What a user may match: the keys that a statement above marks as user input or by a type of matching, those that the
 * same systems match as an SCP (Study ID, XCE tables 119 and 122), and Institution Name.
 */
export const SEARCH_KEYS: readonly SearchKey[] = [
  often('PatientName', 'name'),
  often('PatientID', 'text'),
  often('AccessionNumber', 'text'),
  often('StudyDate', 'range'),
  often('ModalitiesInStudy', 'code'),
  seldom('StudyDescription', 'text'),
  seldom('PatientBirthDate', 'date'),
  seldom('PatientSex', 'code'),
  seldom('ReferringPhysicianName', 'name'),
  seldom('StudyID', 'text'),
  seldom('InstitutionName', 'text'),
];
