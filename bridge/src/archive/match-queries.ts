import type { DatabaseSync } from 'node:sqlite';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type {
  EntityLevel,
  MatchColumn,
  Matching,
  MatchKey,
  MatchQuery,
  MatchRow,
  UnknownMatches,
} from './match-query.ts';
import { MATCH_KEYS } from './match-query.ts';
import { nameKey } from './name-key.ts';
import { MAX_PAGE } from './store.ts';

/** The tables of a level, the one whose rows are counted first. */
const TABLES: Readonly<Record<EntityLevel, string>> = {
  PATIENT: 'studies s',
  STUDY: 'studies s',
  SERIES: 'series r JOIN studies s ON s.id = r.study',
  IMAGE: 'instances i JOIN series r ON r.id = i.series JOIN studies s ON s.id = i.study',
};

/** A patient is known by ID and issuer; those without an ID are held apart by what else there is. */
const FOUND: Readonly<Record<EntityLevel, readonly [id: string, grouping: string]>> = {
  PATIENT: [
    'max(s.id)',
    `GROUP BY s.PatientID, s.IssuerOfPatientID,
     iif(s.PatientID = '', s.nameKey || '=' || s.PatientBirthDate, '')`,
  ],
  STUDY: ['s.id', ''],
  SERIES: ['r.id', ''],
  IMAGE: ['i.id', ''],
};

const ROW_ID: Readonly<Record<EntityLevel, string>> = {
  PATIENT: 's.id',
  STUDY: 's.id',
  SERIES: 'r.id',
  IMAGE: 'i.id',
};

/** They name an entity: one whose name isn't known is another. */
const UNIQUE_KEYWORDS: ReadonlySet<string> = new Set([
  ...['PatientID', 'StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID'],
]);

/** Behind all that a value goes on with: the end of a range that stands for its whole day, hour or minute. */
const BEHIND = '~';

type Value = string | number;

/** A condition with the values of its placeholders. */
interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** What others ask of the index (PS3.4 section C.2.2.2). */
export class MatchQueries {
  readonly #database: DatabaseSync;

  /** @param database of an `InstanceIndex`, which has given it `nameKey` */
  constructor(database: DatabaseSync) {
    this.#database = database;
    const deterministic = { deterministic: true };
    database.function('nameMatches', deterministic, (key, pattern) =>
      Number(nameMatches(String(key), String(pattern))),
    );
    database.function('anyLike', deterministic, (values, pattern) =>
      Number(anyLike(String(values), String(pattern))),
    );
    database.function('inUtc', deterministic, (text) => inUtc(String(text)));
  }

  /** Ends within a second for a million rows. */
  find({ level, keys, unknownMatches, limit }: MatchQuery): Float64Array {
    const conditions = keys.map((key) => conditionOf(level, key, unknownMatches));
    const where = conditions.map(({ sql }) => `(${sql})`).join(' AND ') || 'TRUE';
    const [id, grouping] = FOUND[level];
    // As one text: a row for each would cost more than the search.
    const row = this.#database
      .prepare(
        `SELECT json_group_array(id) AS ids FROM
         (SELECT ${id} AS id FROM ${TABLES[level]} WHERE ${where} ${grouping} LIMIT ?)`,
      )
      .get(...conditions.flatMap(({ values }) => values), limit ?? -1);
    // A cast: numbers of rows.
    return Float64Array.from(JSON.parse(String(row?.['ids'])) as number[]).sort();
  }

  rows(
    level: EntityLevel,
    matches: Float64Array,
    keywords: readonly string[],
  ): readonly MatchRow[] {
    const columns = keywords.map((keyword) => `${columnOf(level, keyword).sql} AS "${keyword}"`);
    const rows = this.#database
      .prepare(
        `SELECT ${['j.key AS "#"', ...columns].join(', ')} FROM json_each(?) j
         CROSS JOIN ${TABLES[level]} WHERE ${ROW_ID[level]} = j.value ORDER BY j.key`,
      )
      .all(JSON.stringify([...matches.subarray(0, MAX_PAGE)]));
    // Copied: rows of node:sqlite have no prototype. A cast: columns are texts and whole numbers.
    return rows.map((row) => ({ ...row }) as MatchRow);
  }
}

