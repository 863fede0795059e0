import type { ByteSource } from './byte-source.ts';

/** What a `Blob` or `File` offers, in a page, a worker and Node alike. */
interface SliceableBlob {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** Small reads of a `File` cost half a millisecond each: what was read last is kept for the next. */
const KEPT_READS = 2;

/** A `Blob` or `File` as a source. Overlapping small reads are served from the last ones. */
export function blobSource(blob: SliceableBlob): ByteSource {
  const kept: { offset: number; bytes: Uint8Array<ArrayBuffer> }[] = [];
  return {
    size: blob.size,
    async read(offset, length) {
      const end = Math.min(offset + length, blob.size);
      const known = kept.find(
        (part) => part.offset <= offset && end <= part.offset + part.bytes.byteLength,
      );
      if (known) return known.bytes.subarray(offset - known.offset, end - known.offset);
      const bytes = new Uint8Array(await blob.slice(offset, end).arrayBuffer());
      kept.unshift({ offset, bytes });
      kept.length = Math.min(kept.length, KEPT_READS);
      return bytes;
    },
  };
}
