import type { ByteSource } from '../../../shared/dicom/byte-source.ts';
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import {
  materialise,
  spliceDataset,
  type Decide,
  type NewElement,
} from '../../../shared/dicom/splice.ts';
import type { TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian, transferSyntaxOf } from '../../../shared/dicom/uids.ts';
import type { CodecName, Codecs } from '../../../shared/pixels/codecs/codecs.ts';
import type { Box } from '../../../shared/pixels/box.ts';
import { PixelError } from '../../../shared/pixels/pixel-error.ts';
import { CodestreamError } from './beside.ts';
import { isMeasured } from './burned-in-rules.ts';
import { checkOutput } from './check.ts';
import { uncleanableContent, withReleasedContent, type Content } from './content.ts';
import { editsOf } from './edits.ts';
import { givenValues } from './given-values.ts';
import { IdentityTokens } from './identity-tokens.ts';
import {
  inMemory,
  MAX_CHECKED_RANGE,
  splitAtPixelData,
  withoutAdded,
  withoutLargeValues,
} from './instance-parts.ts';
import {
  blankedBoxes,
  lookOf,
  mayShowFace,
  needsLook,
  reasonToLook,
  type Look,
  type NeedsLook,
} from './look.ts';
import { newElements } from './method-elements.ts';
import { splicePixelData, type OutputPiece, type SplicedPixels } from './pixel-pieces.ts';
import { PIXEL_DATA, planDataset, type Plan } from './plan.ts';
import { DEFAULT_PREFIX, optionVerdict, type Profile } from './profile.ts';
import type { PatientIdentity, Pseudonyms } from './pseudonym.ts';
import { ruleFor } from './rules.ts';
import { searchText, SURE_LETTERS } from './search-text.ts';
import { TextCleaner, type DatesInText } from './text-cleaner.ts';
import { reasonToWithhold } from './withhold.ts';

/** A de-identified instance. Its pieces refer to ranges of `source`, the inflated one for a deflated file. */
export interface DeidentifiedInstance {
  readonly kind: 'deidentified';
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** What the patient is called now. */
  readonly subject: string;
  readonly studyInstanceUid: string;
  /** The data set, without file meta information; what is new and large may lie on the disk. */
  readonly pieces: readonly OutputPiece[];
  readonly source: ByteSource;
  readonly plan: Plan;
  /** Cells of its pixels in which bits were cleared that hold no sample. */
  readonly clearedCells: number;
  /** Its pictures were searched for text, and none was found. */
  readonly isSearched: boolean;
  /** It holds what can't be cleaned and leaves as it is, because a person has looked at it. */
  readonly isReleased: boolean;
  /** A slice of a head: with the others of its series a face can be made of it. */
  readonly mayShowFace: boolean;
}

export interface WithheldInstance {
  readonly kind: 'withheld';
  /** In words for a person; names tags, never values. */
  readonly reason: string;
  /** It leaves once a person has looked at its pictures. */
  readonly needsLook?: NeedsLook;
  /** It leaves, as it is, once a person has looked at it and released it. */
  readonly content?: Content['kind'];
}

/** How an instance is de-identified. */
export interface Job {
  readonly profile: Profile;
  readonly pseudonyms: Pseudonyms;
  readonly look: Look;
  /** For pictures in which something is blanked or searched for. */
  readonly codecs: Codecs<CodecName>;
}

/**
 * De-identifies an instance under a profile: the Basic Application Level Confidentiality Profile with its options
 * (PS3.15 annex E, edition 2026d), or one's own. Only what the profile changes is written anew; what comes out has been
 * read again by another reader. Rejects only when the source can't be read.
 */
