// What values may be: PS3.5 section 6.2, table 6.2-1, edition 2026d.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part05.html#sect_6.2
import { isUid, MAX_UID_LENGTH } from './uids.ts';
import { isSingleText, isText, valueWidth, type Vr } from './vr.ts';

/** Gives what is wrong with one value, in words that don't repeat it; undefined when nothing is. */
type Rule = (value: string) => string | undefined;

const of =
  (form: RegExp, words: string): Rule =>
  (value) =>
    form.test(value) ? undefined : words;

const atMost =
  (characters: number): Rule =>
  (value) =>
    countOf(value) <= characters ? undefined : `is longer than ${characters} characters`;

const all =
  (...rules: readonly Rule[]): Rule =>
  (value) => {
    for (const rule of rules) {
      const problem = rule(value);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };

/** Characters, not the halves that JavaScript makes of those beyond the first plane. */
const countOf = (text: string): number => Array.from(text).length;

/* eslint-disable no-control-regex -- ESC announces code extensions; TAB, LF, FF and CR are the control characters that texts may hold (PS3.5 section 6.1.3) */
const noControl = of(/^[^\x00-\x1a\x1c-\x1f\x7f-\x9f]*$/, 'holds control characters');
const onlyFormatting = of(
  /^[^\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]*$/,
  'holds control characters other than TAB, LF, FF and CR',
);
/* eslint-enable no-control-regex */

const date: Rule = (value) =>
  /^\d{8}$/.test(value) && isDay(value.slice(0, 4), value.slice(4, 6), value.slice(6, 8))
    ? undefined
    : 'is no date YYYYMMDD';

function isDay(year: string, month: string, day: string): boolean {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/** Seconds may be 60, for a leap second. */
const TIME = '([01]\\d|2[0-3])([0-5]\\d(([0-5]\\d|60)(\\.\\d{1,6})?)?)?';
const TIME_FORM = new RegExp(`^${TIME} *$`);
const DATE_TIME = new RegExp(`^(\\d{4})((\\d{2})((\\d{2})(${TIME})?)?)?(?<offset>[+-]\\d{4})? *$`);

const dateTime: Rule = (value) => {
  const problem = 'is no date and time YYYYMMDDHHMMSS.FFFFFF&ZZXX';
  const match = DATE_TIME.exec(value);
  if (!match) return problem;
  const [, year = '', , month = '01', , day = '01'] = match;
  if (!isDay(year, month, day)) return problem;
  return isOffset(match.groups?.['offset']) ? undefined : 'has an offset from UTC that none is';
};

/** PS3.5 table 6.2-1, DT: from -1200 to +1400; UTC itself is +0000. */
function isOffset(offset: string | undefined): boolean {
  if (offset === undefined) return true;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3));
  const isNegative = offset.startsWith('-');
  if (Number(offset.slice(3)) > 59 || (isNegative && minutes === 0)) return false;
  return minutes <= (isNegative ? 12 : 14) * 60;
}

const integer: Rule = (value) => {
  if (!/^ *[+-]?\d+ *$/.test(value)) return 'is no integer';
  const number = Number(value);
  return number >= -(2 ** 31) && number < 2 ** 31 ? undefined : 'is beyond 32 bits';
};

const personName: Rule = (value) => {
  const groups = value.split('=');
  if (groups.length > 3) return 'has more than 3 component groups';
  if (groups.some((group) => group.split('^').length > 5)) return 'has more than 5 components';
  return groups.some((group) => countOf(group) > 64)
    ? 'has a component group of more than 64 characters'
    : undefined;
};

