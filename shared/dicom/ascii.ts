/** Spaces and NULs pad values to even length (PS3.5 section 6.2); some writers pad more. */
export function trimPadding(text: string): string {
  let end = text.length;
  while (end > 0 && isPadding(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

const isPadding = (code: number): boolean => code === 0 || code === 0x20;

/** Longer values are decoded as a whole; a decoder takes longer to begin than these to be read. */
export const MAX_SHORT = 64;

/**
 * Each byte as one character, for short values: ASCII, or Latin 1 where the caller doesn't mind.
 * Spreading the bytes into arguments takes four times as long.
 */
export const charactersOf = (bytes: Uint8Array): string =>
  // A cast: `apply` takes whatever has a length and numbers, its type only arrays.
  String.fromCharCode.apply(null, bytes as unknown as number[]);
