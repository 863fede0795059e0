import { shiftDay } from './date-shift.ts';
import {
  datePattern,
  escaped,
  identifierPattern,
  readings,
  remembered,
  wholeWords,
} from './identity-forms.ts';
import { DATE_PATTERNS, GAP, GREAT_AGE, IDENTITY_PATTERNS } from './text-patterns.ts';

/** What becomes of dates in text that is kept: they go, stay, or move by so many days. */
export type DatesInText = 'remove' | 'keep' | number;

/** Of a header: what tells who somebody is. */
export interface IdentityWords {
  /** In their parts. */
  readonly names: readonly string[];
  /** Two parts of a name beside each other, as patterns. */
  readonly pairs: readonly string[];
  /** IDs, and places as a whole. */
  readonly identifiers: readonly string[];
  /** Days, as DA has them. */
  readonly dates: readonly string[];
}

export const NO_WORDS: IdentityWords = { names: [], pairs: [], identifiers: [], dates: [] };

const compiled = remembered((source) => new RegExp(source, 'giu'));

/** A text that goes on changing is withheld by the check. */
const MAX_TURNS = 4;

/** So many letters are found within other words, too. */
const MIN_GLUED_LETTERS = 6;

/** Marks what was put aside while others are looked for, as GAP does what was taken out. */
const MARK = '\uf8fe';
const MEANINGLESS = /[\ue000-\uf8ff]/gu;

/**
 * Takes out of free text what tells who it is about (PS3.15 section E.3.5): words known from the header, and whatever
 * looks like a name with its title, a number, a date, a telephone, an address or a hospital. The rest stays.
 */
export class TextCleaner {
  /** Patterns; most profiles clean no text, and need none. */
  readonly #words: string | undefined;
  readonly #days: string | undefined;
  /** Days that go, though others move: a birthday would tell an age. */
  readonly #goneDays: string | undefined;
  /** Names in the letters of English. */
  readonly #folded: ReadonlySet<string>;
  readonly #dates: DatesInText;

  /** @param gone days that the profile takes out of the header, as DA has them, where it moves others */
  constructor(
    { names, pairs, identifiers, dates: days }: IdentityWords,
    dates: DatesInText,
    gone: readonly string[] = [],
  ) {
    this.#dates = dates;
    const forms = [...new Set(names.flatMap((name) => [name.toLowerCase(), ...readings(name)]))];
    this.#folded = new Set(names.flatMap(readings));
    const longestFirst = forms.sort((a, b) => b.length - a.length);
    const glued = longestFirst.filter(({ length }) => length >= MIN_GLUED_LETTERS).map(escaped);
    const any = String.raw`[\p{L}\p{N}]*`;
    const patterns = [
      ...[...identifiers].sort((a, b) => b.length - a.length).map(identifierPattern),
      ...pairs,
      ...glued.map((name) => wholeWords([`${any}${name}${any}`])),
      ...(forms.length > 0 ? [wholeWords(longestFirst.map(escaped))] : []),
    ];
    if (patterns.length > 0) this.#words = patterns.join('|');
    this.#days = anyOf(days);
    this.#goneDays = anyOf(gone);
  }

  /** Lines and values stay apart: what is taken out never joins two of them. */
  clean(text: string): string {
    return text
      .split(/(\\|\r\n|\n|\r|\f)/)
      .map((part, index) => (index % 2 === 1 ? part : this.#cleanAgain(part)))
      .join('');
  }

  /** What is left may read as a name or a number only now: until nothing changes, so that a second run changes nothing. */
  #cleanAgain(line: string): string {
    let cleaned = this.#cleanLine(line, this.#dates);
    const dates = this.#dates === 'remove' ? 'remove' : 'keep';
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const again = this.#cleanLine(cleaned, dates);
      if (again === cleaned) break;
      cleaned = again;
    }
    return cleaned;
  }

  #cleanLine(line: string, dates: DatesInText): string {
    const kept: string[] = [];
    let rest = line.normalize('NFC').replace(MEANINGLESS, '');
    // Days that the profile removes elsewhere, though others stay.
    const days = dates === 'keep' ? this.#days : dates === 'remove' ? undefined : this.#goneDays;
    if (days) rest = rest.replace(compiled(days), GAP);
    // Dates that stay are put aside first: their figures look like numbers of all kinds.
    if (dates !== 'remove') {
      for (const pattern of DATE_PATTERNS) {
        rest = rest.replace(pattern, (date: string) => {
          const text = dates === 'keep' ? date : shiftText(date, dates);
          return text === undefined
            ? GAP
            : `${MARK}${String.fromCharCode(0xe000 + kept.push(text) - 1)}${MARK}`;
        });
      }
    }
    if (this.#words) rest = rest.replace(compiled(this.#words), GAP);
    rest = this.#withoutForeignForms(rest);
    if (dates === 'remove') for (const pattern of DATE_PATTERNS) rest = rest.replace(pattern, GAP);
    for (const pattern of IDENTITY_PATTERNS) rest = rest.replace(pattern, GAP);
    rest = rest.replace(GREAT_AGE, '90+');
    if (rest.includes(GAP)) rest = withoutGaps(rest);
    return rest.replace(
      /\uf8fe(.)\uf8fe/gu,
      (_, mark: string) => kept[mark.charCodeAt(0) - 0xe000] ?? '',
    );
  }

  /** "Müller" where the header says "Mueller". */
  #withoutForeignForms(text: string): string {
    if (this.#folded.size === 0) return text;
    return text.replace(/[\p{L}\p{M}]*[^\0-\x7f\ue000-\uf8ff][\p{L}\p{M}]*/gu, (word) =>
      readings(word).some((reading) => this.#folded.has(reading)) ? GAP : word,
    );
  }
}

const anyOf = (days: readonly string[]): string | undefined =>
  days.flatMap((day) => datePattern(day) ?? []).join('|') || undefined;

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
