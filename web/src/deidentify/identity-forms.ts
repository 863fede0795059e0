// The ways in which people write a name, an ID and a date, so that each is found again in another text.

const TRANSCRIBED: Readonly<Record<string, string>> = {
  ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', æ: 'ae', ø: 'oe', ß: 'ss', þ: 'th',
}; // prettier-ignore

/** Letters that don't come apart into a letter and a mark. */
const PLAIN: Readonly<Record<string, string>> = {
  æ: 'ae', ø: 'o', ß: 'ss', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', œ: 'oe',
}; // prettier-ignore

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

/** In lower case, without marks: "Müller" and "MULLER" are one. */
export function folded(text: string): string {
  const lower = text.toLowerCase();
  if (isAscii(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[æøßłđðþıœ]/gu, (letter) => PLAIN[letter] ?? letter);
}

/** In lower case and in the letters of those who have no others: "Müller" is "mueller". */
export const transcribed = (text: string): string =>
  folded(text.toLowerCase().replace(/[äöüåæøßþ]/gu, (letter) => TRANSCRIBED[letter] ?? letter));

/** A text in each way that it may be compared in. */
export const readings = (text: string): readonly string[] =>
  isAscii(text) ? [text.toLowerCase()] : [...new Set([folded(text), transcribed(text)])];

export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What may stand between the parts of a number or a name. */
const BETWEEN_FIGURES = String.raw`[\s._/-]*`;
const BETWEEN_NAMES = String.raw`[\s,^._-]*`;

const WORD_START = String.raw`(?<![\p{L}\p{N}])`;
const WORD_END = String.raw`(?![\p{L}\p{N}])`;

/** One of several words, alone. */
export const wholeWords = (words: readonly string[]): string =>
  `${WORD_START}(?:${words.join('|')})${WORD_END}`;

/** Figures behind letters are an ID of their own, where there are so many. */
const MIN_FIGURES = 6;

/** An ID with whatever separates its parts, or its figures alone; a pattern for texts in lower case. */
export function identifierPattern(identifier: string): string {
  const characters = folded(identifier).match(/[\p{L}\p{N}]/gu) ?? [];
  const whole = wholeWords([
    characters.length === 0
      ? escaped(folded(identifier))
      : characters.map(escaped).join(BETWEEN_FIGURES),
  ]);
  const [figures = ''] = /\d{6,}/.exec(identifier) ?? [];
  return figures.length < MIN_FIGURES ? whole : `${whole}|(?<!\\d)${figures}(?!\\d)`;
}

/** Two parts of a name beside each other, in either order. */
export const pairPattern = (one: string, other: string): string =>
  wholeWords([
    `${escaped(one)}${BETWEEN_NAMES}${escaped(other)}`,
    `${escaped(other)}${BETWEEN_NAMES}${escaped(one)}`,
  ]);

/** Beginnings of the months in English and German, without marks. */
const MONTHS = ['jan', 'feb', 'mae?r', 'apr', 'ma[iy]', 'jun', 'jul', 'aug', 'sep', 'o[ck]t', 'nov', 'de[cz]']; // prettier-ignore

/** A day (of a DA) in the forms that people write it in; a pattern for texts in lower case. */
export function datePattern(date: string): string | undefined {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? [];
  const name = MONTHS[Number(month) - 1];
  if (name === undefined) return undefined;
  const optional = (two: string) => (two.startsWith('0') ? `0?${two.slice(1)}` : two);
  const [m, d] = [optional(month), optional(day)];
  const y = `(?:${year}|${year.slice(2)})`;
  const by = String.raw`\s?[-/.\s]\s?`;
  const nth = String.raw`(?:st|nd|rd|th|\.)?`;
  const named = String.raw`${name}\p{L}*\.?`;
  const forms = [
    `${year}${by}${m}${by}${d}`,
    `${d}${by}${m}${by}${y}`,
    `${m}${by}${d}${by}${y}`,
    String.raw`${d}${nth}[\s-]*(?:of\s+)?${named}[\s,-]*${y}`,
    String.raw`${named}[\s-]*${d}${nth}[\s,-]+${y}`,
  ];
  return `(?<!\\d)(?:${year}${month}${day}|(?:${forms.join('|')})(?!\\d))`;
}

/** Instances of a series name the same people, and compiling takes longer than looking: so many results are kept. */
const MAX_KEPT = 256;

/** A function of a text whose last results are kept. */
export function remembered<Made>(make: (text: string) => Made): (text: string) => Made {
  const kept = new Map<string, Made>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(text, made);
    return made;
  };
}