/** Gives what is wrong with one value that isn't empty. */
const RULES: Partial<Readonly<Record<Vr, Rule>>> = {
  AE: all(
    atMost(16),
    of(/^[\x20-\x7e]*$/, 'holds characters outside ASCII'),
    of(/[^ ]/, 'is of spaces only'),
  ),
  AS: of(/^\d{3}[DWMY]$/, 'is no age nnnD, nnnW, nnnM or nnnY'),
  CS: all(
    atMost(16),
    of(/^[A-Z0-9_ ]*$/, 'holds characters other than capitals, digits, space and underscore'),
  ),
  DA: date,
  DS: all(atMost(16), of(/^ *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)? *$/, 'is no decimal number')),
  DT: all(atMost(26), dateTime),
  IS: all(atMost(12), integer),
  LO: all(atMost(64), noControl),
  LT: all(atMost(10_240), onlyFormatting),
  PN: all(personName, noControl),
  SH: all(atMost(16), noControl),
  ST: all(atMost(1024), onlyFormatting),
  TM: all(atMost(14), of(TIME_FORM, 'is no time HHMMSS.FFFFFF')),
  UC: noControl,
  UI: (value) =>
    isUid(value) ? undefined : `is no UID of at most ${MAX_UID_LENGTH} figures and points`,
  UR: of(
    /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+ *$/,
    'is no URI, or begins with a space, or holds characters that a URI has to escape',
  ),
  UT: onlyFormatting,
};

/**
 * What a text that is to be written breaks of the rules of its VR, in words that never repeat it; undefined when it
 * breaks none. A backslash separates values, but in LT, ST, UR and UT, where the text is one. Padding is none of its own.
 */
export function textProblem(vr: Vr, text: string): string | undefined {
  const rule = RULES[vr];
  if (!rule) return undefined;
  for (const value of isSingleText(vr) ? [text] : text.split('\\')) {
    // Empty values stand among others, and alone for no value at all.
    const problem = value === '' ? undefined : rule(value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Least and highest number of a binary VR of integers. */
const INTEGERS: Partial<Readonly<Record<Vr, readonly [bigint, bigint]>>> = {
  AT: [0n, 2n ** 32n - 1n],
  US: [0n, 2n ** 16n - 1n],
  SS: [-(2n ** 15n), 2n ** 15n - 1n],
  UL: [0n, 2n ** 32n - 1n],
  SL: [-(2n ** 31n), 2n ** 31n - 1n],
  UV: [0n, 2n ** 64n - 1n],
  SV: [-(2n ** 63n), 2n ** 63n - 1n],
  OB: [0n, 255n],
  OW: [0n, 2n ** 16n - 1n],
  OL: [0n, 2n ** 32n - 1n],
  OV: [0n, 2n ** 64n - 1n],
  UN: [0n, 255n],
};

/** What numbers that are to be written break of the rules of a binary VR: they must come back as they were. */
export function numbersProblem(
  vr: Vr,
  values: readonly (string | number | bigint)[],
): string | undefined {
  const range = INTEGERS[vr];
  for (const value of values) {
    if (typeof value === 'string') return 'is a text where numbers belong';
    if (!range) continue;
    if (typeof value === 'number' && !Number.isInteger(value)) return 'is no integer';
    // Numbers and big integers compare exactly with each other.
    if (value < range[0] || value > range[1]) {
      return `is beyond what ${valueWidth(vr)} bytes hold`;
    }
  }
  return undefined;
}

/** What bytes that are to be written as they are break of the rules of a VR: numbers come whole; words are padded. */
export const bytesProblem = (vr: Vr, length: number): string | undefined =>
  !isText(vr) && vr !== 'OW' && length % valueWidth(vr) !== 0
    ? `is no whole number of ${valueWidth(vr)} bytes`
    : undefined;

/**
 * Whether an attribute may have so many values: "1", "1-3", "2-n", "3-3n" or "1-n or 1" of PS3.6. None is always
 * allowed: whether an attribute may be empty is a matter of its type.
 */
export function allowsCount(vm: string, count: number): boolean {
  return count === 0 || vm.split(' or ').some((part) => fits(part.trim(), count));
}

function fits(vm: string, count: number): boolean {
  const match = /^(\d+)(?:-(\d+)?(n)?)?$/.exec(vm);
  // What a later edition may write: no reason to refuse.
  if (!match) return true;
  const least = Number(match[1]);
  if (!vm.includes('-')) return count === least;
  if (count < least) return false;
  if (match[3] === undefined) return count <= Number(match[2]);
  return count % Number(match[2] ?? 1) === 0;
}
