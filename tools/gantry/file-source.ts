import type { FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../../shared/dicom/byte-source.ts';

/** An open file as the reader takes it: by ranges, never whole. */
export async function fileSource(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  return {
    size,
    read: async (offset, length) => {
      const buffer = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      return buffer.subarray(0, bytesRead);
    },
  };
}
