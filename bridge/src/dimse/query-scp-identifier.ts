// What a C-FIND of others asks for: PS3.4 sections C.4.1.1.3, C.4.1.2 and C.4.1.3.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part04.html#sect_C.4.1.2
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { isGroupLength, type TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isText, type Vr } from '../../../shared/dicom/vr.ts';
import type { EntityLevel, MatchKey } from '../archive/match-query.ts';
import { combinedRange, matchingOf } from './query-scp-keys.ts';
import { type QueryModel, UNIQUE_KEYWORD } from './query-model.ts';

/** What can be matched and returned, by level; and of the items of a sequence, by its keyword. */
export interface QueryableKeys {
  readonly levels: Readonly<Record<EntityLevel, { has(keyword: string): boolean }>>;
  readonly items: Readonly<Record<string, readonly string[]>>;
}

/** An attribute that the answers are to have. */
export interface AskedKey {
  readonly tag: TagNumber;
  readonly keyword: string;
  readonly vr: Vr;
  /** Of a sequence. */
  readonly items: readonly AskedKey[];
}

export interface FindIdentifier {
  readonly level: EntityLevel;
  readonly keys: readonly MatchKey[];
  readonly asked: readonly AskedKey[];
  /** Something was asked for that isn't known here. */
  readonly hasUnsupported: boolean;
  /** Of the keys (PS3.3 section C.12.1.1.2). */
  readonly characterSet: readonly string[];
}

/** Why an identifier can't be served: for Offending Element and Error Comment, which holds no value. */
export interface IdentifierProblem {
  readonly offending: TagNumber;
  readonly comment: string;
}

export interface Negotiated {
  /** The levels above need no unique keys (PS3.4 section C.4.1.3.2.1). */
  readonly isRelational: boolean;
  /** Ranges of date and time are one (PS3.4 section C.2.2.2.5.3). */
  readonly isCombined: boolean;
}

/** Constants of an answer, and what says how keys are written: there is nothing to match them with. */
const NOT_MATCHED: ReadonlySet<TagNumber> = new Set([
  Tag.QueryRetrieveLevel,
  Tag.SpecificCharacterSet,
  Tag.QueryRetrieveView,
  Tag.TimezoneOffsetFromUTC,
]);

/** Answers have them, whatever the index holds. */
export const CONSTANT_KEYWORDS: ReadonlySet<string> = new Set([
  'RetrieveAETitle',
  'InstanceAvailability',
]);

const PAIRS: Readonly<Record<string, string>> = {
  StudyDate: 'StudyTime',
  SeriesDate: 'SeriesTime',
  PerformedProcedureStepStartDate: 'PerformedProcedureStepStartTime',
  InstanceCreationDate: 'InstanceCreationTime',
  ContentDate: 'ContentTime',
  AcquisitionDate: 'AcquisitionTime',
};

export const isProblem = (result: object): result is IdentifierProblem => 'offending' in result;

/** The level of a query or retrieve, where its unique keys are as they must be (PS3.4 sections C.4.1.2.1 and C.4.2.2.1). */
export function levelOf(
  dataset: Dataset,
  model: QueryModel,
  isRelational: boolean,
): EntityLevel | IdentifierProblem {
  const offending = Tag.QueryRetrieveLevel;
  const text = dataset.string(offending) ?? '';
  const level = model.levels.find((candidate) => candidate === text);
  if (!level) {
    const what = text === '' ? 'is missing' : 'is none of this information model';
    return { offending, comment: `Query/Retrieve Level ${what}` };
  }
  for (const above of isRelational ? [] : model.levels.slice(0, model.levels.indexOf(level))) {
    const keyword = UNIQUE_KEYWORD[above];
    const values = dataset.strings(Tag[keyword]);
    if (values.length === 1 && !/[*?]/.test(values[0] ?? '')) continue;
    return { offending: Tag[keyword], comment: `${level} level needs one ${keyword}` };
  }
  return level;
}

/** Reads the identifier of a C-FIND. */
export function findIdentifier(
  dataset: Dataset,
  model: QueryModel,
  known: QueryableKeys,
  { isRelational, isCombined }: Negotiated,
): FindIdentifier | IdentifierProblem {
  const level = levelOf(dataset, model, isRelational);
  if (typeof level !== 'string') return level;
  const read = readKeys(dataset, (keyword) => known.levels[level].has(keyword), known.items);
  if (isProblem(read)) return read;
  const { keys, ...rest } = read;
  const { characterSet } = dataset;
  return { level, keys: isCombined ? combined(keys) : keys, ...rest, characterSet };
}

interface ReadKeys {
  readonly keys: MatchKey[];
  readonly asked: AskedKey[];
  readonly hasUnsupported: boolean;
}

function readKeys(
  dataset: Dataset,
  isKnown: (keyword: string) => boolean,
  items: QueryableKeys['items'],
): ReadKeys | IdentifierProblem {
  const keys: MatchKey[] = [];
  const asked: AskedKey[] = [];
  let hasUnsupported = false;
  for (const { tag, vr: givenVr } of dataset.elements) {
    if (isGroupLength(tag) || NOT_MATCHED.has(tag)) continue;
    const entry = dictionaryEntry(tag);
    const keyword = entry?.keyword ?? '';
    if (!entry || !(isKnown(keyword) || CONSTANT_KEYWORDS.has(keyword))) {
      hasUnsupported = true;
      continue;
    }
    const { vr } = entry;
    if (vr === 'SQ') {
      const ofItem = itemKeys(dataset, tag, keyword, items);
      if (isProblem(ofItem)) return ofItem;
      hasUnsupported ||= ofItem.hasUnsupported;
      asked.push({ tag, keyword, vr, items: ofItem.asked });
      if (ofItem.keys.length > 0) {
        keys.push({ keyword, matching: { kind: 'item', keys: ofItem.keys } });
      }
      continue;
    }
    asked.push({ tag, keyword, vr, items: [] });
    if (CONSTANT_KEYWORDS.has(keyword)) continue;
    const values = isText(givenVr) ? dataset.strings(tag) : dataset.numbers(tag).map(String);
    const matching = matchingOf(vr, values);
    if (matching === 'invalid') {
      return { offending: tag, comment: `${keyword} can not be matched with such a value` };
    }
    if (matching) keys.push({ keyword, matching });
  }
  return { keys, asked, hasUnsupported };
}

/** A key has one item (PS3.4 section C.2.2.2.6); one without attributes asks for all there is. */
function itemKeys(
  dataset: Dataset,
  tag: TagNumber,
  keyword: string,
  items: QueryableKeys['items'],
): ReadKeys | IdentifierProblem {
  const known = items[keyword] ?? [];
  const [item] = dataset.items(tag);
  if (item && item.elements.length > 0) return readKeys(item, (name) => known.includes(name), {});
  const asked = known.map((name): AskedKey => {
    // A cast: keywords of the index are the standard's.
    const of = Tag[name as keyof typeof Tag];
    return { tag: of, keyword: name, vr: dictionaryEntry(of)?.vr ?? 'UN', items: [] };
  });
  return { keys: [], asked, hasUnsupported: false };
}

function combined(keys: readonly MatchKey[]): MatchKey[] {
  const joined = new Map(keys.map((key) => [key.keyword, key]));
  for (const [keyword, time] of Object.entries(PAIRS)) {
    const dates = joined.get(keyword)?.matching;
    const times = joined.get(time)?.matching;
    const matching = dates && times && combinedRange(dates, times);
    if (!matching) continue;
    joined.set(keyword, { keyword, time, matching });
    joined.delete(time);
  }
  return [...joined.values()];
}
