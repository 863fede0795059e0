import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { PhantomFile } from './phantom/phantom-file.ts';

/** Values of one instance by keyword, as text; several values are joined by backslashes. */
export type SampleRow = Readonly<Record<SampleKey, string>>;

export interface Sample {
  readonly row: SampleRow;
  /** The data set in Explicit VR Little Endian, without file meta information. */
  readonly dataset: Uint8Array<ArrayBuffer>;
}

const KEYS = [
  'SOPClassUID',
  'SOPInstanceUID',
  'StudyDate',
  'StudyTime',
  'AccessionNumber',
  'Modality',
  'InstitutionName',
  'ReferringPhysicianName',
  'StudyDescription',
  'SeriesDescription',
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'BodyPartExamined',
  'StudyInstanceUID',
  'SeriesInstanceUID',
  'StudyID',
  'SeriesNumber',
  'InstanceNumber',
  'NumberOfFrames',
  'Rows',
  'Columns',
] as const;

export type SampleKey = (typeof KEYS)[number];

export type SampleLevel = 'STUDY' | 'SERIES' | 'IMAGE';

export const isSampleLevel = (level: string): level is SampleLevel => Object.hasOwn(UNIQUE, level);

/** By which attribute an entity of each level is told from others. */
const UNIQUE: Readonly<Record<SampleLevel, SampleKey>> = {
  STUDY: 'StudyInstanceUID',
  SERIES: 'SeriesInstanceUID',
  IMAGE: 'SOPInstanceUID',
};

/** A phantom's data set and what identifies it. */
export async function sampleOf({ bytes }: PhantomFile): Promise<Sample> {
  const { dataset, datasetStart } = await readInstance(bufferSource(bytes));
  const values = KEYS.map((key) => [key, dataset.string(Tag[key]) ?? ''] as const);
  // A cast: one value for each of KEYS.
  const row = Object.fromEntries(values) as SampleRow;
  return { row, dataset: bytes.subarray(datasetStart) };
}

/** Instances of phantoms, found by the keys of a query (PS3.4 section C.2.2.2). */
export class SampleIndex {
  readonly #samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.#samples = samples;
  }

  static async of(files: Iterable<PhantomFile>): Promise<SampleIndex> {
    const samples: Sample[] = [];
    for (const file of files) samples.push(await sampleOf(file));
    return new SampleIndex(samples);
  }

  /** The instances that all keys match; keys that this index doesn't know match anything. */
  select(keys: Readonly<Record<string, string>>): readonly Sample[] {
    return this.#samples.filter(({ row }) =>
      KEYS.every((key) => matches(key, keys[key] ?? '', row[key])),
    );
  }

  /** A match for each study, series or instance that the keys find, with what is counted for it. */
  find(level: SampleLevel, keys: Readonly<Record<string, string>>): Record<string, string>[] {
    const { ModalitiesInStudy = '', ...ofInstances } = keys;
    const groups = new Map<string, SampleRow>();
    for (const { row } of this.select(ofInstances)) groups.set(row[UNIQUE[level]], row);
    return [...groups.values()]
      .map((row) => ({ ...row, ...this.#counts(row) }))
      .filter((row) =>
        row.ModalitiesInStudy.split('\\').some((one) =>
          matches('Modality', ModalitiesInStudy, one),
        ),
      );
  }

  #counts({ StudyInstanceUID, SeriesInstanceUID }: SampleRow) {
    const study = this.select({ StudyInstanceUID }).map(({ row }) => row);
    const series = study.filter((row) => row.SeriesInstanceUID === SeriesInstanceUID);
    const distinct = (key: SampleKey) => [...new Set(study.map((row) => row[key]))];
    return {
      ModalitiesInStudy: distinct('Modality').join('\\'),
      SOPClassesInStudy: distinct('SOPClassUID').join('\\'),
      NumberOfStudyRelatedSeries: String(distinct('SeriesInstanceUID').length),
      NumberOfStudyRelatedInstances: String(study.length),
      NumberOfSeriesRelatedInstances: String(series.length),
    };
  }
}

/** Universal, range, wild card, list of UID and single value matching; names regardless of case. */
function matches(key: SampleKey, wanted: string, value: string): boolean {
  if (wanted === '' || wanted === '*') return true;
  if (key.endsWith('Date') && wanted.includes('-')) {
    const [from = '', to = ''] = wanted.split('-');
    return value >= from && (to === '' || value <= to);
  }
  if (key.endsWith('UID')) return wanted.split('\\').includes(value);
  const pattern = wanted
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 'i').test(value);
}
