// Comparing the files with the index: at the start after a crash, on request, and to make the index anew.
import { closeSync, fstatSync, openSync, type Dirent } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ORIGIN_FOLDERS, parseFileName } from './file-names.ts';
import { fileSource, readHeader } from './instance-file.ts';
import type { IndexEntry, InstanceIndex } from './instance-index.ts';
import type { IntegrityReport, Origin, RebuildReport } from './store.ts';

/** Instances that come into the index in one transaction. */
const BATCH = 500;

interface StudyFolder {
  readonly origin: Origin;
  /** Relative to the archive's folder, with forward slashes; so are the paths below. */
  readonly folder: string;
  readonly files: readonly string[];
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
}

async function* studyFolders(archive: string): AsyncGenerator<StudyFolder, void, undefined> {
  const foldersOf = async (folder: string): Promise<string[]> =>
    (await entriesOf(join(archive, folder)))
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${folder}/${entry.name}`)
      .sort();
  // What is archived comes last: of an instance that is both, its names count.
  for (const origin of ['cache', 'archive'] as const) {
    for (const shard of await foldersOf(ORIGIN_FOLDERS[origin])) {
      for (const folder of await foldersOf(shard)) {
        const entries = await entriesOf(join(archive, folder));
        yield { origin, folder, files: entries.map((entry) => `${folder}/${entry.name}`).sort() };
      }
    }
  }
}

/**
 * Takes files into the index that it doesn't have: those that a crash cut off from their rows. Of several versions of
 * an instance the last stays.
 * @param incomplete what becomes of files that are shorter than their names say: after a crash they are what was never
 *   acknowledged; on any other day something has happened to them, and somebody should know
 */
export async function indexMissing(
  archive: string,
  index: InstanceIndex,
  incomplete: 'remove' | 'report',
): Promise<RebuildReport> {
  const unreadable: string[] = [];
  let indexed = 0;
  let batch: IndexEntry[] = [];
  const flush = (): void => {
    const entries = batch;
    batch = [];
    if (entries.length === 0) return;
    index.transaction(() => {
      for (const entry of entries) if (addOrDoom(index, entry)) indexed++;
    });
  };
  for await (const { origin, folder, files } of studyFolders(archive)) {
    const known = index.filesIn(folder);
    const missing = files
      .filter((path) => !known.has(path))
      .flatMap((path) => {
        const named = parseFileName(path.slice(path.lastIndexOf('/') + 1));
        return named ? [{ path, ...named }] : [];
      })
      .sort((a, b) => a.receivedMs - b.receivedMs);
    for (const { path, receivedMs, size } of missing) {
      if (size !== undefined && (await stat(join(archive, path))).size < size) {
        if (incomplete === 'remove') await rm(join(archive, path), { force: true });
        else unreadable.push(path);
        continue;
      }
      const entry = await entryOf(archive, path, { receivedMs, origin });
      if (entry) batch.push(entry);
      else unreadable.push(path);
      if (batch.length >= BATCH) flush();
    }
  }
  flush();
  return { indexed, unreadable };
}

/** @returns whether it went into the index; else a later version is there */
function addOrDoom(index: InstanceIndex, entry: IndexEntry): boolean {
  const existing = index.find(entry.attributes.instance.SOPInstanceUID);
  if (existing && existing.receivedMs >= entry.receivedMs) {
    index.doom(entry.path);
    return false;
  }
  if (existing) index.remove([existing.path]);
  index.add(entry);
  return true;
}

async function entryOf(
  archive: string,
  path: string,
  known: { receivedMs: number; origin: Origin },
): Promise<IndexEntry | undefined> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(join(archive, path), 'r');
    const { size } = fstatSync(descriptor);
    const header = await readHeader(fileSource(descriptor, size));
    return 'kind' in header ? undefined : { ...header, ...known, path, size };
  } catch {
    // A file that can't be read any more: it is named in the report.
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Compares the files with the index, by name and size. */
export async function checkIntegrity(
  archive: string,
  index: InstanceIndex,
): Promise<IntegrityReport> {
  const filesWithoutRow: string[] = [];
  const wrongSize: string[] = [];
  const seen = new Set<string>();
  for await (const { folder, files } of studyFolders(archive)) {
    const known = index.filesIn(folder);
    for (const path of files) {
      seen.add(path);
      const expected = known.get(path);
      if (expected === undefined) filesWithoutRow.push(path);
      else if ((await stat(join(archive, path))).size !== expected) wrongSize.push(path);
    }
  }
  const rowsWithoutFile: string[] = [];
  let rows = 0;
  for (const { path } of index.allFiles()) {
    rows++;
    if (!seen.has(path)) rowsWithoutFile.push(path);
  }
  return { files: seen.size, rows, filesWithoutRow, rowsWithoutFile, wrongSize };
}
