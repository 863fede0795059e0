import { NotDicomError, readInstance } from '../../../shared/dicom/read-instance.ts';
import { blobSource } from '../../../shared/dicom/blob-source.ts';
import { summarise, type InstanceSummary } from './instance-summary.ts';

/** Most headers fit into the first read; a larger one costs another. */
const FIRST_READ = 16 * 1024;

/** Values longer than this interest no list. */
const MAX_VALUE_BYTES = 4 * 1024;

/** Before Float Pixel Data, Double Float Pixel Data and Pixel Data. */
const STOP_BEFORE = 0x7fe00008;

export type IndexOutcome =
  | { readonly kind: 'instance'; readonly summary: InstanceSummary }
  | { readonly kind: 'skipped'; readonly reason: string };

/** Reads as much of a file as the library needs. What is wrong with it is an outcome, not an exception. */
export async function indexFile(file: Blob): Promise<IndexOutcome> {
  try {
    const instance = await readInstance(blobSource(file), {
      firstRead: FIRST_READ,
      maxValueBytes: MAX_VALUE_BYTES,
      stopBefore: STOP_BEFORE,
    });
    return summarise(instance);
  } catch (error) {
    if (error instanceof NotDicomError) return { kind: 'skipped', reason: error.message };
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: 'skipped', reason: `It could not be read: ${detail}` };
  }
}
