import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { columns } from './index-database.ts';
import type { IndexedAttributes } from './indexed-attributes.ts';
import { INSTANCE_ATTRIBUTES, SERIES_ATTRIBUTES, STUDY_ATTRIBUTES } from './indexed-attributes.ts';
import { nameKey } from './name-key.ts';
import { foldText } from './study-search.ts';
import type { Origin } from './store.ts';

/** A file as the index knows it. */
export interface IndexEntry {
  readonly attributes: IndexedAttributes;
  /** Relative to the archive's folder, with forward slashes. */
  readonly path: string;
  readonly datasetOffset: number;
  readonly size: number;
  readonly transferSyntaxUid: string;
  readonly receivedMs: number;
  readonly sourceAeTitle: string;
  readonly origin: Origin;
}

/** What decides about another instance of the same UID. */
export interface ExistingInstance {
  readonly path: string;
  readonly size: number;
  readonly receivedMs: number;
  readonly origin: Origin;
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
}

export interface CachedStudy {
  readonly StudyInstanceUID: string;
  readonly receivedMs: number;
  /** When somebody looked at it; 0: nobody has. */
  readonly usedMs: number;
}

const FILE_COLUMNS = [
  'series',
  'study',
  'TransferSyntaxUID',
  'path',
  'datasetOffset',
  'size',
  'receivedMs',
  'sourceAeTitle',
  'origin',
] as const;
const INSTANCE_COLUMNS = [
  ...INSTANCE_ATTRIBUTES.texts,
  ...INSTANCE_ATTRIBUTES.numbers,
  ...FILE_COLUMNS,
];
const SEARCHED = ['PatientName', 'PatientID', 'AccessionNumber', 'StudyID', 'StudyDescription'];

/** The instance that came last says how patient, study and series are called; what it leaves out stays. */
const lastWins = (texts: readonly string[], numbers: readonly string[] = []): string =>
  [
    ...texts.map(
      (name) => `"${name}" = iif(excluded."${name}" <> '', excluded."${name}", "${name}")`,
    ),
    ...numbers.map((name) => `"${name}" = coalesce(excluded."${name}", "${name}")`),
  ].join(', ');

const placeholders = (count: number): string => Array.from({ length: count }, () => '?').join(', ');

const INSERT_INSTANCE = `INSERT INTO instances (${columns(INSTANCE_COLUMNS)})
  VALUES (${placeholders(INSTANCE_COLUMNS.length)})`;
const UPSERT_STUDY = `INSERT INTO studies (${columns(STUDY_ATTRIBUTES)}) VALUES (${placeholders(STUDY_ATTRIBUTES.length)})
  ON CONFLICT (StudyInstanceUID) DO UPDATE SET ${lastWins(STUDY_ATTRIBUTES)} RETURNING id`;
const NAME_STUDY = `UPDATE studies SET nameKey = nameKey(PatientName), referringKey = nameKey(ReferringPhysicianName),
  searchText = fold(${SEARCHED.join(` || ' ' || `)}) WHERE id = ?`;
const SERIES_COLUMNS = [...SERIES_ATTRIBUTES.texts, ...SERIES_ATTRIBUTES.numbers];
const UPSERT_SERIES = `INSERT INTO series (study, ${columns(SERIES_COLUMNS)})
  VALUES (?, ${placeholders(SERIES_COLUMNS.length)})
  ON CONFLICT (study, SeriesInstanceUID) DO UPDATE SET ${lastWins(SERIES_ATTRIBUTES.texts, SERIES_ATTRIBUTES.numbers)}
  RETURNING id, NumberOfSeriesRelatedInstances AS count`;

/** The study or series of the row that was added last: in a run of images it doesn't change. */
interface LastRow {
  readonly key: string;
  readonly id: SQLInputValue;
}

