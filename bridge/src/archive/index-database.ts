import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { INSTANCE_ATTRIBUTES, SERIES_ATTRIBUTES, STUDY_ATTRIBUTES } from './indexed-attributes.ts';

/** Another number means: another schema, make the index anew from the files. */
const SCHEMA_VERSION = 4;

/** Quoted: some keywords of DICOM are keywords of SQL. */
export const columns = (names: readonly string[]): string =>
  names.map((name) => `"${name}"`).join(', ');

const declared = (names: readonly string[], type: string): string =>
  names.map((name) => `"${name}" ${type}`).join(', ');

const TEXT = "TEXT NOT NULL DEFAULT ''";

/** Counts are kept by triggers: whatever adds or removes an instance, they agree with the rows. */
const SCHEMA = `
CREATE TABLE studies (
  id INTEGER PRIMARY KEY, ${declared(STUDY_ATTRIBUTES, TEXT)},
  ModalitiesInStudy ${TEXT}, nameKey ${TEXT}, referringKey ${TEXT}, searchText ${TEXT},
  NumberOfStudyRelatedSeries INTEGER NOT NULL DEFAULT 0,
  NumberOfStudyRelatedInstances INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0, receivedMs INTEGER NOT NULL DEFAULT 0, sourceAeTitle ${TEXT},
  UNIQUE (StudyInstanceUID));
CREATE INDEX studiesByDate ON studies (StudyDate, StudyTime, id);
CREATE INDEX studiesByName ON studies (nameKey, id);
CREATE INDEX studiesByPatient ON studies (PatientID, id);
CREATE INDEX studiesByAccession ON studies (AccessionNumber);
CREATE INDEX studiesByStudyId ON studies (StudyID);
CREATE INDEX studiesByReceipt ON studies (receivedMs, id);

CREATE TABLE series (
  id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES studies (id),
  ${declared(SERIES_ATTRIBUTES.texts, TEXT)}, ${declared(SERIES_ATTRIBUTES.numbers, 'INTEGER')},
  NumberOfSeriesRelatedInstances INTEGER NOT NULL DEFAULT 0,
  UNIQUE (study, SeriesInstanceUID));
CREATE INDEX seriesByUid ON series (SeriesInstanceUID);

CREATE TABLE instances (
  id INTEGER PRIMARY KEY, series INTEGER NOT NULL REFERENCES series (id),
  study INTEGER NOT NULL REFERENCES studies (id),
  ${declared(INSTANCE_ATTRIBUTES.texts, TEXT)}, ${declared(INSTANCE_ATTRIBUTES.numbers, 'INTEGER')},
  TransferSyntaxUID TEXT NOT NULL, path TEXT NOT NULL, datasetOffset INTEGER NOT NULL,
  size INTEGER NOT NULL, receivedMs INTEGER NOT NULL, sourceAeTitle TEXT NOT NULL, origin TEXT NOT NULL,
  UNIQUE (SOPInstanceUID), UNIQUE (path));
CREATE INDEX instancesBySeries ON instances (series, InstanceNumber, id);
CREATE INDEX instancesByClass ON instances (study, SOPClassUID);
CREATE INDEX instancesByStudy ON instances (study, origin, receivedMs);

CREATE TABLE totals (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, count INTEGER NOT NULL);
INSERT INTO totals VALUES ('archive', 0, 0), ('cache', 0, 0);

-- When somebody looked at a study, milliseconds since 1970: not known from the files.
CREATE TABLE uses (StudyInstanceUID TEXT PRIMARY KEY, usedMs INTEGER NOT NULL);
CREATE TRIGGER studyRemoved AFTER DELETE ON studies BEGIN
  DELETE FROM uses WHERE StudyInstanceUID = OLD.StudyInstanceUID;
END;

-- Files whose rows are gone and which are to be removed.
CREATE TABLE doomed (path TEXT PRIMARY KEY);

-- 1 while nobody has the archive open and it was closed in order.
CREATE TABLE state (closedInOrder INTEGER NOT NULL);
INSERT INTO state VALUES (0);

CREATE TRIGGER instanceAdded AFTER INSERT ON instances BEGIN
  UPDATE totals SET size = size + NEW.size, count = count + 1 WHERE origin = NEW.origin;
  UPDATE series SET NumberOfSeriesRelatedInstances = NumberOfSeriesRelatedInstances + 1 WHERE id = NEW.series;
  UPDATE studies SET NumberOfStudyRelatedInstances = NumberOfStudyRelatedInstances + 1,
    archived = archived + (NEW.origin = 'archive'), size = size + NEW.size,
    sourceAeTitle = iif(NEW.receivedMs >= receivedMs, NEW.sourceAeTitle, sourceAeTitle),
    receivedMs = max(receivedMs, NEW.receivedMs) WHERE id = NEW.study;
END;
CREATE TRIGGER instanceRemoved AFTER DELETE ON instances BEGIN
  UPDATE totals SET size = size - OLD.size, count = count - 1 WHERE origin = OLD.origin;
  UPDATE series SET NumberOfSeriesRelatedInstances = NumberOfSeriesRelatedInstances - 1 WHERE id = OLD.series;
  UPDATE studies SET NumberOfStudyRelatedInstances = NumberOfStudyRelatedInstances - 1,
    archived = archived - (OLD.origin = 'archive'), size = size - OLD.size WHERE id = OLD.study;
END;
CREATE TRIGGER seriesAdded AFTER INSERT ON series BEGIN
  UPDATE studies SET NumberOfStudyRelatedSeries = NumberOfStudyRelatedSeries + 1 WHERE id = NEW.study;
END;
CREATE TRIGGER seriesRemoved AFTER DELETE ON series BEGIN
  UPDATE studies SET NumberOfStudyRelatedSeries = NumberOfStudyRelatedSeries - 1 WHERE id = OLD.study;
END;
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Opens the index; one that is damaged or of another version is replaced by an empty one, to be filled from the
 * files. The caller holds the lock of the archive.
 */
export function openIndexDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  let kept: NotInFiles = { doomed: [], uses: [] };
  try {
    database = opened(path);
    const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
    if (version === SCHEMA_VERSION) {
      const closed = database.prepare('SELECT closedInOrder FROM state').get()?.['closedInOrder'];
      // After a crash all of it is looked at, which takes seconds for a million instances.
      if (closed === 1 || isSound(database)) return database;
    }
    kept = notInFiles(database);
  } catch {
    // Not a database, or a damaged one: it holds nothing that the files don't.
  }
  database?.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  database = opened(path);
  database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
  for (const path of kept.doomed) {
    database.prepare('INSERT INTO doomed VALUES (?)').run(path);
  }
  for (const [studyInstanceUid, usedMs] of kept.uses) {
    database.prepare('INSERT INTO uses VALUES (?, ?)').run(studyInstanceUid, usedMs);
  }
  return database;
}

/** What an index knows that the files don't tell. */
interface NotInFiles {
  readonly doomed: readonly string[];
  readonly uses: readonly (readonly [studyInstanceUid: string, usedMs: number])[];
}

/** Of an index of another version; these tables have been the same in all. */
function notInFiles(database: DatabaseSync): NotInFiles {
  const doomed = database.prepare('SELECT path FROM doomed').all();
  const uses = database.prepare('SELECT StudyInstanceUID, usedMs FROM uses').all();
  return {
    doomed: doomed.map((row) => String(row['path'])),
    uses: uses.map((row) => [String(row['StudyInstanceUID']), Number(row['usedMs'])]),
  };
}

const isSound = (database: DatabaseSync): boolean =>
  database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok';

/** A crash of the program loses no commit; a loss of power may lose the last ones, which the start makes up for. */
function opened(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536',
  );
  return database;
}
