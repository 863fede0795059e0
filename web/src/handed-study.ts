import type { LibraryInstance, LibrarySeries, LibraryStudy } from './library/library.ts';

/** A study as it is handed over; files are asked for by number when they are wanted. */
export interface HandedStudy {
  readonly study: Omit<LibraryStudy, 'series'>;
  readonly series: readonly (Omit<LibrarySeries, 'instances'> & {
    readonly instances: readonly HandedInstance[];
  })[];
}

interface HandedInstance {
  readonly summary: LibraryInstance['summary'];
  readonly size: number;
  readonly lastModified: number;
  readonly path: string;
  /** Whether it is in the archive, from where either window reads it by itself. */
  readonly isRemote: boolean;
  readonly file: number;
}
