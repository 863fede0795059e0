import { saveToZip, unlessClosed, type OutputFile } from './files/save-out.ts';

/** Onto the user's disk, where the browser puts what it downloads. */
export function saveBlob(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

export const saveText = (name: string, content: string, type: string): void =>
  saveBlob(name, new Blob([content], { type }));

/**
 * Packs files as they come. Where the browser lets the user say where to, they aren't held in memory.
 * @returns false when the user closed the dialog
 */
export async function saveZip(name: string, files: AsyncIterable<OutputFile>): Promise<boolean> {
  if (window.showSaveFilePicker) {
    const handle = await unlessClosed(
      window.showSaveFilePicker({ id: 'gantry-out', suggestedName: name }),
    );
    if (!handle) return false;
    await saveToZip(await handle.createWritable(), files);
    return true;
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const packed = new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).blob(); // zip.js makes no other
  await saveToZip(writable, files);
  saveBlob(name, await packed);
  return true;
}
