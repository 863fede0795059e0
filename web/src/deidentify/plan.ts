import { attributeType } from '../../../shared/dicom/attribute-types.ts';
import { trimPadding } from '../../../shared/dicom/ascii.ts';
import { isKnownCharacterSet } from '../../../shared/dicom/character-set.ts';
import type { Dataset, Element } from '../../../shared/dicom/dataset.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { formatTag, isPrivate, type TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isText, type Vr } from '../../../shared/dicom/vr.ts';
import { decide, type Action, type Decision } from './action.ts';
import { describedLength } from './described-length.ts';
import { shiftValue } from './date-shift.ts';
import { cleanIccProfile } from './icc-profile.ts';
import type { IdentityTokens } from './identity-tokens.ts';
import { optionEntry } from './options.ts';
import { staysByRule, type Profile } from './profile.ts';
import { isNeededCreator, safePrivateEntry, safePrivateVr } from './safe-private.ts';
import { ruleFor } from './rules.ts';
import { strictFinding } from './strict-text.ts';
import type { TextCleaner } from './text-cleaner.ts';
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

/** What a plan depends on, beside the data set. */
export interface PlanContext {
  readonly profile: Profile;
  readonly tokens: IdentityTokens;
  readonly cleaner: TextCleaner;
  /** By how many days the patient's dates are moved. */
  readonly shiftDays: number;
}

/** Goes through a data set without changing anything. */
export function planDataset(dataset: Dataset, context: PlanContext): Plan {
  const decisions = new Map<Element, Decision>();
  const uids = new Set<string>();
  const sopClassUid = dataset.string(Tag.SOPClassUID) ?? '';
  const waiting: Place[] = [{ dataset, path: [] }];
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    const { dataset: current, path } = place;
    let highest = -1;
    for (const element of current.elements) {
      // Of duplicates the first counts; nobody has looked at the others. What is in order needs no index.
      const isFirst = element.tag > highest || current.get(element.tag) === element;
      highest = Math.max(highest, element.tag);
      const decision = isFirst ? decideInContext(element, place, sopClassUid, context) : DUPLICATE;
      if (decision.action === 'map-uids') {
        const values = uidsOf(element, current);
        decisions.set(element, { ...decision, uids: values });
        for (const uid of values) uids.add(uid);
        continue;
      }
      decisions.set(element, decision);
      if (decision.action === 'enter') {
        const inner = [...path, element.tag];
        for (const item of element.items ?? [])
          waiting.push({ dataset: item.dataset, path: inner });
      }
    }
  }
  return { decisions, uids };
}

/** The values of an element with UIDs, whatever VR it was encoded with; padding between them is none of theirs. */
const uidsOf = (element: Element, dataset: Dataset): string[] =>
  textAs('UI', element, dataset)
    .split('\\')
    .map((uid) => trimPadding(uid).trim());

const FILLED: ReadonlySet<Action> = new Set(['dummy', 'empty', 'map-uids', 'clean', 'shift']);

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
  context: PlanContext,
): Decision {
  const { profile } = context;
  const isTop = path.length === 0;
  const isClaimed = profile.base === 'basic' || element.tag === Tag.DeidentificationMethod;
  if (REWRITTEN.has(element.tag) && isClaimed) return { action: 'remove', reason: 'Written anew' };
  if (PIXEL_DATA.has(element.tag)) {
    if (isTop) return element.items ? { action: 'remove', reason: 'No pixel data' } : KEPT;
    return { action: 'remove', reason: 'A picture within the data set' };
  }
  const privately = isPrivate(element.tag) ? ofSafePrivate(element, dataset, context) : undefined;
  const decision =
    privately ??
    ofOwnCreator(element, dataset, profile) ??
    decide(element, { profile, typeOf: () => attributeType(sopClassUid, [...path, element.tag]) });
  if (decision.action === 'enter' && !element.items) {
    return { action: 'empty', reason: 'A sequence that is not encoded as one' };
  }
  // What is empty tells nothing; a dummy would only look like a value that was removed.
  if (element.length === 0 && FILLED.has(decision.action)) return KEPT;
  if (decision.action === 'clean' || decision.action === 'shift') {
    return madeHarmless(decision, element, dataset, context);
  }
  if (privately || decision.action !== 'keep' || element.length === 0) return decision;
  if (element.fragments)
    return { action: 'remove', reason: 'Encoded as fragments, which it is not' };
  if (element.tag === Tag.ICCProfile) return ofIccProfile(element);
  const age = decision.isOwn ? undefined : isGreatAge(element, dataset);
  if (age !== undefined) return age;
  const cut = decision.isOwn ? undefined : ofSamples(element, dataset);
  if (cut) return cut;
  const reason = decision.isOwn ? undefined : reasonToEmpty(element, dataset);
  if (reason !== undefined) return { action: 'empty', reason };
  const vr = vrOf(element);
  if (decision.isOwn || !isText(vr)) return decision;
  return ofKeptText(decision, element, textAs(vr, element, dataset), context);
}