function columnOf(level: EntityLevel, keyword: string): MatchColumn {
  const column = MATCH_KEYS[level].get(keyword);
  if (!column) throw new RangeError(`${keyword} is no key of the index at ${level} level.`);
  return column;
}

function conditionOf(level: EntityLevel, key: MatchKey, unknown: UnknownMatches): Condition {
  const column = columnOf(level, key.keyword);
  const sql =
    key.time === undefined ? column.sql : `(${column.sql} || ${columnOf(level, key.time).sql})`;
  const condition = matched({ ...column, sql }, key);
  const isForgiving =
    unknown === 'always' || (unknown === 'wildcards' && key.matching.kind === 'pattern');
  if (!isForgiving || UNIQUE_KEYWORDS.has(key.keyword)) return condition;
  const isUnknown = column.isNumber ? `${column.sql} IS NULL` : `${column.sql} = ''`;
  return { ...condition, sql: `${condition.sql} OR ${isUnknown}` };
}

function matched(column: MatchColumn, { keyword, matching }: MatchKey): Condition {
  // A cast: keywords of the index are the standard's.
  const { vr, vm } = dictionaryEntry(Tag[keyword as keyof typeof Tag]) ?? { vr: 'UN', vm: '1' };
  const { sql } = column;
  if (matching.kind === 'item') return itemCondition(sql, matching.keys);
  if (matching.kind === 'range') return inRange(vr === 'DT' ? `inUtc(${sql})` : sql, matching, vr);
  if (column.isNumber) return amongNumbers(sql, matching);
  if (vr === 'DS' && vm === '1') return amongNumbers(`CAST(nullif(${sql}, '') AS REAL)`, matching);
  if (vr === 'PN') return nameCondition(column, keyword, vm, matching);
  if (matching.kind === 'pattern') {
    if (vm !== '1') return { sql: `anyLike(${sql}, ?)`, values: [matching.pattern] };
    return { sql: `${sql} GLOB ?`, values: [globOf(matching.pattern)] };
  }
  const { values } = matching;
  if (vm !== '1') return anyOf(values, (value) => hasValue(sql, value));
  if (values.length === 1) return { sql: `${sql} = ?`, values };
  return { sql: `${sql} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] };
}

/** One of several values that are joined by backslashes. */
const hasValue = (sql: string, value: string): Condition => ({
  sql: `instr(char(92) || ${sql} || char(92), char(92) || ? || char(92)) > 0`,
  values: [value],
});

function anyOf<T>(values: readonly T[], conditionFor: (value: T) => Condition): Condition {
  const conditions = values.map(conditionFor);
  return {
    sql: conditions.map(({ sql }) => sql).join(' OR '),
    values: conditions.flatMap((condition) => condition.values),
  };
}

type Range = Extract<Matching, { kind: 'range' }>;

function inRange(sql: string, { from, to }: Range, vr: string): Condition {
  const [first, last] = vr === 'DT' ? [inUtc(from), inUtc(to)] : [from, to];
  return {
    sql: `${sql} >= ? AND ${sql} < ? AND ${sql} <> ''`,
    values: [first, `${last}${BEHIND}`],
  };
}

type Texts = Extract<Matching, { kind: 'values' | 'pattern' }>;

/** Wildcards mean nothing in numbers (PS3.4 section C.2.2.2.4). */
function amongNumbers(sql: string, matching: Texts): Condition {
  const texts = matching.kind === 'values' ? matching.values : [matching.pattern];
  const numbers = texts.map(Number).filter((value) => !Number.isNaN(value));
  return { sql: `${sql} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(numbers)] };
}

const KEPT_NAME_KEYS: Readonly<Record<string, string>> = {
  PatientName: 's.nameKey',
  ReferringPhysicianName: 's.referringKey',
};