export async function deidentify(
  instance: ParsedInstance,
  job: Job,
): Promise<DeidentifiedInstance | WithheldInstance> {
  const { pseudonyms } = job;
  const reason = reasonToWithhold(instance);
  if (reason !== undefined) return { kind: 'withheld', reason };
  const { dataset, source } = instance;
  const content = uncleanableContent(instance, job.profile);
  const isReleased = content !== undefined && job.look.content === 'released';
  if (content && !isReleased) return withheldFor(content, job.look);
  const released = content?.kind;
  const profile = content ? withReleasedContent(job.profile, content) : job.profile;
  const look = lookOf(dataset, job.look, profile);
  const unseen = reasonToLook(dataset, look, profile, released === 'video');
  const withText =
    unseen ?? (released === 'video' ? undefined : await reasonInPictures(instance, look, job));
  if (withText !== undefined) {
    return { kind: 'withheld', reason: withText, needsLook: needsLook(dataset, look, profile) };
  }
  const given = givenValues(dataset, profile);
  if (given.problem !== undefined) return { kind: 'withheld', reason: given.problem };
  const boxes = blankedBoxes(look);
  const patient = patientOf(dataset);
  const pseudonym = await nameOf(patient, job);
  if (pseudonym === undefined) {
    return { kind: 'withheld', reason: 'Its Patient ID is not in the list of subjects.' };
  }
  const { subject } = profile;
  const prefix = subject.kind === 'keyed' ? subject.prefix : DEFAULT_PREFIX;
  // Of one subject all dates move by one number of days, whatever IDs it had.
  const isMerged = subject.kind === 'listed' && subject.merged?.has(pseudonym) === true;
  const moved = isMerged ? { ...patient, id: pseudonym, issuer: '' } : patient;
  const shiftDays = await pseudonyms.shiftDays(moved, prefix);
  // Dates that have been moved are no secret any more.
  const tokens = new IdentityTokens(dataset, (tag) => isRetained(tag, profile, shiftDays === 0));
  const dates = datesInText(profile, shiftDays);
  const cleaner = new TextCleaner(tokens.words, dates, goneDays(dataset, profile, dates));
  const plan = planDataset(dataset, { profile, tokens, cleaner, shiftDays });
  const mapped = await pseudonyms.uidsOf(plan.uids);
  const decideEdit = editsOf(plan, mapped, pseudonym);

  const { head, pixels, tail } = splitAtPixelData(dataset);
  const splicedPixels = await pixelsOf(pixels, decideEdit, instance, boxes, job);
  if ('reason' in splicedPixels) return splicedPixels;
  const added = oneOfEach([
    ...given.added,
    ...newElements(dataset, pseudonym, { profile, look, released }),
    ...splicedPixels.description,
  ]);
  const headPieces = await materialise(
    spliceDataset(head, decideEdit, added),
    source,
    MAX_CHECKED_RANGE,
  );
  const tailPieces = await materialise(
    spliceDataset(tail, withoutAdded(decideEdit)),
    source,
    MAX_CHECKED_RANGE,
  );
  const named = transferSyntaxOf(splicedPixels.transferSyntaxUid);
  const syntax = named.deflated ? ExplicitVrLittleEndian : named;
  const sopClassUid = dataset.string(Tag.SOPClassUID) ?? '';
  const newUid = (tag: TagNumber): string => {
    const original = dataset.string(tag) ?? '';
    return mapped.get(original) ?? original;
  };
  const sopInstanceUid = newUid(Tag.SOPInstanceUID);
  const problem = checkOutput({
    head: inMemory(headPieces) ?? (await withoutLargeValues(head, decideEdit, added, source)),
    tail: inMemory(tailPieces),
    encoding: dataset,
    pseudonym,
    mappedUids: new Set(mapped.values()),
    originalUids: new Set([...plan.uids].filter((uid) => uid !== '' && mapped.get(uid) !== uid)),
    tokens,
    profile,
    cleaner: new TextCleaner(tokens.words, dates === 'remove' ? 'remove' : 'keep'),
    given: plannedValues(plan),
  });
  if (problem !== undefined) return { kind: 'withheld', reason: problem };
  return {
    kind: 'deidentified',
    sopClassUid,
    sopInstanceUid,
    transferSyntaxUid: syntax.uid,
    subject: pseudonym,
    studyInstanceUid: newUid(Tag.StudyInstanceUID),
    pieces: [...headPieces, ...splicedPixels.pieces, ...tailPieces],
    source,
    plan,
    clearedCells: splicedPixels.clearedCells,
    isSearched: released !== 'video' && mustSearch(dataset, look, profile),
    isReleased,
    mayShowFace: !look.face && mayShowFace(dataset),
  };
}

function withheldFor({ kind, reason }: Content, look: Look): WithheldInstance {
  const refused = 'Who looked at its content has not released it.';
  return {
    kind: 'withheld',
    reason: look.content === 'withheld' ? refused : reason,
    content: kind,
  };
}

