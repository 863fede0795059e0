import { DimseError } from './dimse-error.ts';

/** PS3.5 table 6.2-1, AE: 1 to 16 characters of ASCII without backslash and control characters, not only spaces. */
const AE_TITLE = /^[\x20-\x5b\x5d-\x7e]{1,16}$/;

/** @throws DimseError invalid-configuration */
export function checkedAeTitle(title: string, whose: string): string {
  const trimmed = title.trim();
  if (AE_TITLE.test(trimmed)) return trimmed;
  throw new DimseError(
    'invalid-configuration',
    `The ${whose} AE title must have 1 to 16 characters of ASCII, and no backslash.`,
  );
}
