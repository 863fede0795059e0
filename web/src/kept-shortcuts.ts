import { z } from 'zod';
import type { KeptShortcuts, ShortcutActions } from './ui/shortcuts.svelte.ts';

const KEY = 'gantry-shortcuts';

const keptSchema = z.object({
  profile: z.enum(['gantry', 'weasis']),
  changes: z.record(z.string(), z.array(z.string())),
  rightButton: z.enum(['zoom', 'menu']).default('zoom'),
});

const AS_THEY_COME: KeptShortcuts = { profile: 'gantry', changes: {}, rightButton: 'zoom' };

/** What an older version has kept may be none any more: they are as they come then. */
function load(): KeptShortcuts {
  const kept = localStorage.getItem(KEY);
  if (kept === null) return AS_THEY_COME;
  try {
    return keptSchema.parse(JSON.parse(kept));
  } catch {
    return AS_THEY_COME;
  }
}

/** The keys of this browser. */
export const shortcutActions: ShortcutActions = {
  load,
  save: (kept) => localStorage.setItem(KEY, JSON.stringify(kept)),
};
