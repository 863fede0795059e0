import { charactersOf, MAX_SHORT } from '../../../shared/dicom/ascii.ts';
import { isText, valueWidth, type Vr } from '../../../shared/dicom/vr.ts';

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
  UI: /^(?=.{0,64}$)(\d+(\.\d+)+)?$/,
};

/** Longest values in bytes: 64 characters of LO and 16 of SH, at 4 bytes a character and with escape sequences. */
const MAX_BYTES: Partial<Readonly<Record<Vr, number>>> = {
  LO: 320,
  SH: 80,
  UC: 320,
  DS: 64,
  IS: 32,
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
  const maxBytes = MAX_BYTES[vr] ?? Infinity;
  if (!form && value.length <= maxBytes) return true;
  const text = value.length <= MAX_SHORT ? charactersOf(value) : latin1.decode(value);
  return text
    .split('\\')
    .every((part) => part.length <= maxBytes && (form?.test(part.trimEnd()) ?? true));
}

/** Most values that a multiplicity of PS3.6 allows: "1", "1-3", "3-3n", "1-n or 1". */
const maxValues = (vm: string): number =>
  vm.includes('n') ? Infinity : Math.max(...(vm.match(/\d+/g) ?? ['1']).map(Number));

/**
 * Whether a value of a binary VR has the length of such values, and no more of them than its attribute may have:
 * more than 8 bytes under "Rows" are no rows. Streams of bytes and words (OB, OW, …) may be of any length.
 *
 * @param vr the VR that the dictionary gives
 * @param encoded the VR that the value was encoded with
 */
export function isWellFormedBinary(vr: Vr, encoded: Vr, vm: string, length: number): boolean {
  if (isText(encoded)) return false;
  const width = valueWidth(vr);
  if (vr.startsWith('O') || vr === 'UN') return true;
  // The dictionary leaves a choice (US or SS or OW), of which the generated table has the first.
  const widest = encoded === 'UN' || encoded.startsWith('O') ? width : valueWidth(encoded);
  const most = Math.max(width, widest) * maxValues(vm);
  return length % Math.min(width, widest) === 0 && length <= most;
}
