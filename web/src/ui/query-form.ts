import type { SearchKey } from '../../../shared/dicom/query-keys.ts';

/** What stands in the search form, by keyword; a range has two entries. */
export type QueryEntries = Record<string, string>;

export const rangeStart = (keyword: string) => `${keyword} from`;
export const rangeEnd = (keyword: string) => `${keyword} to`;

export const emptyEntries = (keys: readonly SearchKey[]): QueryEntries =>
  Object.fromEntries(
    keys
      .flatMap(({ keyword, entry }) =>
        entry === 'range' ? [rangeStart(keyword), rangeEnd(keyword)] : [keyword],
      )
      .map((name) => [name, '']),
  );

/** The keys of a query as DICOM writes them. */
export function keysOf(
  keys: readonly SearchKey[],
  entries: Readonly<QueryEntries>,
): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key.keyword, valueOf(key, entries)]));
}

function valueOf({ keyword, entry }: SearchKey, entries: Readonly<QueryEntries>): string {
  const given = (entries[keyword] ?? '').trim();
  switch (entry) {
    case 'text':
      return given;
    case 'code':
      return given.toUpperCase();
    case 'date':
      return plain(given);
    case 'range':
      return range(
        plain(entries[rangeStart(keyword)] ?? ''),
        plain(entries[rangeEnd(keyword)] ?? ''),
      );
    case 'name':
      // "Doe, Jane" as it is written in DICOM.
      return given.replace(/\s*,\s*/, '^');
  }
}

/** "2026-02-03" as DA has it (PS3.5 section 6.2). */
const plain = (date: string) => date.replaceAll('-', '');

/** PS3.4 section C.2.2.2.5: an end that is left out is open. */
const range = (from: string, to: string) => (from === to ? from : `${from}-${to}`);

/** A day of this place's calendar, as a field of dates has it. */
export function dayEntry(day: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
