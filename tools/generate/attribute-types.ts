import { z } from 'zod';
import type { Load, Write } from './table-files.ts';

/** [tag or "include", type or table of a macro, depth] */
const entrySchema = z.tuple([z.string(), z.union([z.string(), z.number()]).nullable(), z.number()]);

const tableSchema = z.record(
  z.string(),
  z.object({ name: z.string(), entries: z.array(entrySchema) }),
);

const typesSchema = z.object({
  modules: tableSchema,
  macros: tableSchema,
  /** For each IOD: [information entity, module, section, usage]. */
  iods: z.record(
    z.string(),
    z.array(z.tuple([z.string().nullable(), z.string(), z.string(), z.string().nullable()])),
  ),
});

const IOD_TYPES = new Set(['1', '1C', '2', '2C', '3']);

/** Names of one module differ between editions and tables in brackets, hyphens and the words behind them. */
const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/\([^)]*\)/g, '')
    .replace(/( module| macro)? attributes?$| module$/, '')
    .replaceAll(/[^a-z0-9]/g, '');

/** Modules that are newer than the table, and ask for nothing that an older module leaves open. */
const HARMLESS = new Set([
  'general-acquisition',
  'enhanced-patient-orientation',
  'common-instance-reference',
  'general-reference',
  'specimen',
  'multi-energy-ct-image',
  'frame-extraction',
  'timezone',
]);

/** Functional groups have a module for each object now, and had one for all. */
const plainKey = (key: string): string =>
  plainName(key.endsWith('-multi-frame-functional-groups') ? 'Multi Frame Functional Groups' : key);

/** "00100010:2", deeper ones behind ">", macros as "@TABLE". */
function entryTokens(entries: readonly z.infer<typeof entrySchema>[]): string {
  return entries
    .flatMap(([tag, type, depth]) => {
      const indent = '>'.repeat(depth);
      if (tag === 'include') return [`${indent}@${String(type)}`];
      return typeof type === 'string' && IOD_TYPES.has(type) ? [`${indent}${tag}:${type}`] : [];
    })
    .join(' ');
}

/**
 * Attribute types: which modules an object has comes from the newer tables, what is in a module from the older one.
 * An object with a module that the older one lacks is left out: that module may ask for more than the others do.
 */
export function writeAttributeTypes(load: Load, write: Write): void {
  const { modules, macros, iods } = load('ps3_3_types.2008.json', typesSchema);
  const modulesOf = load(
    'iod_module_map.json',
    z.record(z.string(), z.array(z.object({ key: z.string() }))),
  );
  const iodOf = load('sop_class_iod_map.json', z.record(z.string(), z.string()));
  const sections = new Map<string, string>();
  for (const [section, { name }] of Object.entries(modules)) sections.set(plainName(name), section);
  for (const rows of Object.values(iods)) {
    for (const [, name, section] of rows) {
      const plain = plainName(name);
      if (modules[section] && !sections.has(plain)) sections.set(plain, section);
    }
  }
  const used = new Set<string>();
  const objects = Object.entries(iodOf).flatMap(([uid, iod]) => {
    const keys = (modulesOf[iod] ?? []).map(({ key }) => key).filter((key) => !HARMLESS.has(key));
    const known = keys.map((key) => sections.get(plainKey(key)));
    if (known.length === 0 || known.includes(undefined)) return [];
    for (const section of known) if (section !== undefined) used.add(section);
    return [`${uid}|${known.join(',')}`];
  });
  const lines = (tables: z.infer<typeof tableSchema>, keys: Iterable<string>) =>
    [...keys].map((key) => `${key}|${entryTokens(tables[key]?.entries ?? [])}`).join('\n');
  write(
    'shared/dicom/attribute-types.generated.ts',
    [
      '',
      '/** PS3.3 (2008) modules: section|entries. "00100010:2" is a tag with its type, ">" one level down, "@" a macro. */',
      `export const MODULES = \`${lines(modules, used)}\`;`,
      '',
      '/** PS3.3 (2008) macros: table|entries. */',
      `export const MACROS = \`${lines(macros, Object.keys(macros))}\`;`,
      '',
      '/** PS3.3 (2026b) objects: SOP Class UID|sections of their modules. */',
      `export const OBJECTS = \`${objects.join('\n')}\`;`,
      '',
    ].join('\n'),
  );
}
