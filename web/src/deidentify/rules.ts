import { isPrivate, type TagNumber } from '../../../shared/dicom/tag.ts';
import { PROFILE_TABLE } from './profile-table.generated.ts';

/** What table E.1-1 prescribes, by the letters of PS3.15 section E.1.1: a single action or a choice by type. */
export type TableAction = 'X' | 'Z' | 'D' | 'U' | 'X/Z' | 'X/D' | 'Z/D' | 'X/Z/D' | 'X/Z/U*';

/** A row of PS3.15 table E.1-1. */
export interface Rule {
  /** The row's name in the table, which is what a report cites. */
  readonly name: string;
  readonly action: TableAction;
  /** Actions of the options, by the option's name. */
  readonly options: ReadonlyMap<string, string>;
}

interface Rules {
  readonly byTag: ReadonlyMap<TagNumber, Rule>;
  readonly privateAttributes: Rule;
  readonly curveData: Rule;
  readonly overlays: ReadonlyMap<number, Rule>;
}

/** Rows of the table, edition 2026d; another number means that the generated file is not whole. */
const ROW_COUNT = 657;

const TABLE_ACTIONS: ReadonlySet<string> = new Set<TableAction>([
  'X', 'Z', 'D', 'U', 'X/Z', 'X/D', 'Z/D', 'X/Z/D', 'X/Z/U*',
]); // prettier-ignore

function isTableAction(text: string): text is TableAction {
  return TABLE_ACTIONS.has(text);
}

function load(): Rules {
  const byTag = new Map<TagNumber, Rule>();
  const overlays = new Map<number, Rule>();
  const special = new Map<string, Rule>();
  const lines = PROFILE_TABLE.split('\n');
  if (lines.length !== ROW_COUNT) throw new Error(`Table E.1-1 has ${lines.length} rows.`);
  for (const line of lines) {
    const [tag = '', action = '', options = '', name = ''] = line.split('|');
    if (!isTableAction(action)) throw new Error(`Table E.1-1 has an unknown action: ${action}`);
    const pairs = options === '' ? [] : options.split(',').map((pair) => pair.split('='));
    const rule = {
      name,
      action,
      options: new Map(pairs.map(([option = '', letter = '']) => [option, letter])),
    };
    if (/^[0-9A-F]{8}$/.test(tag)) byTag.set(parseInt(tag, 16), rule);
    else if (tag.startsWith('60xx')) overlays.set(parseInt(tag.slice(4), 16), rule);
    else special.set(tag, rule);
  }
  return {
    byTag,
    overlays,
    privateAttributes: required(special, 'private'),
    curveData: required(special, '50xxxxxx'),
  };
}

function required(rules: ReadonlyMap<string, Rule>, key: string): Rule {
  const rule = rules.get(key);
  if (!rule) throw new Error(`Table E.1-1 lacks the row ${key}.`);
  return rule;
}

const RULES = load();

/** The row of table E.1-1 that a tag falls under; undefined where the table doesn't name it. */
export function ruleFor(tag: TagNumber): Rule | undefined {
  if (isPrivate(tag)) return RULES.privateAttributes;
  const rule = RULES.byTag.get(tag);
  if (rule) return rule;
  const group = tag >>> 24;
  if (group === 0x50) return RULES.curveData;
  if (group === 0x60) return RULES.overlays.get(tag & 0xffff);
  return undefined;
}
