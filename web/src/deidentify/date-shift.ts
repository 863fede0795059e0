const MS_PER_DAY = 86_400_000;

const pad = (value: number, digits: number) => String(value).padStart(digits, '0');

/** Whether there is such a day: not 30 February. */
const isDay = (year: number, month: number, day: number): boolean => {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};

/** @returns undefined where there is no such day, or the year would have more or fewer than four figures */
export function shiftDay(
  year: number,
  month: number,
  day: number,
  days: number,
): readonly [year: number, month: number, day: number] | undefined {
  if (!isDay(year, month, day)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setTime(date.getTime() + days * MS_PER_DAY);
  const shifted = date.getUTCFullYear();
  if (shifted < 1 || shifted > 9999) return undefined;
  return [shifted, date.getUTCMonth() + 1, date.getUTCDate()];
}

/**
 * A value of DA or DT, by whole days: intervals stay exact, and the time of day as it is. The form of before 1993,
 * with points, is taken too.
 * @returns undefined where the value is none, or has no day that could be moved
 */
export function shiftValue(value: string, days: number): string | undefined {
  const match = /^(\d{4})(\.?)(\d{2})\2(\d{2})(.*)$/s.exec(value.trim());
  if (!match) return undefined;
  const [, year = '', point = '', month = '', day = '', rest = ''] = match;
  if (!/^(\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?)?([+-]\d{4})?$/.test(rest)) return undefined;
  const shifted = shiftDay(Number(year), Number(month), Number(day), days);
  if (!shifted) return undefined;
  return `${pad(shifted[0], 4)}${point}${pad(shifted[1], 2)}${point}${pad(shifted[2], 2)}${rest}`;
}
