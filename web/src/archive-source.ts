import type { SourceFile } from './files/source-file.ts';
import { fetchInstance, instanceRanges } from './remote/archive-client.ts';

/** An instance of the archive, read by parts. */
export const archiveSource = (sopInstanceUid: string, size: number): SourceFile => ({
  path: `archive/${sopInstanceUid}`,
  open: () => fetchInstance(sopInstanceUid),
  ranges: () => instanceRanges(sopInstanceUid, size),
});
