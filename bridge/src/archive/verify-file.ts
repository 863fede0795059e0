import { open } from 'node:fs/promises';
import type { ByteSource } from '../../../shared/dicom/byte-source.ts';
import { readHeader } from './instance-file.ts';
import type { FoundInstance } from './store.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Whether an instance's file is really there: as long as the index says, readable to its last byte, and the instance that
 * the index takes it for.
 */
export async function isSound(found: FoundInstance): Promise<boolean> {
  try {
    const file = await open(found.path, 'r');
    try {
      const { size } = await file.stat();
      if (size !== found.size) return false;
      const source: ByteSource = {
        size,
        read: async (offset, length) => {
          const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
          const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
          return bytes.subarray(0, bytesRead);
        },
      };
      const header = await readHeader(source);
      if ('kind' in header) return false;
      const { SOPClassUID, SOPInstanceUID } = header.attributes.instance;
      if (SOPClassUID !== found.sopClassUid || SOPInstanceUID !== found.sopInstanceUid) {
        return false;
      }
      const buffer = new Uint8Array(CHUNK_BYTES);
      let at = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, at);
        if (bytesRead === 0) return at === size;
        at += bytesRead;
      }
    } finally {
      await file.close();
    }
  } catch {
    // Whatever the reason: an instance that can't be read now isn't promised to anybody.
    return false;
  }
}