/** Changes to the index. Each must run within `transaction`. */
export class InstanceIndex {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #lastStudy: LastRow | undefined;
  #lastSeries: LastRow | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.function('fold', { deterministic: true }, (text) => foldText(String(text)));
    database.function('nameKey', { deterministic: true }, (text) => nameKey(String(text)));
  }

  /** All of the work, or nothing of it. */
  transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    this.#forgetLast();
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  find(sopInstanceUid: string): ExistingInstance | undefined {
    const row = this.#statement(
      `SELECT path, i.size, i.receivedMs, origin, StudyInstanceUID, SeriesInstanceUID FROM instances i
       JOIN series ON series.id = i.series JOIN studies ON studies.id = i.study WHERE SOPInstanceUID = ?`,
    ).get(sopInstanceUid);
    // A cast: the columns named above.
    return row as unknown as ExistingInstance | undefined;
  }

  /** When the last instance of a study came; 0 when there is none. */
  studyReceivedMs(studyInstanceUid: string): number {
    const row = this.#statement('SELECT receivedMs FROM studies WHERE StudyInstanceUID = ?').get(
      studyInstanceUid,
    );
    return Number(row?.['receivedMs'] ?? 0);
  }

  /** Adds an instance that isn't there. */
  add(entry: IndexEntry): void {
    const { study, series, instance } = entry.attributes;
    const studyId = this.#upsertStudy(study);
    const seriesId = this.#upsertSeries(studyId, series);
    this.#statement(INSERT_INSTANCE).run(
      ...INSTANCE_ATTRIBUTES.texts.map((name) => instance[name]),
      ...INSTANCE_ATTRIBUTES.numbers.map((name) => instance[name]),
      seriesId,
      studyId,
      entry.transferSyntaxUid,
      entry.path,
      entry.datasetOffset,
      entry.size,
      entry.receivedMs,
      entry.sourceAeTitle,
      entry.origin,
    );
  }

  /** Removes rows of instances and notes that their files are to go. */
  remove(paths: readonly string[]): void {
    this.#forgetLast();
    for (const path of paths) {
      const row = this.#statement(
        'DELETE FROM instances WHERE path = ? RETURNING series, study',
      ).get(path);
      if (!row) continue;
      this.doom(path);
      const [seriesId, studyId] = [row['series'] ?? null, row['study'] ?? null];
      const { changes } = this.#statement(
        'DELETE FROM series WHERE id = ? AND NumberOfSeriesRelatedInstances = 0',
      ).run(seriesId);
      if (changes === 0) continue;
      this.#updateModalities(studyId);
      this.#statement('DELETE FROM studies WHERE id = ? AND NumberOfStudyRelatedInstances = 0').run(
        studyId,
      );
    }
  }

  /** Notes that a file is to go; it is no harm when it isn't there. */
  doom(path: string): void {
    this.#statement('INSERT OR IGNORE INTO doomed VALUES (?)').run(path);
  }

  doomed(): readonly string[] {
    return this.#paths('SELECT path FROM doomed');
  }

  forgetDoomed(paths: readonly string[]): void {
    for (const path of paths) this.#statement('DELETE FROM doomed WHERE path = ?').run(path);
  }

  pathsOfStudy(studyInstanceUid: string): readonly string[] {
    return this.#paths(
      'SELECT path FROM instances WHERE study = (SELECT id FROM studies WHERE StudyInstanceUID = ?)',
      studyInstanceUid,
    );
  }

  /** What of a study may be evicted. */
  cachedPathsOfStudy(studyInstanceUid: string, limit = Number.MAX_SAFE_INTEGER): readonly string[] {
    return this.#paths(
      `SELECT path FROM instances WHERE origin = 'cache'
       AND study = (SELECT id FROM studies WHERE StudyInstanceUID = ?) LIMIT ?`,
      studyInstanceUid,
      limit,
    );
  }

  /** Studies that are cached, at least in part, of which nothing came and which nobody looked at since then. */
  cachedStudiesUnusedSince(sinceMs: number, limit: number): readonly string[] {
    return this.#statement(
      `SELECT StudyInstanceUID FROM studies LEFT JOIN uses USING (StudyInstanceUID)
       WHERE receivedMs < ? AND archived < NumberOfStudyRelatedInstances AND coalesce(usedMs, 0) < ?
       ORDER BY receivedMs LIMIT ?`,
    )
      .all(sinceMs, sinceMs, limit)
      .map((row) => String(row['StudyInstanceUID']));
  }

  /** Notes when somebody looked at a study. */
  setUsed(studyInstanceUid: string, usedMs: number): void {
    this.#statement('INSERT OR REPLACE INTO uses VALUES (?, ?)').run(studyInstanceUid, usedMs);
  }

  /** Studies that are cached, at least in part, the one that was received first foremost. */
  cachedStudies(): readonly CachedStudy[] {
    const rows = this.#statement(
      `SELECT StudyInstanceUID, max(i.receivedMs) AS receivedMs, coalesce(usedMs, 0) AS usedMs
       FROM instances i JOIN studies ON studies.id = i.study LEFT JOIN uses USING (StudyInstanceUID)
       WHERE origin = 'cache' GROUP BY i.study ORDER BY 2`,
    ).all();
    // A cast: the columns named above.
    return rows as unknown as CachedStudy[];
  }

  /** Paths and sizes of the files that should be in a folder. */
  filesIn(folder: string): ReadonlyMap<string, number> {
    const rows = this.#statement(
      'SELECT path, size FROM instances WHERE path > ? AND path < ?',
    ).all(
      `${folder}/`,
      // The character behind "/".
      `${folder}0`,
    );
    return new Map(rows.map((row) => [String(row['path']), Number(row['size'])]));
  }

  *allFiles(): Generator<{ path: string }, void, undefined> {
    for (const row of this.#database.prepare('SELECT path FROM instances').iterate()) {
      yield { path: String(row['path']) };
    }
  }

  totalBytes(origin: Origin): number {
    const row = this.#statement('SELECT size FROM totals WHERE origin = ?').get(origin);
    return Number(row?.['size'] ?? 0);
  }

  clear(): void {
    this.#database.exec('DELETE FROM instances; DELETE FROM series; DELETE FROM studies');
  }

  get wasClosedInOrder(): boolean {
    return this.#statement('SELECT closedInOrder FROM state').get()?.['closedInOrder'] === 1;
  }

  setClosedInOrder(closed: boolean): void {
    this.#statement('UPDATE state SET closedInOrder = ?').run(closed ? 1 : 0);
  }

  #upsertStudy(study: IndexedAttributes['study']): SQLInputValue {
    const values = STUDY_ATTRIBUTES.map((name) => study[name]);
    const key = JSON.stringify(values);
    if (this.#lastStudy?.key === key) return this.#lastStudy.id;
    const id = this.#statement(UPSERT_STUDY).get(...values)?.['id'] ?? null;
    this.#statement(NAME_STUDY).run(id);
    this.#lastStudy = { key, id };
    return id;
  }

  #upsertSeries(studyId: SQLInputValue, series: IndexedAttributes['series']): SQLInputValue {
    const texts = SERIES_ATTRIBUTES.texts.map((name) => series[name]);
    const numbers = SERIES_ATTRIBUTES.numbers.map((name) => series[name]);
    const key = JSON.stringify([Number(studyId), texts, numbers]);
    if (this.#lastSeries?.key === key) return this.#lastSeries.id;
    const row = this.#statement(UPSERT_SERIES).get(studyId, ...texts, ...numbers);
    if (row?.['count'] === 0) this.#updateModalities(studyId);
    const id = row?.['id'] ?? null;
    this.#lastSeries = { key, id };
    return id;
  }

  #forgetLast(): void {
    this.#lastStudy = undefined;
    this.#lastSeries = undefined;
  }

  #updateModalities(studyId: SQLInputValue): void {
    // Several values are joined by a backslash, as DICOM does.
    this.#statement(
      `UPDATE studies SET ModalitiesInStudy = coalesce((SELECT group_concat(Modality, char(92)) FROM
       (SELECT DISTINCT Modality FROM series WHERE study = studies.id AND Modality <> '' ORDER BY 1)), '')
       WHERE id = ?`,
    ).run(studyId);
  }

  #paths(sql: string, ...values: SQLInputValue[]): readonly string[] {
    return this.#statement(sql)
      .all(...values)
      .map((row) => String(row['path']));
  }

  #statement(sql: string): StatementSync {
    const found = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, found);
    return found;
  }
}
