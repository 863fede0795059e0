import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const FILE_NAME = 'tasks.sqlite';

/** Times are milliseconds since 1970. */
const SCHEMA = `
-- What others have asked Gantry to keep (storage commitment as SCP). failed: JSON, once the files were looked at.
CREATE TABLE IF NOT EXISTS commitmentRequests (
  id INTEGER PRIMARY KEY, callingAeTitle TEXT NOT NULL, calledAeTitle TEXT NOT NULL,
  transactionUid TEXT NOT NULL, requested TEXT NOT NULL, failed TEXT, state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, dueMs INTEGER NOT NULL, receivedMs INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS requestsByTransaction ON commitmentRequests (transactionUid);
CREATE INDEX IF NOT EXISTS requestsByState ON commitmentRequests (state, dueMs);

-- What Gantry has asked others to keep (as SCU). One transfer may need several: they have its name in common.
CREATE TABLE IF NOT EXISTS commitmentAsks (
  transactionUid TEXT PRIMARY KEY, transfer TEXT NOT NULL, peer TEXT NOT NULL, asked TEXT NOT NULL,
  count INTEGER NOT NULL, committed INTEGER NOT NULL DEFAULT 0, failed TEXT NOT NULL DEFAULT '[]',
  state TEXT NOT NULL, problem TEXT, attempts INTEGER NOT NULL DEFAULT 0,
  dueMs INTEGER NOT NULL, askedMs INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS asksByState ON commitmentAsks (state, dueMs);
CREATE INDEX IF NOT EXISTS asksByTransfer ON commitmentAsks (transfer);

-- Instances of the archive that a peer keeps safely.
CREATE TABLE IF NOT EXISTS committed (
  sopInstanceUid TEXT PRIMARY KEY, studyInstanceUid TEXT NOT NULL, peer TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS committedByStudy ON committed (studyInstanceUid);

-- Instances that go to a peer by a rule. What the rule said when they came stands beside them.
CREATE TABLE IF NOT EXISTS forwards (
  id INTEGER PRIMARY KEY, rule TEXT NOT NULL, peer TEXT NOT NULL, sopInstanceUid TEXT NOT NULL,
  studyInstanceUid TEXT NOT NULL DEFAULT '', what TEXT NOT NULL, quietMs INTEGER NOT NULL,
  modalities TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  dueMs INTEGER NOT NULL, reason TEXT, version INTEGER NOT NULL DEFAULT 0,
  UNIQUE (rule, sopInstanceUid));
CREATE INDEX IF NOT EXISTS forwardsByState ON forwards (state, peer, dueMs);
CREATE INDEX IF NOT EXISTS forwardsByJob ON forwards (rule, studyInstanceUid);

CREATE TABLE IF NOT EXISTS forwardJobs (
  rule TEXT NOT NULL, studyInstanceUid TEXT NOT NULL, peer TEXT NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0, changedMs INTEGER NOT NULL,
  PRIMARY KEY (rule, studyInstanceUid)) WITHOUT ROWID;
PRAGMA user_version = 1;
`;

/**
 * Opens what Gantry has promised to do, in the data directory; it survives the program. Each transaction is on disk when
 * it ends: what is acknowledged to a peer isn't lost with the power either.
 * @param onDamage told where a file that can't be used was put aside
 */
export function openTaskDatabase(
  dataDirectory: string,
  onDamage: (path: string) => void = () => undefined,
): DatabaseSync {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const path = join(dataDirectory, FILE_NAME);
  try {
    return opened(path);
  } catch {
    const aside = `${path}.damaged-${Date.now()}`;
    renameSync(path, aside);
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    onDamage(aside);
    return opened(path);
  }
}

function opened(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN; ${SCHEMA} COMMIT;`);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Several changes that happen together or not at all. */
export function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
