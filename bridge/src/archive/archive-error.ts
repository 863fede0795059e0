/**
 * Why the archive can't do what it was asked.
 *
 * | code | what happened |
 * |---|---|
 * | `in-use` | another Gantry, or the archive tool, has the data directory |
 * | `unusable` | the folder or the index can't be opened |
 * | `closed` | it was closed, or its thread has ended |
 * | `cancelled` | the caller's AbortSignal |
 * | `failed` | reading or writing failed; the message has the code of the operating system |
 */
export type ArchiveErrorCode = 'in-use' | 'unusable' | 'closed' | 'cancelled' | 'failed';

/** The one error class of this module. Its message never holds an attribute's value or a UID. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The code that the operating system or SQLite gave, for messages: their texts may hold more than is wanted. */
export function errorCode(error: unknown): string {
  if (error instanceof ArchiveError) return error.code;
  if (!(error instanceof Error)) return 'unknown';
  if ('errcode' in error && typeof error.errcode === 'number') return `SQLite ${error.errcode}`;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** SQLITE_FULL. */
const SQLITE_FULL = 13;
const OUT_OF_RESOURCES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Whether something failed because the disk, a quota of the system or its handles are used up. */
export function isOutOfResources(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error && error.errcode === SQLITE_FULL) return true;
  return 'code' in error && typeof error.code === 'string' && OUT_OF_RESOURCES.has(error.code);
}
