import { found, sourceOf, unreadable, type Found } from './source-file.ts';
import { isZipName, unpackZip } from './zip.ts';

/** Folders in folders at most: a link that leads back up would never end. */
const MAX_DEPTH = 64;

/** Files of the operating system that nobody means to open. */
const IGNORED = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini', '__MACOSX']);

/** The files of a folder that a handle stands for, depth first. */
export async function* walkDirectory(
  directory: FileSystemDirectoryHandle,
  path = directory.name,
  root = directory,
  depth = 0,
): AsyncGenerator<Found> {
  if (depth > MAX_DEPTH) {
    yield unreadable(path, `Folders nest deeper than ${MAX_DEPTH}.`);
    return;
  }
  try {
    for await (const entry of directory.values()) {
      if (!IGNORED.has(entry.name)) yield* walkHandle(entry, join(path, entry.name), root, depth);
    }
  } catch (error) {
    yield unreadable(path, `The folder could not be read: ${messageOf(error)}`);
  }
}

async function* walkHandle(
  handle: FileSystemHandle,
  path: string,
  root: FileSystemDirectoryHandle | undefined,
  depth: number,
): AsyncGenerator<Found> {
  if (isDirectoryHandle(handle)) {
    yield* walkDirectory(handle, path, root ?? handle, depth + 1);
  } else if (isFileHandle(handle)) {
    if (isZipName(path)) yield* unpackZip(await handle.getFile(), path);
    else yield found({ path, handle, open: () => handle.getFile(), ...(root ? { root } : {}) });
  }
}

const isDirectoryHandle = (handle: FileSystemHandle): handle is FileSystemDirectoryHandle =>
  handle.kind === 'directory';

const isFileHandle = (handle: FileSystemHandle): handle is FileSystemFileHandle =>
  handle.kind === 'file';

/** The files of an `<input type="file">`, with or without a folder. */
export async function* walkFileList(files: Iterable<File>): AsyncGenerator<Found> {
  for (const file of files) {
    if (IGNORED.has(file.name)) continue;
    const path = file.webkitRelativePath || file.name;
    if (isZipName(path)) yield* unpackZip(file, path);
    else yield found(sourceOf(file, path));
  }
}

/**
 * The files of a drop. Takes what it needs from the event at once, as the browser empties it when the handler
 * returns; the walk itself may go on for long.
 */
export function walkDrop(transfer: DataTransfer): AsyncGenerator<Found> {
  const items = Array.from(transfer.items).filter((item) => item.kind === 'file');
  const roots = items.map((item) => ({
    handle: item.getAsFileSystemHandle?.(),
    entry: item.webkitGetAsEntry(),
    file: item.getAsFile(),
  }));
  return walkRoots(roots);
}

interface DropRoot {
  /** Chromium. */
  readonly handle: Promise<FileSystemHandle | null> | undefined;
  /** Every browser, without permission to open it again later. */
  readonly entry: FileSystemEntry | null;
  readonly file: File | null;
}

async function* walkRoots(roots: readonly DropRoot[]): AsyncGenerator<Found> {
  for (const { handle, entry, file } of roots) {
    const resolved = await handle?.catch(() => null);
    if (resolved) yield* walkHandle(resolved, resolved.name, undefined, 0);
    else if (entry) yield* walkEntry(entry, 0);
    else if (file) yield* walkFileList([file]);
  }
}

async function* walkEntry(entry: FileSystemEntry, depth: number): AsyncGenerator<Found> {
  const path = entry.fullPath.replace(/^\//, '');
  if (IGNORED.has(entry.name)) return;
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => {
        // A cast: isFile says which of the two it is, the types don't.
        (entry as FileSystemFileEntry).file(resolve, reject);
      });
      if (isZipName(path)) yield* unpackZip(file, path);
      else yield found(sourceOf(file, path));
    } else if (depth > MAX_DEPTH) {
      yield unreadable(path, `Folders nest deeper than ${MAX_DEPTH}.`);
    } else {
      // A cast: as above.
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      // A reader gives 100 entries a call, and none at its end.
      for (
        let batch = await readEntries(reader);
        batch.length > 0;
        batch = await readEntries(reader)
      ) {
        for (const child of batch) yield* walkEntry(child, depth + 1);
      }
    }
  } catch (error) {
    yield unreadable(path, `It could not be read: ${messageOf(error)}`);
  }
}

const readEntries = (reader: FileSystemDirectoryReader) =>
  new Promise<FileSystemEntry[]>((resolve, reject) => {
    reader.readEntries(resolve, reject);
  });

const join = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`);

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
