// The values of keys as an SCP reads them: PS3.4 section C.2.2.2.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part04.html#sect_C.2.2.2
import type { Matching } from '../archive/match-query.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';

/** What a key asks for; undefined: anything. `invalid`: no value that its VR lets a key have, in words. */
export type KeyMatching = Matching | 'invalid' | undefined;

/** In which "*" and "?" are wildcards (PS3.4 section C.2.2.2.4). */
const WITH_WILDCARDS: ReadonlySet<Vr> = new Set([
  ...(['AE', 'CS', 'LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UR', 'UT'] as const),
]);

const DATE = /^\d{4}(\d{2}(\d{2})?)?$/;
const TIME = /^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$/;
const DATE_TIME = /^\d{4}(\d{2}){0,5}(\.\d{1,6})?([+-]\d{4})?$/;

const MOMENTS: Partial<Record<Vr, RegExp>> = { DA: DATE, TM: TIME, DT: DATE_TIME };

/** @param values of the key, each without padding */
export function matchingOf(vr: Vr, values: readonly string[]): KeyMatching {
  const given = values.filter((value) => value !== '');
  // Only wildcards, or a range without ends, is as good as nothing, whatever the VR.
  if (given.length === 0 || given.some((value) => /^\*+$/.test(value))) return undefined;
  const form = MOMENTS[vr];
  if (form) return given.length === 1 ? momentOf(vr, form, given[0] ?? '') : 'invalid';
  if (WITH_WILDCARDS.has(vr)) {
    const [only = ''] = given;
    if (given.length === 1 && /[*?]/.test(only)) return { kind: 'pattern', pattern: only };
    return { kind: 'values', values: given };
  }
  return given.some((value) => /[*?]/.test(value)) ? 'invalid' : { kind: 'values', values: given };
}

/** A day, a time, or a range of them; those of before DICOM 3 are written with dots and colons. */
function momentOf(vr: Vr, form: RegExp, text: string): KeyMatching {
  const value = plainMoment(vr, text);
  if (form.test(value)) return { kind: 'range', from: value, to: value };
  const dashes = [...value.matchAll(/-/g)].map(({ index }) => index);
  for (const at of dashes) {
    const from = value.slice(0, at).trim();
    const to = value.slice(at + 1).trim();
    if (from === '' && to === '') return undefined;
    const isEnd = (end: string) => end === '' || form.test(end);
    if (isEnd(from) && isEnd(to)) return { kind: 'range', from, to };
  }
  return 'invalid';
}

function plainMoment(vr: Vr, text: string): string {
  if (vr === 'DA') return text.replaceAll('.', '');
  // A fraction of zeros says no more than none.
  return vr === 'TM' ? text.replaceAll(':', '').replace(/\.0+(?=$|-)/g, '') : text;
}

/**
 * Dates and times as one range (PS3.4 section C.2.2.2.5.3), from a range of each.
 * @returns undefined where only one of them is there
 */
export function combinedRange(date: Matching, time: Matching): Matching | undefined {
  if (date.kind !== 'range' || time.kind !== 'range') return undefined;
  return {
    kind: 'range',
    from: date.from === '' ? '' : date.from + time.from,
    to: date.to === '' ? '' : date.to + time.to,
  };
}
