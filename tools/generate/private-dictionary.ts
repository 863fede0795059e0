import { z } from 'zod';
import type { Load, Write } from './table-files.ts';

/** Private elements that PS3.15 table E.3.10-1 names: group, element within the block, creator, VR, VM, meaning. */
export function writePrivateDictionary(load: Load, write: Write): void {
  const { rows } = load(
    'e3_10_1.2026d.json',
    z.object({
      rows: z.array(
        z.object({
          tag: z.string(),
          private_creator: z.string(),
          vr: z.string(),
          vm: z.string(),
          meaning: z.string(),
        }),
      ),
    }),
  );
  const lines = rows.map(({ tag, private_creator: creator, vr, vm, meaning }) => {
    const [, group, element] = /^\(([0-9A-F]{4}),xx([0-9A-F]{2})\)$/i.exec(tag) ?? [];
    if (group === undefined || element === undefined) throw new Error(`${tag} is no private tag`);
    return [group + element, creator, vr, vm, meaning.replaceAll(/\s+/g, ' ').trim()].join('|');
  });
  write(
    'shared/dicom/private-dictionary.generated.ts',
    `\n/** PS3.15 table E.3.10-1 (2026d), safe private attributes: group and element|creator|VR|VM|meaning, a line each. */\nexport const SAFE_PRIVATE_ATTRIBUTES = ${JSON.stringify(lines.join('\n'))};\n`,
  );
}