/** What Gantry says of an instance stands above what a profile gives. */
const oneOfEach = (elements: readonly NewElement[]): readonly NewElement[] => [
  ...new Map(elements.map((element) => [element.tag, element])).values(),
];

/** Whether nobody and no rule says that there is no text, and somebody wants to know. */
const mustSearch = (dataset: Dataset, look: Look, { isStrict }: Profile): boolean =>
  isStrict &&
  look.kind === 'unseen' &&
  PIXEL_ELEMENTS.some((tag) => dataset.has(tag)) &&
  !isMeasured(dataset);

const PIXEL_ELEMENTS = [...PIXEL_DATA];

/** What a search for text finds in pictures that arouse no suspicion otherwise. */
async function reasonInPictures(
  instance: ParsedInstance,
  look: Look,
  { profile, codecs }: Job,
): Promise<string | undefined> {
  if (!mustSearch(instance.dataset, look, profile)) return undefined;
  try {
    const lines = await searchText(instance, codecs);
    const isSure = lines.some(({ letters }) => letters >= SURE_LETTERS);
    return isSure ? 'Nobody has looked at its picture yet. It seems to hold text.' : undefined;
  } catch (error) {
    if (!(error instanceof PixelError)) throw error;
    return `Its picture can not be searched for text: ${error.message}`;
  }
}

/** The pixel data as it leaves, or why it can't. */
async function pixelsOf(
  pixels: Dataset,
  decideEdit: Decide,
  instance: ParsedInstance,
  boxes: readonly Box[],
  { codecs, profile }: Job,
): Promise<SplicedPixels | WithheldInstance> {
  try {
    const clearsUnused = profile.options.has('clean-pixel-data');
    return await splicePixelData(pixels, decideEdit, instance, { boxes, codecs, clearsUnused });
  } catch (error) {
    const words =
      error instanceof CodestreamError
        ? 'What stands beside its samples can not be told'
        : error instanceof PixelError
          ? 'Its pixels can not be written anew'
          : undefined;
    if (words === undefined || !(error instanceof Error)) throw error;
    return { kind: 'withheld', reason: `${words}: ${error.message}` };
  }
}

const patientOf = (dataset: Dataset): PatientIdentity => ({
  id: dataset.text(Tag.PatientID)?.trim() ?? '',
  issuer: dataset.text(Tag.IssuerOfPatientID)?.trim() ?? '',
  name: dataset.text(Tag.PatientName)?.trim() ?? '',
  studyInstanceUid: dataset.text(Tag.StudyInstanceUID) ?? '',
});

/** What a subject is called; undefined for one who isn't listed. */
async function nameOf(
  patient: PatientIdentity,
  { profile: { subject }, pseudonyms }: Job,
): Promise<string | undefined> {
  if (subject.kind === 'listed') return subject.subjects.get(await pseudonyms.listedAs(patient.id));
  return pseudonyms.patient(patient, subject.prefix);
}

/** Whether a profile lets an attribute stay as it is. */
function isRetained(tag: TagNumber, profile: Profile, wereMoved: boolean): boolean {
  const own = profile.rules.get(tag);
  if (own) return own.kind === 'keep';
  const rule = ruleFor(tag);
  const verdict = rule && optionVerdict(rule, profile);
  if (verdict?.option === 'retain-longitudinal-modified-dates') return wereMoved;
  return verdict?.letter === 'K';
}

/** Days of the header that go where others move. */
function goneDays(dataset: Dataset, profile: Profile, dates: DatesInText): readonly string[] {
  if (typeof dates !== 'number') return [];
  return new IdentityTokens(dataset, (tag) => isRetained(tag, profile, true)).words.dates;
}

function datesInText({ options }: Profile, shiftDays: number): DatesInText {
  if (options.has('retain-longitudinal-full-dates')) return 'keep';
  return options.has('retain-longitudinal-modified-dates') ? shiftDays : 'remove';
}

/** The values that a plan writes, which the check must find nowhere else than there. */
function plannedValues({ decisions }: Plan): ReadonlySet<string> {
  const given = new Set<string>();
  for (const { value } of decisions.values()) if (value !== undefined) given.add(value.trim());
  return given;
}
