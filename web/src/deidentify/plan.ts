import { textOf, type Dataset, type Element } from '../../../shared/dicom/dataset.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { formatTag } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isText, type Vr } from '../../../shared/dicom/vr.ts';
import { decide, type Action, type Decision } from './action.ts';
import type { IdentityTokens } from './identity-tokens.ts';
import { isWellFormed } from './well-formed.ts';

/** What is to be done to each element of a data set, at every depth. */
export interface Plan {
  readonly decisions: ReadonlyMap<Element, Decision>;
  /** The UIDs that must be mapped before anything is written. */
  readonly uids: ReadonlySet<string>;
}

/** These are written anew for every instance. */
const REWRITTEN: ReadonlySet<number> = new Set([
  Tag.PatientIdentityRemoved,
  Tag.DeidentificationMethod,
  Tag.DeidentificationMethodCodeSequence,
  Tag.LongitudinalTemporalInformationModified,
]);

/** The VR of the dictionary, where it has the tag: an element encoded as UN is still what its tag says. */
export const vrOf = (element: Element): Vr => dictionaryEntry(element.tag)?.vr ?? element.vr;

/** Goes through a data set without changing anything. */
export function planDataset(dataset: Dataset, tokens: IdentityTokens): Plan {
  const decisions = new Map<Element, Decision>();
  const uids = new Set<string>();
  const waiting: Dataset[] = [dataset];
  for (let current = waiting.pop(); current; current = waiting.pop()) {
    for (const element of current.elements) {
      const decision = decideInContext(element, current, tokens);
      decisions.set(element, decision);
      if (decision.action === 'enter') {
        for (const item of element.items ?? []) waiting.push(item.dataset);
      } else if (decision.action === 'map-uids') {
        for (const uid of uidsOf(element, current)) uids.add(uid);
      }
    }
  }
  return { decisions, uids };
}

/** The values of an element with UIDs, whatever VR it was encoded with. */
export const uidsOf = (element: Element, dataset: Dataset): string[] =>
  textOf(element, dataset)
    .split('\\')
    .map((uid) => uid.trim());

const FILLED: ReadonlySet<Action> = new Set(['dummy', 'empty', 'map-uids']);

function decideInContext(element: Element, dataset: Dataset, tokens: IdentityTokens): Decision {
  if (REWRITTEN.has(element.tag)) return { action: 'remove', reason: 'Written anew' };
  const decision = decide(element);
  // What is empty tells nothing; a dummy would only look like a value that was removed.
  if (element.length === 0 && FILLED.has(decision.action)) return { action: 'keep', reason: '' };
  if (decision.action !== 'keep') return decision;
  const vr = vrOf(element);
  if (!isText(vr) || element.length === 0) return decision;
  if (!element.bytes) {
    return {
      action: 'empty',
      reason: `A text of ${element.length} bytes, too long to be looked through`,
    };
  }
  if (!isWellFormed(vr, element.bytes)) {
    return { action: 'empty', reason: `Not a valid ${vr}: it may hold anything` };
  }
  if (vr !== 'CS' && tokens.foundIn(textOf(element, dataset))) {
    return { action: 'dummy', reason: `${formatTag(element.tag)} repeats a name or an ID` };
  }
  return decision;
}
