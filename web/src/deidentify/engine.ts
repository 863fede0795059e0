import type { ByteSource, Piece } from '../../../shared/dicom/byte-source.ts';
import { Dataset, type Element } from '../../../shared/dicom/dataset.ts';
import {
  concatBytes,
  encodeDataset,
  encodeValue,
  itemHeader,
} from '../../../shared/dicom/encode.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import {
  materialise,
  spliceDataset,
  type Decide,
  type NewElement,
} from '../../../shared/dicom/splice.ts';
import { ITEM, type TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian, transferSyntaxOf } from '../../../shared/dicom/uids.ts';
import type { CodecName, Codecs } from '../../../shared/pixels/codecs/codecs.ts';
import type { Box } from '../../../shared/pixels/box.ts';
import { PixelError } from '../../../shared/pixels/pixel-error.ts';
import type { Decision } from './action.ts';
import { isMeasured } from './burned-in-rules.ts';
import { checkOutput } from './check.ts';
import { CodestreamError } from './codestream.ts';
import { dummyValue } from './dummy-value.ts';
import { uncleanableContent, withReleasedContent, type Content } from './content.ts';
import { encodeIn } from './encode-in.ts';
import { IdentityTokens } from './identity-tokens.ts';
import { BASIC_CODE, optionEntry, PROFILE_OPTIONS, type ProfileOption } from './options.ts';
import { PIXEL_DATA, planDataset, vrOf, type Plan } from './plan.ts';
import { splicePixelData, type OutputPiece, type SplicedPixels } from './pixel-pieces.ts';
import { DEFAULT_PREFIX, optionVerdict, type Profile } from './profile.ts';
import { PROFILE_EDITION } from './profile-table.generated.ts';
import { asPersonName, type PatientIdentity, type Pseudonyms } from './pseudonym.ts';
import { ruleFor } from './rules.ts';
import { TextCleaner, type DatesInText } from './text-cleaner.ts';
import {
  blankedBoxes,
  lookOf,
  mayShowFace,
  needsLook,
  reasonToLook,
  type Look,
  type NeedsLook,
} from './look.ts';
import { searchText, SURE_LETTERS } from './search-text.ts';
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

