// What the program and the archive's thread say to each other.
import type { BegunFile } from './begun-files.ts';
import type { ArchiveEngine } from './archive-engine.ts';
import type { ArchiveErrorCode } from './archive-error.ts';

/** What may be called in the thread; each takes one argument or none. */
export type CallName =
  | 'commit'
  | 'admits'
  | 'studies'
  | 'study'
  | 'series'
  | 'instances'
  | 'locate'
  | 'find'
  | 'match'
  | 'matchRows'
  | 'counts'
  | 'deleteStudy'
  | 'rebuild'
  | 'check'
  | 'close';

export type CallArguments<Name extends CallName> = Parameters<ArchiveEngine[Name]>;
export type CallResult<Name extends CallName> = Awaited<ReturnType<ArchiveEngine[Name]>>;

export type ToWorker =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly name: CallName;
      readonly args: readonly unknown[];
    }
  /** Answered by nothing: a file that is committed later, or dropped. */
  | { readonly kind: 'begun'; readonly file: BegunFile }
  | { readonly kind: 'dropped'; readonly path: string }
  /** Of a call that hasn't begun. */
  | { readonly kind: 'cancel'; readonly id: number };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  /** Without an id: the archive can't be opened. */
  | {
      readonly kind: 'error';
      readonly id: number | undefined;
      readonly code: ArchiveErrorCode;
      readonly message: string;
    }
  /** Comes before the result of the call that has made it so. */
  | { readonly kind: 'full'; readonly isFull: boolean }
  | { readonly kind: 'changed'; readonly studyInstanceUids: readonly string[] };
