import type { Vr } from '../../../shared/dicom/vr.ts';

/**
 * What a value that stays may hold, by VR (PS3.5 table 6.2-1), a little wider than the standard where writers are
 * known to be: DS of any length, lower case and punctuation in CS. A text that hides in a coded value is no code.
 */
const FORMS: Partial<Readonly<Record<Vr, RegExp>>> = {
  AE: /^[\x20-\x7e]{0,16}$/,
  AS: /^(\d{3}[DWMY])?$/,
  CS: /^[A-Za-z0-9_ .+/&-]{0,32}$/,
  DA: /^(\d{8}|\d{4}\.\d{2}\.\d{2})?$/,
  DS: /^ *([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)? *$/,
  DT: /^(\d{4,14}(\.\d{1,6})?([+-]\d{4})?)? *$/,
  IS: /^ *([+-]?\d+)? *$/,
  TM: /^(\d{2}:?(\d{2}:?(\d{2}(\.\d{1,6})?)?)?)? *$/,
  UI: /^[0-9.]{0,64}$/,
};

/** Trailing spaces and NULs are padding; a NUL before anything else ends the text for some readers only. */
const PADDING = new Set([0x00, 0x20]);

const latin1 = new TextDecoder('iso-8859-1');

/** Whether a text value holds only what its VR allows, and nothing behind a NUL. */
export function isWellFormed(vr: Vr, bytes: Uint8Array<ArrayBuffer>): boolean {
  let end = bytes.length;
  while (end > 0 && PADDING.has(bytes[end - 1] ?? 0)) end--;
  const value = bytes.subarray(0, end);
  if (value.includes(0)) return false;
  const form = FORMS[vr];
  if (!form) return true;
  return latin1
    .decode(value)
    .split('\\')
    .every((part) => form.test(part.trimEnd()));
}
