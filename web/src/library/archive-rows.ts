import type { Row } from '../../../shared/protocol/messages.ts';
import type { SourceFile } from '../files/source-file.ts';
import {
  bySeriesNumber,
  type LibraryInstance,
  type LibrarySeries,
  type RemoteImage,
  type StudyListing,
} from './library.ts';

const numberOf = (row: Row, keyword: string): number | undefined => {
  const text = row[keyword]?.trim();
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
};

const numbersOf = (row: Row, keyword: string, count: number): number[] => {
  const values = (row[keyword] ?? '').split('\\').map(Number);
  return values.length === count && values.every(Number.isFinite) ? values : [];
};

/** A study of the archive or an answer of a peer, by keywords. */
export function listingOf(row: Row): StudyListing {
  const text = (keyword: string) => row[keyword] ?? '';
  const modalities = (row['ModalitiesInStudy'] ?? row['Modality'] ?? '').split('\\');
  return {
    studyInstanceUid: text('StudyInstanceUID'),
    patientName: text('PatientName'),
    patientId: text('PatientID'),
    patientBirthDate: text('PatientBirthDate'),
    patientSex: text('PatientSex'),
    studyDate: text('StudyDate'),
    studyTime: text('StudyTime'),
    studyDescription: text('StudyDescription'),
    accessionNumber: text('AccessionNumber'),
    referringPhysician: text('ReferringPhysicianName'),
    studyId: text('StudyID'),
    institution: text('InstitutionName'),
    modalities: modalities.filter((modality) => modality !== '').sort(),
    seriesCount: numberOf(row, 'NumberOfStudyRelatedSeries'),
    instanceCount: numberOf(row, 'NumberOfStudyRelatedInstances'),
    hasConflictingPatients: false,
    ...(row['committedInstances'] !== undefined && {
      keptSafely: { count: numberOf(row, 'committedInstances') ?? 0, by: text('committedBy') },
    }),
  };
}

/** Series of a peer: their instances are there, not here. */
export function remoteSeriesOf(study: StudyListing, rows: readonly Row[]): LibrarySeries[] {
  return rows
    .map((row) => ({
      ...seriesFields(study, row),
      instanceCount: numberOf(row, 'NumberOfSeriesRelatedInstances'),
      instances: [],
    }))
    .sort(bySeriesNumber);
}

/** Images of a peer's series, by their number. */
export function remoteImagesOf(rows: readonly Row[]): RemoteImage[] {
  return rows
    .map((row) => ({
      sopInstanceUid: row['SOPInstanceUID'] ?? '',
      sopClassUid: row['SOPClassUID'] ?? '',
      instanceNumber: numberOf(row, 'InstanceNumber'),
      rows: numberOf(row, 'Rows') ?? 0,
      columns: numberOf(row, 'Columns') ?? 0,
      numberOfFrames: Math.max(1, numberOf(row, 'NumberOfFrames') ?? 1),
    }))
    .filter(({ sopInstanceUid }) => sopInstanceUid !== '')
    .sort((a, b) => (a.instanceNumber ?? Infinity) - (b.instanceNumber ?? Infinity) || 0);
}

/** Series of the archive with their instances. `sourceOf` says how an instance is read. */
export function archiveSeriesOf(
  study: StudyListing,
  rows: readonly Row[],
  sourceOf: (sopInstanceUid: string, size: number) => SourceFile,
): LibrarySeries[] {
  const series = new Map<string, { row: Row; instances: LibraryInstance[] }>();
  for (const row of rows) {
    const uid = row['SeriesInstanceUID'] ?? '';
    let entry = series.get(uid);
    if (!entry) {
      entry = { row, instances: [] };
      series.set(uid, entry);
    }
    entry.instances.push(instanceOf(study, row, sourceOf));
  }
  return [...series.values()]
    .map(({ row, instances }) => ({
      ...seriesFields(study, row),
      instanceCount: instances.length,
      instances,
    }))
    .sort(bySeriesNumber);
}

const seriesFields = (study: StudyListing, row: Row) => ({
  seriesInstanceUid: row['SeriesInstanceUID'] ?? '',
  studyInstanceUid: study.studyInstanceUid,
  seriesNumber: numberOf(row, 'SeriesNumber'),
  seriesDescription: row['SeriesDescription'] ?? '',
  modality: row['Modality'] ?? '',
  seriesDate: row['SeriesDate'] ?? '',
  bodyPart: row['BodyPartExamined'] ?? '',
  protocolName: row['ProtocolName'] ?? '',
});

function instanceOf(
  study: StudyListing,
  row: Row,
  sourceOf: (sopInstanceUid: string, size: number) => SourceFile,
): LibraryInstance {
  const sopInstanceUid = row['SOPInstanceUID'] ?? '';
  const size = numberOf(row, 'size') ?? 0;
  return {
    summary: {
      ...study,
      ...seriesFields(study, row),
      sopClassUid: row['SOPClassUID'] ?? '',
      sopInstanceUid,
      transferSyntaxUid: row['TransferSyntaxUID'] ?? '',
      instanceNumber: numberOf(row, 'InstanceNumber'),
      rows: numberOf(row, 'Rows') ?? 0,
      columns: numberOf(row, 'Columns') ?? 0,
      numberOfFrames: Math.max(1, numberOf(row, 'NumberOfFrames') ?? 1),
      imagePositionPatient: numbersOf(row, 'ImagePositionPatient', 3),
      imageOrientationPatient: numbersOf(row, 'ImageOrientationPatient', 6),
      imageType: row['ImageType'] ?? '',
      acquisitionNumber: numberOf(row, 'AcquisitionNumber'),
      echoNumber: numberOf(row, 'EchoNumbers'),
      temporalPosition: numberOf(row, 'TemporalPositionIdentifier'),
      bodyPart: row['BodyPartExamined'] ?? '',
      laterality: row['ImageLaterality'] ?? '',
      viewPosition: row['ViewPosition'] ?? '',
      patientOrientation: row['PatientOrientation'] ?? '',
    },
    source: sourceOf(sopInstanceUid, size),
    size,
    lastModified: 0,
  };
}
