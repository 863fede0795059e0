import { BlobReader, configure, ZipWriter } from '@zip.js/zip.js';

// Its workers come from blob: addresses, which the Content-Security-Policy doesn't allow.
configure({ useWebWorkers: false });

/** A file that is to be written; its name may have folders, with "/" between them. */
export interface OutputFile {
  readonly name: string;
  readonly content: Blob;
}

/** Writes files into a folder that the user has picked. */
export async function saveToFolder(
  folder: FileSystemDirectoryHandle,
  files: AsyncIterable<OutputFile>,
): Promise<void> {
  for await (const { name, content } of files) {
    const parts = name.split('/');
    const base = parts.pop() ?? name;
    let parent = folder;
    for (const part of parts) parent = await parent.getDirectoryHandle(part, { create: true });
    const handle = await parent.getFileHandle(base, { create: true });
    await writeBlob(await handle.createWritable(), content);
  }
}

/** A Blob is copied by the browser from disk to disk: its bytes never come into the page. */
async function writeBlob(file: FileSystemWritableFileStream, content: Blob): Promise<void> {
  try {
    await file.write(content);
  } catch (error) {
    // What was written so far goes; what counts is why.
    await file.abort().catch(() => undefined);
    throw error;
  }
  await file.close();
}

/** What the user has picked; undefined when the dialog was closed. */
export async function unlessClosed<T>(picked: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await picked;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

/** Packs files without compressing them: pixels hardly shrink, and it would take longer than sending them. */
export async function saveToZip(
  target: WritableStream<Uint8Array>,
  files: AsyncIterable<OutputFile>,
): Promise<void> {
  const writer = new ZipWriter(target, { level: 0 });
  for await (const { name, content } of files) await writer.add(name, new BlobReader(content));
  await writer.close();
}
