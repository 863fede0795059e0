import { MAX_BATCH_BYTES, MAX_BATCH_INSTANCES } from '../../../shared/protocol/limits.ts';
import {
  encodeFrameHeader,
  UPLOAD_MAGIC,
  type FrameHeader,
} from '../../../shared/protocol/upload.ts';

/** An instance as it goes into a batch: bytes that were made, and slices that stream from disk. */
export interface BatchEntry {
  readonly index: number;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly dataset: Blob;
}

/** Collects instances until a batch is full (shared/protocol/README.md). */
export class BatchBuilder {
  #entries: BatchEntry[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get isFull(): boolean {
    return this.#bytes >= MAX_BATCH_BYTES || this.#entries.length >= MAX_BATCH_INSTANCES;
  }

  add(entry: BatchEntry): void {
    this.#entries.push(entry);
    this.#bytes += entry.dataset.size;
  }

  take(): BatchEntry[] {
    const entries = this.#entries;
    this.#entries = [];
    this.#bytes = 0;
    return entries;
  }
}

/** The body of a batch. Nothing of the files is read here: the browser streams them from disk to the socket. */
export function batchBody(entries: readonly BatchEntry[]): Blob {
  const parts: BlobPart[] = [UPLOAD_MAGIC];
  for (const { dataset, ...entry } of entries) {
    const header: FrameHeader = { ...entry, length: dataset.size };
    parts.push(encodeFrameHeader(header), dataset);
  }
  return new Blob(parts, { type: 'application/x-gantry-batch' });
}