/** Everything before the pixel data is read into memory for the check, up to this many bytes: 64 MiB. */
const MAX_CHECKED_RANGE = 64 * 1024 * 1024;

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
  const boxes = blankedBoxes(look);
  const patient = patientOf(dataset);
  const pseudonym = await nameOf(patient, job);
  if (pseudonym === undefined) {
    return { kind: 'withheld', reason: 'Its Patient ID is not in the list of subjects.' };
  }
  const { subject } = profile;
  const prefix = subject.kind === 'keyed' ? subject.prefix : DEFAULT_PREFIX;
  const shiftDays = await pseudonyms.shiftDays(patient, prefix);
  // Dates that have been moved are no secret any more.
  const tokens = new IdentityTokens(dataset, (tag) => isRetained(tag, profile, shiftDays === 0));
  const dates = datesInText(profile, shiftDays);
  const cleaner = new TextCleaner(tokens.words, dates);
  const plan = planDataset(dataset, { profile, tokens, cleaner, shiftDays });
  const mapped = await pseudonyms.uidsOf(plan.uids);
  const decideEdit = editsOf(plan, mapped, pseudonym);

  const { head, pixels, tail } = splitAtPixelData(dataset);
  const splicedPixels = await pixelsOf(pixels, decideEdit, instance, boxes, job);
  if ('reason' in splicedPixels) return splicedPixels;
  const added = [
    ...newElements(dataset, pseudonym, { profile, look, released }),
    ...splicedPixels.description,
  ];
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
    given: givenValues(plan),
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
  { codecs }: Job,
): Promise<SplicedPixels | WithheldInstance> {
  try {
    return await splicePixelData(pixels, decideEdit, instance, { boxes, codecs });
  } catch (error) {
    const words =
      error instanceof CodestreamError
        ? 'What stands beside its samples can not be told'
        : error instanceof PixelError
          ? 'Its pixels can not be blanked'
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

function datesInText({ options }: Profile, shiftDays: number): DatesInText {
  if (options.has('retain-longitudinal-full-dates')) return 'keep';
  return options.has('retain-longitudinal-modified-dates') ? shiftDays : 'remove';
}

/** The values that a plan writes, which the check must find nowhere else than there. */
function givenValues({ decisions }: Plan): ReadonlySet<string> {
  const given = new Set<string>();
  for (const { value } of decisions.values()) if (value !== undefined) given.add(value.trim());
  return given;
}

/** Nobody has decided over it. */
const UNPLANNED: Decision = { action: 'remove', reason: '' };

function editsOf(plan: Plan, mapped: ReadonlyMap<string, string>, pseudonym: string): Decide {
  return (element, dataset) => {
    const { action, value = '', bytes, uids = [] } = plan.decisions.get(element) ?? UNPLANNED;
    switch (action) {
      case 'keep':
        return { kind: 'keep' };
      case 'remove':
        return { kind: 'remove' };
      case 'empty':
        return { kind: 'replace', value: new Uint8Array() };
      case 'dummy':
        return { kind: 'replace', value: dummyValue(vrOf(element), dataset) };
      case 'pseudonym':
        return {
          kind: 'replace',
          value: encodeValue(
            'LO',
            vrOf(element) === 'PN' ? asPersonName(pseudonym) : pseudonym,
            true,
          ),
        };
      case 'value': {
        const written = bytes ?? encodeIn(vrOf(element), value, dataset);
        return { kind: 'replace', value: written ?? new Uint8Array() };
      }
      case 'clean':
      case 'shift':
        throw new Error('The plan says what becomes of a text or a date.');
      case 'map-uids': {
        const made = uids.map((uid) => mapped.get(uid) ?? '');
        return { kind: 'replace', value: encodeValue('UI', made, true) };
      }
      case 'enter':
        // In UN only an undefined length tells every reader that items follow (PS3.5 section 6.2.2).
        return { kind: 'enter', isOpen: element.vr === 'UN' };
    }
  };
}

/** Pixel data, and the tables that say where its frames begin: dicom-parser doesn't know their VR. */
const PIXEL_DATA_GROUP: ReadonlySet<number> = new Set([
  ...PIXEL_DATA,
  Tag.ExtendedOffsetTable,
  Tag.ExtendedOffsetTableLengths,
  Tag.EncapsulatedPixelDataValueTotalLength,
]);

/** Name and ID behind the pixel data, out of order: they stand in front already. */
const withoutAdded =
  (decideEdit: Decide): Decide =>
  (element, dataset, depth) =>
    depth === 0 && (element.tag === Tag.PatientName || element.tag === Tag.PatientID)
      ? { kind: 'remove' }
      : decideEdit(element, dataset, depth);

/** A part of a data set that keeps its encoding and the character set of the whole. */
const part = (dataset: Dataset, elements: readonly Element[]) =>
  new Dataset(elements, dataset, dataset);

function splitAtPixelData(dataset: Dataset) {
  const at = dataset.elements.findIndex(({ tag }) => PIXEL_DATA_GROUP.has(tag));
  const from = at === -1 ? dataset.elements.length : at;
  const behind = dataset.elements.slice(from).findIndex(({ tag }) => !PIXEL_DATA_GROUP.has(tag));
  const to = behind === -1 ? dataset.elements.length : from + behind;
  return {
    head: part(dataset, dataset.elements.slice(0, from)),
    pixels: part(dataset, dataset.elements.slice(from, to)),
    tail: part(dataset, dataset.elements.slice(to)),
  };
}

function inMemory(pieces: readonly Piece[]): Uint8Array<ArrayBuffer> | undefined {
  const bytes = pieces.filter((piece) => piece instanceof Uint8Array);
  return bytes.length === pieces.length ? concatBytes(bytes) : undefined;
}

/** Bytes of a binary value above which nobody reads it again where the whole would be too large: 1 MiB. */
const MAX_REREAD = 2 ** 20;

/**
 * A head that is too large to be held, for the check: long binary values that stay as they are, raw data above all, are left out. It
 * doesn't read them otherwise either, but counts their bytes.
 */
async function withoutLargeValues(
  head: Dataset,
  decideEdit: Decide,
  added: readonly NewElement[],
  source: ByteSource,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const isLarge = ({ vr, items, fragments, length }: Element) =>
    (vr.startsWith('O') || vr === 'UN') && !items && !fragments && length > MAX_REREAD;
  const decideShort: Decide = (element, dataset, depth) => {
    const edit = decideEdit(element, dataset, depth);
    return edit.kind === 'keep' && isLarge(element)
      ? { kind: 'replace', value: new Uint8Array() }
      : edit;
  };
  const pieces = spliceDataset(head, decideShort, added);
  return inMemory(await materialise(pieces, source, MAX_CHECKED_RANGE));
}

/** What PS3.15 section E.1 and PS3.3 C.7.1.1, C.12.1 ask to be said of a de-identified data set. */
function newElements(dataset: Dataset, pseudonym: string, seen: Seen): NewElement[] {
  const { profile, look, released } = seen;
  const text = (value: string) => encodeValue('LO', value, true);
  const isNamed = (tag: TagNumber) => !profile.rules.has(tag);
  const subject: NewElement[] = [
    { tag: Tag.PatientName, vr: 'PN', value: text(asPersonName(pseudonym)) },
    { tag: Tag.PatientID, vr: 'LO', value: text(pseudonym) },
  ];
  const byLooking = [
    released ? '\\Content released as it is by a person who looked at it' : '',
    look.kind === 'seen' && look.boxes.length > 0 ? '\\Rectangles of the pixels blanked' : '',
    look.face ? '\\Face removed from the pixels' : '',
  ].join('');
  const method = { tag: Tag.DeidentificationMethod, vr: 'LO' } as const;
  if (profile.base === 'own-rules') {
    // What was done is no profile of the standard, so no code says that it was.
    return [
      ...subject.filter(({ tag }) => isNamed(tag)),
      { ...method, value: text(`Gantry: own rules${byLooking}`) },
    ];
  }
  const codes = [
    BASIC_CODE,
    ...PROFILE_OPTIONS.filter((option) => isDone(option, seen)).map(optionEntry),
  ];
  const items = codes.flatMap((code) => {
    const content = encodeDataset(
      {
        [Tag.CodeValue]: code.code,
        [Tag.CodingSchemeDesignator]: 'DCM',
        [Tag.CodeMeaning]: code.meaning,
      },
      dataset,
    );
    return [itemHeader(ITEM, content.byteLength, dataset.littleEndian), content];
  });
  const { options } = profile;
  const dates = options.has('retain-longitudinal-full-dates')
    ? 'UNMODIFIED'
    : options.has('retain-longitudinal-modified-dates')
      ? 'MODIFIED'
      : 'REMOVED';
  const isClean = isDone('clean-pixel-data', seen) && dataset.has(Tag.PixelData);
  return [
    ...subject.filter(({ tag }) => isNamed(tag)),
    { tag: Tag.PatientIdentityRemoved, vr: 'CS', value: text('YES') },
    { ...method, value: text(`Gantry: PS3.15 ${PROFILE_EDITION} Basic Profile${byLooking}`) },
    { tag: Tag.DeidentificationMethodCodeSequence, vr: 'SQ', value: concatBytes(items) },
    ...(isClean ? [{ tag: Tag.BurnedInAnnotation, vr: 'CS', value: text('NO') } as const] : []),
    ...(look.face
      ? [{ tag: Tag.RecognizableVisualFeatures, vr: 'CS', value: text('NO') } as const]
      : []),
    { tag: Tag.LongitudinalTemporalInformationModified, vr: 'CS', value: text(dates) },
  ];
}

/** What was asked for, and what has been seen. */
interface Seen {
  readonly profile: Profile;
  readonly look: Look;
  /** What a person has looked at and released as it is. */
  readonly released: Content['kind'] | undefined;
}

/** Kinds of content in which text stands that Clean Descriptors names. */
const RELEASED_DESCRIPTORS: ReadonlySet<Content['kind']> = new Set(['drawing', 'annotation']);

/** Options on pictures are done by a person who looks, or by a rule; blanking is one, asked for or not. */
function isDone(option: ProfileOption, { profile, look, released }: Seen): boolean {
  const { column } = optionEntry(option);
  // Text that was released was not cleaned, whatever was done to other text.
  if (released && option === 'clean-descriptors' && RELEASED_DESCRIPTORS.has(released))
    return false;
  if (column !== '') return profile.options.has(option);
  if (option === 'clean-recognizable-visual-features' && look.face) return true;
  if (look.kind !== 'seen') return false;
  return profile.options.has(option) || (option === 'clean-pixel-data' && look.boxes.length > 0);
}
