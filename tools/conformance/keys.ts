// Keys of queries: asked as SCU, and matched as SCP.
import { ITEM_KEYS, MATCH_KEYS, type EntityLevel } from '../../bridge/src/archive/match-query.ts';
import { matchingOf } from '../../bridge/src/dimse/query-scp-keys.ts';
import { UNIQUE_KEYWORD } from '../../bridge/src/dimse/query-model.ts';
import { dictionaryEntry } from '../../shared/dicom/dictionary.ts';
import { QUERY_KEYS, SEARCH_KEYS } from '../../shared/dicom/query-keys.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { WORKLIST_KEYS, WORKLIST_SEARCH_KEYS } from '../../shared/dicom/worklist-keys.ts';
import { document, list, table, tagText } from './markdown.ts';

/** Of our own tables, whose keywords are those of PS3.6. */
function tagOf(keyword: string): number {
  if (!Object.hasOwn(Tag, keyword)) throw new Error(`PS3.6 has no ${keyword}.`);
  return Tag[keyword as keyof typeof Tag];
}

function named(keyword: string): [name: string, tag: string, vr: string] {
  const tag = tagOf(keyword);
  const entry = dictionaryEntry(tag);
  return [entry?.name ?? keyword, tagText(tag), entry?.vr ?? ''];
}

/** What the SCP makes of a key, tried with values of each kind. */
function kindsOf(keyword: string): string {
  const vr = dictionaryEntry(tagOf(keyword))?.vr ?? 'UN';
  if (vr === 'SQ') return `sequence: ${(ITEM_KEYS[keyword] ?? []).join(', ')}`;
  const of = (...values: string[]) => {
    const matching = matchingOf(vr, values);
    return typeof matching === 'object' ? matching.kind : undefined;
  };
  const kinds = [
    ...(vr === 'DA' || of('1') !== undefined || vr === 'TM' || vr === 'DT' ? ['single value'] : []),
    ...(of('1', '2') === 'values' ? ['list of values'] : []),
    ...(of('1*') === 'pattern' ? ['wildcards'] : []),
    ...(of('2026-2027') === 'range' || of('10-11') === 'range' ? ['range'] : []),
  ];
  return kinds.join(', ');
}

const SCU_LEVELS = ['STUDY', 'SERIES', 'IMAGE'] as const;
const SCP_LEVELS: readonly EntityLevel[] = ['PATIENT', 'STUDY', 'SERIES', 'IMAGE'];

const ENTRIES = {
  text: 'text, wildcards',
  name: 'text, wildcards',
  date: 'date',
  range: 'range of dates',
  code: 'code',
} as const;

/** Keys that Gantry asks of a peer. */
export function queryKeysAsScu(): string {
  const entries = new Map(SEARCH_KEYS.map(({ keyword, entry }) => [keyword, ENTRIES[entry]]));
  return document(
    ...SCU_LEVELS.map((level) =>
      document(
        `Level ${level}:`,
        table(
          ['Attribute', 'Tag', 'VR', 'Matched by what a user says'],
          QUERY_KEYS[level].map(({ keyword }) => [
            ...named(keyword),
            (level === 'STUDY' ? entries.get(keyword) : undefined) ?? '',
          ]),
        ),
      ),
    ),
  );
}

/** Keys that Gantry asks of a worklist. */
export function worklistKeys(): string {
  const entries = new Map(
    WORKLIST_SEARCH_KEYS.map(({ keyword, entry }) => [keyword, ENTRIES[entry]]),
  );
  return table(
    [
      'Attribute',
      'Tag',
      'VR',
      'In Scheduled Procedure Step Sequence',
      'Matched by what a user says',
    ],
    WORKLIST_KEYS.map(({ keyword, isOfStep }) => [
      ...named(keyword),
      isOfStep ? 'yes' : '',
      entries.get(keyword) ?? '',
    ]),
  );
}

/** Keys that Gantry matches and returns. */
export function queryKeysAsScp(): string {
  return document(
    ...SCP_LEVELS.map((level) =>
      document(
        `Level ${level}, unique key ${UNIQUE_KEYWORD[level]}:`,
        table(
          ['Attribute', 'Tag', 'VR', 'Matching'],
          [...MATCH_KEYS[level].keys()]
            // It goes with each answer.
            .filter((keyword) => keyword !== 'SpecificCharacterSet')
            .map((keyword) => [...named(keyword), kindsOf(keyword)]),
        ),
      ),
    ),
    list([
      'Keys without a value, and of "\\*" alone, match anything and are returned.',
      'Names match whatever their case.',
      'A key that Gantry does not know is not matched and not returned: the matches come with FF01H.',
    ]),
  );
}
