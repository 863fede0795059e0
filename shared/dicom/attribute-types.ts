import { MACROS, MODULES, OBJECTS } from './attribute-types.generated.ts';
import type { TagNumber } from './tag.ts';

/** PS3.5 section 7.4: 1 has a value, 2 may be empty, 3 may be absent; C under a condition. */
export type AttributeType = '1' | '1C' | '2' | '2C' | '3';

const STRICTEST: readonly AttributeType[] = ['1', '1C', '2', '2C', '3'];

const isType = (text: string): text is AttributeType =>
  (STRICTEST as readonly string[]).includes(text);

const tableOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').map((line) => {
      const bar = line.indexOf('|');
      return [line.slice(0, bar), line.slice(bar + 1)];
    }),
  );

interface Tables {
  readonly modules: ReadonlyMap<string, string>;
  readonly macros: ReadonlyMap<string, string>;
  readonly objects: ReadonlyMap<string, string>;
}

let tables: Tables | undefined;
const load = (): Tables =>
  (tables ??= { modules: tableOf(MODULES), macros: tableOf(MACROS), objects: tableOf(OBJECTS) });

/** A macro may name itself, as content items do; no object that is met nests as deep. */
const MAX_DEPTH = 8;

const objects = new Map<string, ReadonlyMap<string, AttributeType>>();

/**
 * The type of an attribute in the objects of a SOP class, the strictest of all modules that have it. Undefined where
 * nothing is known: take what is safe for Type 1. The modules of each object are those of PS3.3 (2026b), their
 * attributes those of the edition of 2008, so that what is newer is unknown.
 * @param path the tags of the sequences that it stands in, outermost first, then its own
 */
export function attributeType(
  sopClassUid: string,
  path: readonly TagNumber[],
): AttributeType | undefined {
  let types = objects.get(sopClassUid);
  if (!types) {
    types = typesOf(sopClassUid);
    objects.set(sopClassUid, types);
  }
  return types.get(keyOf(path));
}

const keyOf = (path: readonly TagNumber[]): string =>
  path.map((tag) => tag.toString(16).padStart(8, '0').toUpperCase()).join('.');

function typesOf(sopClassUid: string): ReadonlyMap<string, AttributeType> {
  const { modules, objects: known } = load();
  const types = new Map<string, AttributeType>();
  for (const section of known.get(sopClassUid)?.split(',') ?? []) {
    collect(modules.get(section) ?? '', [], types);
  }
  return types;
}

/** Takes in the entries of a module or macro that stands within the sequences of `outer`. */
function collect(
  entries: string,
  outer: readonly string[],
  types: Map<string, AttributeType>,
): void {
  const path = [...outer];
  for (const token of entries.split(' ')) {
    const depth = token.lastIndexOf('>') + 1;
    path.length = Math.min(path.length, outer.length + depth);
    const entry = token.slice(depth);
    if (entry.startsWith('@')) {
      if (path.length <= MAX_DEPTH) collect(load().macros.get(entry.slice(1)) ?? '', path, types);
      continue;
    }
    const [tag = '', type = ''] = entry.split(':');
    if (!isType(type)) continue;
    path.push(tag);
    const key = path.join('.');
    const before = types.get(key);
    if (!before || STRICTEST.indexOf(type) < STRICTEST.indexOf(before)) types.set(key, type);
  }
}
