import { attributeType } from '../../../shared/dicom/attribute-types.ts';
import { isKnownCharacterSet } from '../../../shared/dicom/character-set.ts';
import type { Dataset, Element } from '../../../shared/dicom/dataset.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { formatTag, type TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isText, type Vr } from '../../../shared/dicom/vr.ts';
import { decide, type Action, type Decision } from './action.ts';
import type { IdentityTokens } from './identity-tokens.ts';
import { isReadable, textAs } from './value-text.ts';
import { isWellFormed, isWellFormedBinary } from './well-formed.ts';

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

/** A data set that is to be planned, and the sequences that it stands in, outermost first. */
interface Place {
  readonly dataset: Dataset;
  readonly path: readonly TagNumber[];
}

/** Goes through a data set without changing anything. */
export function planDataset(dataset: Dataset, tokens: IdentityTokens): Plan {
  const decisions = new Map<Element, Decision>();
  const uids = new Set<string>();
  const sopClassUid = dataset.string(Tag.SOPClassUID) ?? '';
  const waiting: Place[] = [{ dataset, path: [] }];
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    const { dataset: current, path } = place;
    for (const element of current.elements) {
      // Of duplicates the first counts; nobody has looked at the others.
      const isFirst = current.get(element.tag) === element;
      const decision = isFirst ? decideInContext(element, place, sopClassUid, tokens) : DUPLICATE;
      decisions.set(element, decision);
      if (decision.action === 'enter') {
        const inner = [...path, element.tag];
        for (const item of element.items ?? [])
          waiting.push({ dataset: item.dataset, path: inner });
      } else if (decision.action === 'map-uids') {
        for (const uid of uidsOf(element, current)) uids.add(uid);
      }
    }
  }
  return { decisions, uids };
}

/** The values of an element with UIDs, whatever VR it was encoded with; padding between them is none of theirs. */
export const uidsOf = (element: Element, dataset: Dataset): string[] =>
  textAs('UI', element, dataset)
    .split('\\')
    .map((uid) => uid.replace(/[\0 ]+$/, '').trim());

const FILLED: ReadonlySet<Action> = new Set(['dummy', 'empty', 'map-uids']);

/** Pixel data in its forms (PS3.3 C.7.6.3 and C.7.6.24): at the top it is passed on, not looked into. */
export const PIXEL_DATA: ReadonlySet<number> = new Set([
  Tag.PixelData,
  Tag.FloatPixelData,
  Tag.DoubleFloatPixelData,
]);

const DUPLICATE: Decision = { action: 'remove', reason: 'Stands there twice' };

const KEPT: Decision = { action: 'keep', reason: '' };

function decideInContext(
  element: Element,
  { dataset, path }: Place,
  sopClassUid: string,
  tokens: IdentityTokens,
): Decision {
  const isTop = path.length === 0;
  if (REWRITTEN.has(element.tag)) return { action: 'remove', reason: 'Written anew' };
  if (PIXEL_DATA.has(element.tag)) {
    if (isTop) return element.items ? { action: 'remove', reason: 'No pixel data' } : KEPT;
    return { action: 'remove', reason: 'A picture within the data set' };
  }
  const decision = decide(element, attributeType(sopClassUid, [...path, element.tag]));
  if (decision.action === 'enter' && !element.items) {
    return { action: 'empty', reason: 'A sequence that is not encoded as one' };
  }
  // What is empty tells nothing; a dummy would only look like a value that was removed.
  if (element.length === 0 && FILLED.has(decision.action)) return KEPT;
  if (decision.action !== 'keep' || element.length === 0) return decision;
  if (element.fragments)
    return { action: 'remove', reason: 'Encoded as fragments, which it is not' };
  const reason = reasonToEmpty(element, dataset);
  if (reason !== undefined) return { action: 'empty', reason };
  const vr = vrOf(element);
  if (isText(vr) && tokens.foundInValue(vr, textAs(vr, element, dataset))) {
    return { action: 'dummy', reason: `${formatTag(element.tag)} repeats a name or an ID` };
  }
  return decision;
}

/** Why a value that the profile keeps can't stay: it isn't what its VR says, or nobody can tell. */
function reasonToEmpty(element: Element, dataset: Dataset): string | undefined {
  const { tag, length, bytes } = element;
  const vr = vrOf(element);
  if (!isText(vr)) {
    const vm = dictionaryEntry(tag)?.vm ?? '1';
    const isBinary = isWellFormedBinary(vr, element.vr, vm, length);
    if (isOffsetTable(tag) && bytes && !areOffsets(bytes)) return 'No table of offsets';
    const isNumber = isNumberText(element.vr) && bytes && isWellFormed(element.vr, bytes);
    return isBinary || isNumber ? undefined : `Not a valid ${vr}: it may hold anything`;
  }
  if (!bytes) return `A text of ${length} bytes, too long to be looked through`;
  if (!isWellFormed(vr, bytes)) return `Not a valid ${vr}: it may hold anything`;
  if (tag === Tag.SpecificCharacterSet && !dataset.characterSet.every(isKnownCharacterSet)) {
    return 'An unknown character set';
  }
  if (!isReadable(vr, bytes, dataset)) return 'A text in an unknown character set';
  return undefined;
}

const isNumberText = (vr: Vr): boolean => vr === 'DS' || vr === 'IS';

const isOffsetTable = (tag: number): boolean =>
  tag === Tag.ExtendedOffsetTable || tag === Tag.ExtendedOffsetTableLengths;

/** 64-bit offsets in files of less than 2^48 bytes: no text has two zeros in every eight bytes. */
const areOffsets = (bytes: Uint8Array): boolean =>
  bytes.length % 8 === 0 && bytes.every((byte, i) => i % 8 < 6 || byte === 0);