/**
 * Names are compared without regard to case. A key of one component group matches any group of a name, one of several
 * each of its own.
 */
function nameCondition(
  { sql }: MatchColumn,
  keyword: string,
  vm: string,
  matching: Texts,
): Condition {
  const patterns = matching.kind === 'values' ? matching.values : [matching.pattern];
  const key = KEPT_NAME_KEYS[keyword] ?? `nameKey(${sql})`;
  return anyOf(patterns, (pattern) => {
    const wanted = nameKey(pattern);
    const byGroups = { sql: `nameMatches(${sql}, ?)`, values: [wanted] };
    if (vm !== '1' || wanted.includes('=')) return byGroups;
    const forms = withoutEmptyEnd(wanted);
    const whole = anyOf(forms, (form) =>
      /[*?]/.test(form)
        ? { sql: `${key} GLOB ?`, values: [globOf(form)] }
        : { sql: `${key} = ?`, values: [form] },
    );
    return {
      sql: `${whole.sql} OR (instr(${sql}, '=') AND ${byGroups.sql})`,
      values: [...whole.values, ...byGroups.values],
    };
  });
}

/** "DOE^*" is said of a name without a given name as well: its empty components need not be written. */
function withoutEmptyEnd(pattern: string): string[] {
  const forms = [pattern];
  for (let shorter = pattern; /\^\**$/.test(shorter);) {
    shorter = shorter.replace(/\^\**$/, '');
    if (shorter !== '') forms.push(shorter);
  }
  return forms;
}

function itemCondition(sql: string, keys: readonly MatchKey[]): Condition {
  const conditions = keys.map((key) =>
    matched({ sql: `json_extract(item.value, '$.${key.keyword}')`, isNumber: false }, key),
  );
  const all = conditions.map((condition) => `(${condition.sql})`).join(' AND ') || 'TRUE';
  return {
    sql: `EXISTS (SELECT 1 FROM json_each(iif(${sql} = '', '[]', ${sql})) item WHERE ${all})`,
    values: conditions.flatMap(({ values }) => values),
  };
}

/** SQLite's GLOB has the wildcards of DICOM, and one more. */
const globOf = (pattern: string): string => pattern.replaceAll('[', '[[]');

/** Each row of the index is held against the same few patterns. */
const expressions = new Map<string, RegExp>();
const MAX_EXPRESSIONS = 64;

function expressionOf(pattern: string): RegExp {
  let expression = expressions.get(pattern);
  if (!expression) {
    const source = pattern
      .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    expression = new RegExp(`^${source}$`, 'su');
    if (expressions.size >= MAX_EXPRESSIONS) expressions.clear();
    expressions.set(pattern, expression);
  }
  return expression;
}

const isLike = (value: string, pattern: string): boolean => expressionOf(pattern).test(value);

const anyLike = (values: string, pattern: string): boolean =>
  values.split('\\').some((value) => isLike(value, pattern));

/** @param names several are joined by backslashes */
function nameMatches(names: string, pattern: string): boolean {
  const wanted = pattern.split('=');
  return names.split('\\').some((name) => {
    const groups = nameKey(name).split('=');
    const isGroup = (group: string, key: string) =>
      withoutEmptyEnd(key).some((form) => isLike(group, form));
    const [only = ''] = wanted;
    if (wanted.length === 1) return groups.some((group) => isGroup(group, only));
    return wanted.every((key, index) => key === '' || isGroup(groups[index] ?? '', key));
  });
}

const DATE_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(.*?)([+-])(\d\d)(\d\d)$/;

/** A date and time with an offset as one without (PS3.5 section 6.2, DT); others, and what is none, as they are. */
function inUtc(text: string): string {
  const parts = DATE_TIME.exec(text);
  if (!parts) return text;
  const [year, month, day, hour, minute] = parts.slice(1, 6).map(Number);
  const [rest = '', sign, hours, minutes] = parts.slice(6);
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const date = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, (minute ?? 0) - offset));
  return date.toISOString().slice(0, 16).replace(/[-T:]/g, '') + rest;
}
