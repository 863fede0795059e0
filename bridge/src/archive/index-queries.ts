import type { DatabaseSync } from 'node:sqlite';
import { columns } from './index-database.ts';
import {
  INSTANCE_NUMBERS,
  INSTANCE_TEXTS,
  SERIES_NUMBERS,
  SERIES_TEXTS,
  STUDY_TEXTS,
} from './indexed-attributes.ts';
import { searchWords } from './study-search.ts';
import type {
  ArchiveCounts,
  InstanceQuery,
  InstanceRow,
  Origin,
  SeriesRow,
  StudyOrder,
  StudyPage,
  StudyQuery,
  StudyRow,
} from './store.ts';
import { MAX_PAGE } from './store.ts';

const STUDY_COLUMNS = columns([
  ...STUDY_TEXTS,
  'ModalitiesInStudy',
  'NumberOfStudyRelatedSeries',
  'NumberOfStudyRelatedInstances',
  'size',
  'receivedMs',
  'sourceAeTitle',
]);
const ORIGIN = `iif(archived > 0, 'archive', 'cache') AS origin`;
const SERIES_COLUMNS = columns([
  ...SERIES_TEXTS,
  ...SERIES_NUMBERS,
  'NumberOfSeriesRelatedInstances',
]);
const INSTANCE_COLUMNS = columns([
  ...INSTANCE_TEXTS,
  ...INSTANCE_NUMBERS,
  'TransferSyntaxUID',
  'size',
  'receivedMs',
  'sourceAeTitle',
  'origin',
]);

/** Each has an index. */
const ORDERS: Readonly<Record<StudyOrder, readonly string[]>> = {
  StudyDate: ['StudyDate', 'StudyTime', 'id'],
  PatientName: ['nameKey', 'id'],
  PatientID: ['PatientID', 'id'],
  receivedMs: ['receivedMs', 'id'],
};

/** An instance's file as the index knows it; the path is relative. */
export interface IndexedFile {
  readonly path: string;
  readonly datasetOffset: number;
  readonly size: number;
  readonly TransferSyntaxUID: string;
  readonly SOPClassUID: string;
}

/** The same, with what others decide by. */
interface FoundFile extends IndexedFile {
  readonly SOPInstanceUID: string;
  readonly StudyInstanceUID: string;
  readonly Modality: string;
  readonly origin: Origin;
  readonly sourceAeTitle: string;
}

/** Reads of the index; each ends within some milliseconds. */
export class IndexQueries {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  studies({ search = '', limit, offset, order }: StudyQuery): StudyPage {
    const words = searchWords(search);
    const where = words.map(() => 'instr(searchText, ?) > 0').join(' AND ') || 'TRUE';
    const direction = order.descending ? 'DESC' : 'ASC';
    const by = ORDERS[order.by].map((column) => `${column} ${direction}`).join(', ');
    const rows = this.#rows(
      `SELECT ${STUDY_COLUMNS}, ${ORIGIN} FROM studies WHERE ${where} ORDER BY ${by} LIMIT ? OFFSET ?`,
      ...words,
      pageLimit(limit),
      offset,
    );
    const total = this.#count(`SELECT count(*) AS count FROM studies WHERE ${where}`, ...words);
    // A cast: the columns of STUDY_COLUMNS.
    return { studies: rows as unknown as StudyRow[], total };
  }

  study(studyInstanceUid: string): StudyRow | undefined {
    const [row] = this.#rows(
      `SELECT ${STUDY_COLUMNS}, ${ORIGIN} FROM studies WHERE StudyInstanceUID = ?`,
      studyInstanceUid,
    );
    // A cast: the columns of STUDY_COLUMNS.
    return row as unknown as StudyRow | undefined;
  }

  series(studyInstanceUid: string): readonly SeriesRow[] {
    const rows = this.#rows(
      `SELECT ${SERIES_COLUMNS} FROM series
       WHERE study = (SELECT id FROM studies WHERE StudyInstanceUID = ?)
       ORDER BY SeriesNumber IS NULL, SeriesNumber, SeriesDate, SeriesTime, id`,
      studyInstanceUid,
    );
    // A cast: the columns of SERIES_COLUMNS.
    return rows as unknown as SeriesRow[];
  }

  instances(query: InstanceQuery): readonly InstanceRow[] {
    const rows = this.#rows(
      `SELECT ${INSTANCE_COLUMNS} FROM instances WHERE series = (
         SELECT series.id FROM series JOIN studies ON studies.id = series.study
         WHERE StudyInstanceUID = ? AND SeriesInstanceUID = ?)
       ORDER BY InstanceNumber, id LIMIT ? OFFSET ?`,
      query.studyInstanceUid,
      query.seriesInstanceUid,
      pageLimit(query.limit),
      query.offset,
    );
    // A cast: the columns of INSTANCE_COLUMNS.
    return rows as unknown as InstanceRow[];
  }

  locate(sopInstanceUid: string): IndexedFile | undefined {
    const [row] = this.#rows(
      `SELECT path, datasetOffset, size, TransferSyntaxUID, SOPClassUID FROM instances
       WHERE SOPInstanceUID = ?`,
      sopInstanceUid,
    );
    // A cast: the columns named above.
    return row as unknown as IndexedFile | undefined;
  }

  find(sopInstanceUids: readonly string[]): readonly FoundFile[] {
    const uids = sopInstanceUids.slice(0, MAX_PAGE);
    const rows = this.#rows(
      `SELECT SOPInstanceUID, path, datasetOffset, instances.size, TransferSyntaxUID, SOPClassUID,
         StudyInstanceUID, Modality, origin, instances.sourceAeTitle
       FROM instances JOIN studies ON studies.id = instances.study
         JOIN series ON series.id = instances.series
       WHERE SOPInstanceUID IN (${uids.map(() => '?').join(', ')})`,
      ...uids,
    );
    // A cast: the columns named above.
    return rows as unknown as FoundFile[];
  }

  counts(): ArchiveCounts {
    const totals = this.#rows('SELECT origin, size, count FROM totals');
    const of = (origin: string) => totals.find((row) => row['origin'] === origin);
    const number = (value: unknown) => Number(value ?? 0);
    return {
      studies: this.#count('SELECT count(*) AS count FROM studies'),
      series: this.#count('SELECT count(*) AS count FROM series'),
      instances: number(of('archive')?.['count']) + number(of('cache')?.['count']),
      archiveBytes: number(of('archive')?.['size']),
      cacheBytes: number(of('cache')?.['size']),
    };
  }

  #rows(sql: string, ...values: (string | number)[]): Record<string, unknown>[] {
    // Copied: rows of node:sqlite have no prototype, which isn't what others expect of an object.
    return this.#database
      .prepare(sql)
      .all(...values)
      .map((row) => ({ ...row }));
  }

  #count(sql: string, ...values: string[]): number {
    return Number(this.#database.prepare(sql).get(...values)?.['count'] ?? 0);
  }
}

const pageLimit = (limit: number): number => Math.min(Math.max(0, limit), MAX_PAGE);
