import { BlobReader, BlobWriter, configure, ZipReader, type FileEntry } from '@zip.js/zip.js';
import { found, unreadable, type Found } from './source-file.ts';

// Its workers come from blob: addresses, which the Content-Security-Policy doesn't allow.
configure({ useWebWorkers: false });

/** Entries that claim more than this many bytes are left out: 4 GiB, more than a bomb deserves. */
const MAX_ENTRY_BYTES = 4 * 2 ** 30;

/** Bytes out of one byte in; deflate can't do better than 1 : 1032, images stay far below. */
const MAX_RATIO = 1100;

export const isZipName = (path: string): boolean => /\.zip$/i.test(path);

/** The files in a ZIP archive; each is unpacked when it is opened. */
export async function* unpackZip(archive: File, path: string): AsyncGenerator<Found> {
  const reader = new ZipReader(new BlobReader(archive));
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (entry.directory) continue;
      const entryPath = `${path}/${entry.filename}`;
      if (entry.filename.startsWith('__MACOSX/')) continue;
      const reason = reasonToLeaveOut(entry);
      if (reason !== undefined) yield unreadable(entryPath, reason);
      else yield found({ path: entryPath, open: () => unpack(entry, archive.lastModified) });
    }
  } catch {
    yield unreadable(path, 'It is no ZIP archive, or a damaged one.');
  }
}

function reasonToLeaveOut(entry: FileEntry): string | undefined {
  if (entry.encrypted) return 'It is encrypted: unpack the archive with its password first.';
  if (entry.uncompressedSize > MAX_ENTRY_BYTES) return 'It is larger than 4 GiB.';
  if (entry.uncompressedSize > MAX_RATIO * Math.max(1, entry.compressedSize)) {
    return 'It claims to be larger than its packed bytes can hold.';
  }
  return undefined;
}

async function unpack(entry: FileEntry, lastModified: number): Promise<File> {
  const blob = await entry.getData(new BlobWriter(), { checkSignature: true });
  return new File([blob], entry.filename, { lastModified });
}
