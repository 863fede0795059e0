import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { MediaStorageDirectory } from '../../../shared/dicom/uids.ts';

/** What the study list, the order of a series and a transfer need to know of an instance. Plain data. */
export interface InstanceSummary {
  readonly patientName: string;
  readonly patientId: string;
  readonly patientBirthDate: string;
  readonly patientSex: string;
  readonly studyInstanceUid: string;
  readonly studyDate: string;
  readonly studyTime: string;
  readonly studyDescription: string;
  readonly accessionNumber: string;
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number | undefined;
  readonly seriesDescription: string;
  readonly modality: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly instanceNumber: number | undefined;
  /** 0 for what is no image. */
  readonly rows: number;
  readonly columns: number;
  readonly numberOfFrames: number;
  /** In mm, patient coordinates (LPS), the first pixel's centre (PS3.3 C.7.6.2). */
  readonly imagePositionPatient: readonly number[];
  readonly imageOrientationPatient: readonly number[];
  /** What tells images of one place apart. */
  readonly imageType: string;
  readonly acquisitionNumber: number | undefined;
  readonly echoNumber: number | undefined;
  readonly temporalPosition: number | undefined;
  readonly bodyPart: string;
  /** R, L or B; empty where nobody says it. */
  readonly laterality: string;
  /** View Position: CC, MLO, PA, LL …; empty where nobody says it. */
  readonly viewPosition: string;
  /** Directions of rows and columns on the patient (PS3.3 section C.7.6.1.1.1): A, P, R, L, H, F. */
  readonly patientOrientation: string;
}

/** Why a file is no instance of a study. */
export interface NoInstance {
  readonly kind: 'skipped';
  readonly reason: string;
}

/** Takes from a data set, read at least up to its pixel data, what the library keeps. */
export function summarise(
  instance: ParsedInstance,
): { kind: 'instance'; summary: InstanceSummary } | NoInstance {
  const { dataset, meta } = instance;
  const text = (tag: number) => dataset.text(tag) ?? '';
  const sopClassUid = dataset.string(Tag.SOPClassUID) ?? meta.string(Tag.MediaStorageSOPClassUID);
  if (sopClassUid === MediaStorageDirectory) {
    return skipped('A DICOMDIR, the index of a disc: the files themselves are read.');
  }
  const sopInstanceUid = dataset.string(Tag.SOPInstanceUID);
  const studyInstanceUid = dataset.string(Tag.StudyInstanceUID);
  if (sopClassUid === undefined || sopInstanceUid === undefined) {
    return skipped(
      withProblems('DICOM, but without SOP Class UID and SOP Instance UID.', instance),
    );
  }
  if (studyInstanceUid === undefined) {
    return skipped(withProblems('DICOM, but without a Study Instance UID.', instance));
  }
  return {
    kind: 'instance',
    summary: {
      patientName: text(Tag.PatientName),
      patientId: text(Tag.PatientID),
      patientBirthDate: text(Tag.PatientBirthDate),
      patientSex: text(Tag.PatientSex),
      studyInstanceUid,
      studyDate: text(Tag.StudyDate),
      studyTime: text(Tag.StudyTime),
      studyDescription: text(Tag.StudyDescription),
      accessionNumber: text(Tag.AccessionNumber),
      seriesInstanceUid: dataset.string(Tag.SeriesInstanceUID) ?? '',
      seriesNumber: dataset.number(Tag.SeriesNumber),
      seriesDescription: text(Tag.SeriesDescription),
      modality: text(Tag.Modality),
      sopClassUid,
      sopInstanceUid,
      transferSyntaxUid: instance.transferSyntaxUid,
      instanceNumber: dataset.number(Tag.InstanceNumber),
      rows: dataset.number(Tag.Rows) ?? 0,
      columns: dataset.number(Tag.Columns) ?? 0,
      numberOfFrames: Math.max(1, dataset.number(Tag.NumberOfFrames) ?? 1),
      imagePositionPatient: position(dataset),
      imageOrientationPatient: triples(dataset, Tag.ImageOrientationPatient, 6),
      imageType: text(Tag.ImageType),
      acquisitionNumber: dataset.number(Tag.AcquisitionNumber),
      echoNumber: dataset.number(Tag.EchoNumbers),
      temporalPosition: dataset.number(Tag.TemporalPositionIdentifier),
      bodyPart: text(Tag.BodyPartExamined),
      laterality: text(Tag.ImageLaterality) || text(Tag.Laterality),
      viewPosition: text(Tag.ViewPosition) || codedView(dataset),
      patientOrientation: text(Tag.PatientOrientation),
    },
  };
}

/** CID 4014 (PS3.16), in SNOMED CT and in its older codes: the views that most mammograms are. */
const VIEW_CODES: Readonly<Record<string, string>> = {
  '399162004': 'CC',
  'R-10242': 'CC',
  '399368009': 'MLO',
  'R-10226': 'MLO',
  '399260004': 'ML',
  'R-10224': 'ML',
  '399352003': 'LM',
  'R-10228': 'LM',
};

const codedView = (dataset: Dataset): string =>
  VIEW_CODES[dataset.get(Tag.ViewCodeSequence)?.items?.[0]?.dataset.string(Tag.CodeValue) ?? ''] ??
  '';

const skipped = (reason: string): NoInstance => ({ kind: 'skipped', reason });

const withProblems = (reason: string, { problems }: ParsedInstance) =>
  [reason, ...problems.slice(0, 2)].join(' ');

const position = (dataset: Dataset) => triples(dataset, Tag.ImagePositionPatient, 3);

function triples(dataset: Dataset, tag: number, count: number): number[] {
  const values = dataset.numbers(tag);
  return values.length === count && values.every(Number.isFinite) ? values : [];
}
