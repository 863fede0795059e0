import { shiftDay } from './date-shift.ts';
import { DATE_PATTERNS, GREAT_AGE, IDENTITY_PATTERNS } from './text-patterns.ts';

/** What becomes of dates in text that is kept: they go, stay, or move by so many days. */
export type DatesInText = 'remove' | 'keep' | number;

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Characters that mean nothing in any script mark what was taken out, or put aside, while others are looked for. */
const GAP = '\uf8ff';
const MARK = '\uf8fe';
const MEANINGLESS = /[\ue000-\uf8ff]/gu;

/**
 * Takes out of free text what tells who it is about (PS3.15 section E.3.5): words known from the header, and whatever
 * looks like a name with its title, a number, a date, a telephone, an address or a hospital. The rest stays.
 */
export class TextCleaner {
  readonly #words: RegExp | undefined;
  readonly #dates: DatesInText;

  /** @param words of the header: names in their parts, IDs, places, as a whole */
  constructor(words: readonly string[], dates: DatesInText) {
    this.#dates = dates;
    if (words.length === 0) return;
    const longestFirst = [...words].sort((a, b) => b.length - a.length).map(escape);
    this.#words = new RegExp(
      `(?<![\\p{L}\\p{N}])(?:${longestFirst.join('|')})(?![\\p{L}\\p{N}])`,
      'giu',
    );
  }

  /** Lines and values stay apart: what is taken out never joins two of them. */
  clean(text: string): string {
    return text
      .split(/(\\|\r\n|\n|\r|\f)/)
      .map((part, index) => (index % 2 === 1 ? part : this.#cleanLine(part)))
      .join('');
  }

  #cleanLine(line: string): string {
    const kept: string[] = [];
    let rest = line.normalize('NFC').replace(MEANINGLESS, '');
    // Dates that stay are put aside first: their figures look like numbers of all kinds.
    if (this.#dates !== 'remove') {
      for (const pattern of DATE_PATTERNS) {
        rest = rest.replace(pattern, (date: string) => {
          const text = this.#dates === 'keep' ? date : shiftText(date, Number(this.#dates));
          return text === undefined
            ? GAP
            : `${MARK}${String.fromCharCode(0xe000 + kept.push(text) - 1)}${MARK}`;
        });
      }
    }
    if (this.#words) rest = rest.replace(this.#words, GAP);
    if (this.#dates === 'remove')
      for (const pattern of DATE_PATTERNS) rest = rest.replace(pattern, GAP);
    for (const pattern of IDENTITY_PATTERNS) rest = rest.replace(pattern, GAP);
    rest = rest.replace(GREAT_AGE, '90+');
    if (rest.includes(GAP)) rest = withoutGaps(rest);
    return rest.replace(
      /\uf8fe(.)\uf8fe/gu,
      (_, mark: string) => kept[mark.charCodeAt(0) - 0xe000] ?? '',
    );
  }
}

/** What stood around a word that is gone: a bracket, a comma, two spaces. */
const withoutGaps = (text: string): string =>
  text
    .replace(/[([{"'‘“]\s*\uf8ff(?:[\s,;]*\uf8ff)*\s*[)\]}"'’”]/gu, GAP)
    .replace(/\s*\uf8ff(?:[\s,;:^/-]*\uf8ff)*\s*/gu, ' ')
    .replace(/\s+([,.;:])/g, '$1')
    .replace(/^[\s,;:.^/-]+/, '')
    .replace(/[\s,;:^/-]+$/, '');

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A date in text by so many days, in its own form; undefined where it isn't sure which day is meant. */
function shiftText(date: string, days: number): string | undefined {
  const pad = (value: number, like: string) => String(value).padStart(like.length, '0');
  const big = /^(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(\d{6})?$/.exec(date.length >= 8 ? date : '');
  if (big && (big[2] !== '' || /^\d{8}(\d{6})?$/.test(date))) {
    const [year = '', month = '', day = ''] =
      big[2] === ''
        ? [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)]
        : [big[1], big[3], big[4]];
    const shifted = shiftDay(Number(year), Number(month), Number(day), days);
    const by = big[2] ?? '';
    const rest = by === '' ? date.slice(8) : '';
    return (
      shifted && `${shifted[0]}${by}${pad(shifted[1], month)}${by}${pad(shifted[2], day)}${rest}`
    );
  }
  const small = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/.exec(date);
  if (small) {
    const [, one = '', by = '', two = '', year = ''] = small;
    const [first, second] = [Number(one), Number(two)];
    // Points are for the day first; with slashes only a number above 12 tells.
    const isDayFirst = by === '.' || first > 12;
    if (!isDayFirst && second <= 12) return undefined;
    const [day, month] = isDayFirst ? [first, second] : [second, first];
    const shifted = shiftDay(Number(year), month, day, days);
    if (!shifted) return undefined;
    const [a, b] = isDayFirst ? [shifted[2], shifted[1]] : [shifted[1], shifted[2]];
    return `${pad(a, one)}${by}${pad(b, two)}${by}${shifted[0]}`;
  }
  const named = /^(\d{1,2})([\s-]+)([a-z]{3,9})([\s-]+)(\d{4})$/i.exec(date);
  const month = named ? MONTHS.indexOf((named[3] ?? '').slice(0, 3).toLowerCase()) : -1;
  if (!named || month < 0) return undefined;
  const shifted = shiftDay(Number(named[5]), month + 1, Number(named[1]), days);
  const name = shifted && MONTHS[shifted[1] - 1];
  if (!shifted || name === undefined) return undefined;
  const short = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  return `${shifted[2]}${named[2] ?? ' '}${short}${named[4] ?? ' '}${shifted[0]}`;
}
