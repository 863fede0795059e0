import { hangingsOf, isMirroredAt, mostLike, parseHangingFile, ruleOf } from './library/hanging.ts';
import type { HangingActions } from './ui/actions.ts';

const KEY = 'gantry-hanging-rules';

/** What an older version has kept may be no rules any more: there are none then. */
function load(): ReturnType<HangingActions['own']> {
  const kept = localStorage.getItem(KEY);
  if (kept === null) return [];
  try {
    return parseHangingFile(kept).rules;
  } catch {
    return [];
  }
}

/** Rules of this browser, and those built in. */
export const hangingActions: HangingActions = {
  own: load,
  read: parseHangingFile,
  keep: (rules) => localStorage.setItem(KEY, JSON.stringify({ name: 'Gantry', rules })),
  fitting: (study) => hangingsOf(study, load()),
  ruleOf,
  mostLike,
  standing: (set, side) => ({ isMirrored: isMirroredAt(set, side), side }),
};