/** A text that the profile keeps, unless it names somebody; of several codes each is looked at. */
function ofKeptText(
  decision: Decision,
  element: Element,
  text: string,
  { profile, tokens }: PlanContext,
): Decision {
  const { tag } = element;
  const vr = vrOf(element);
  const findingIn = (value: string): string | undefined => {
    if (tokens.foundInValue(tag, vr, value)) return 'repeats a name or an ID';
    return profile.isStrict && !ruleFor(tag) ? strictFinding(tag, vr, value) : undefined;
  };
  const finding = findingIn(text);
  if (finding === undefined) return decision;
  const reason = `${formatTag(tag)} ${finding}`;
  if (vr === 'UI') return { action: 'map-uids', reason };
  if (vr !== 'CS') return { action: 'dummy', reason };
  const values = text
    .split('\\')
    .map((value) => (findingIn(value) === undefined ? value.trim() : 'REMOVED'));
  return { action: 'value', value: values.join('\\'), reason };
}

/** Cleans a text or moves a date; where that can't be done, what the profile does without the option. */
function madeHarmless(
  decision: Decision,
  element: Element,
  dataset: Dataset,
  { cleaner, tokens, shiftDays }: PlanContext,
): Decision {
  const vr = vrOf(element);
  const { otherwise = 'empty', reason } = decision;
  const instead = { action: otherwise, reason: `${reason}: not possible here` };
  if (!element.bytes || reasonToEmpty(element, dataset) !== undefined) return instead;
  const text = textAs(vr, element, dataset);
  if (decision.action === 'shift') {
    // A time of day stays: dates move by whole days.
    if (vr === 'TM') return { action: 'keep', reason };
    const moved = text.split('\\').map((part) => (part === '' ? '' : shiftValue(part, shiftDays)));
    return moved.includes(undefined)
      ? instead
      : { action: 'value', value: moved.join('\\'), reason };
  }
  const cleaned = cleaner.clean(text);
  if (tokens.foundIn(cleaned)) return instead;
  if (cleaned === text) return { action: 'keep', reason };
  return cleaned.trim() === '' ? instead : { action: 'value', value: cleaned, reason };
}

/** A creator's name and its safe elements (PS3.15 section E.3.10); undefined for all else that is private. */
function ofSafePrivate(
  element: Element,
  dataset: Dataset,
  { profile, tokens }: PlanContext,
): Decision | undefined {
  if (!profile.options.has('retain-safe-private') || element.fragments) return undefined;
  const reason = optionEntry('retain-safe-private').meaning;
  const isSafe = (other: Element) => safePrivateEntry(other, dataset) !== undefined;
  if (isNeededCreator(element, dataset, isSafe)) return { action: 'keep', reason };
  const entry = safePrivateEntry(element, dataset);
  if (!entry) return undefined;
  // The check reads with another reader, which can't know a private sequence where no VR stands.
  if (entry.vr === 'SQ') {
    return element.items && element.vr === 'SQ' && dataset.explicitVr
      ? { action: 'enter', reason }
      : undefined;
  }
  if (element.items) return undefined;
  const vr = safePrivateVr(element, entry);
  if (vr === 'UI') return { action: 'map-uids', reason };
  if (isText(vr)) {
    const { bytes } = element;
    if (!bytes || !isWellFormed(vr, bytes) || !isReadable(vr, bytes, dataset)) return undefined;
    if (tokens.foundInValue(element.tag, vr, textAs(vr, element, dataset))) return undefined;
  }
  return { action: 'keep', reason };
}

/** Who reserved the block of an element that an own rule lets stand: nobody could read that element without it. */
function ofOwnCreator(element: Element, dataset: Dataset, profile: Profile): Decision | undefined {
  if (profile.rules.size === 0 || element.vr !== 'LO' || profile.rules.has(element.tag)) return;
  const hasRule = (other: Element) => staysByRule(profile.rules.get(other.tag));
  if (!isNeededCreator(element, dataset, hasRule)) return undefined;
  return { action: 'keep', reason: `${profile.name}: the creator of what is kept` };
}

/** Colours stay, words go; what is no profile may be anything. */
function ofIccProfile({ bytes }: Element): Decision {
  const cleaned = bytes && cleanIccProfile(bytes);
  if (!cleaned) return { action: 'remove', reason: 'No ICC profile' };
  return { action: 'value', bytes: cleaned, reason: 'Words in an ICC profile' };
}

const GREATEST_AGE_YEARS = 89;
const PER_YEAR = { D: 365, W: 52, M: 12, Y: 1 } as const;

/** Samples stay; bytes behind them are none. */
function ofSamples({ tag, length, bytes }: Element, dataset: Dataset): Decision | undefined {
  const described = describedLength(tag, dataset);
  if (described === undefined || length <= described) return undefined;
  const reason = `${length - described} bytes that nothing describes`;
  // What is too long to be in memory can't be cut here.
  if (described === 0 || !bytes) return { action: 'empty', reason };
  return { action: 'value', bytes: bytes.slice(0, described), reason };
}

/** Ages over 89 are one: they are too rare not to tell who it is. */
function isGreatAge(element: Element, dataset: Dataset): Decision | undefined {
  if (vrOf(element) !== 'AS') return undefined;
  const match = /^(\d{3})([DWMY])$/.exec(textAs('AS', element, dataset).trim());
  // A cast: the expression lets no other letter through.
  const unit = match?.[2] as keyof typeof PER_YEAR | undefined;
  if (!unit || Number(match?.[1]) / PER_YEAR[unit] < GREATEST_AGE_YEARS + 1) return undefined;
  return { action: 'value', value: '090Y', reason: 'An age over 89' };
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
