import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { TagNumber } from '../../../shared/dicom/tag.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';
import { textAs } from './value-text.ts';

const IDENTIFIERS: ReadonlySet<TagNumber> = new Set([
  Tag.PatientID,
  Tag.OtherPatientIDs,
  Tag.AccessionNumber,
  Tag.PatientTelephoneNumbers,
  Tag.AdmissionID,
  Tag.MedicalRecordLocator,
  Tag.ServiceEpisodeID,
  Tag.InstitutionName,
  Tag.InstitutionAddress,
  Tag.PatientAddress,
]);

/** Days that tell who it is, as soon as one knows where. */
const DATES: ReadonlySet<TagNumber> = new Set([
  Tag.PatientBirthDate,
  Tag.StudyDate,
  Tag.SeriesDate,
  Tag.AcquisitionDate,
  Tag.ContentDate,
]);

/** Shorter parts of a name ("AN", "DE") stand in many words. */
const MIN_NAME_LETTERS = 4;

/** In free text that is cleaned, losing a word too many does no harm. */
const MIN_CLEANED_NAME_LETTERS = 3;

/** Shorter IDs ("1", "42") are found in any number. */
const MIN_IDENTIFIER_LENGTH = 5;

/** A data set with more than these has lists of people in it: a search for each would take too long. */
const MAX_TOKENS = 500;

/** What a de-identified data set has in the place of names: it is nobody's. */
const NOBODY: ReadonlySet<string> = new Set([
  'REMOVED',
  'ANONYMOUS',
  'ANONYMIZED',
  'UNKNOWN',
  'NONE',
]);

/** Words that stand in coded values whatever the patient is called. */
const CODE_WORDS: ReadonlySet<string> = new Set(
  `ORIGINAL DERIVED PRIMARY SECONDARY AXIAL LOCALIZER OTHER MIXED NONE VOLUME HEAD BRAIN NECK CHEST HEART BREAST HAND FOOT
  KNEE HIP ELBOW WRIST LIVER EYE EAR LEFT RIGHT BOTH YES WHOLE BODY ORTHO LOSSY LOSSLESS PERFUSION DIFFUSION PHASE REST STRESS
  STATIC DYNAMIC GATED TOMO HELICAL SPIRAL CONSTANT VARIABLE HUMAN BIPED POSITIVE NEGATIVE LINEAR IDENTITY LATIN CODE VELOCITY
  TEXT CONTAINER IMAGE PNAME DATETIME DATE TIME UIDREF COMPOSITE WAVEFORM CONTAINS CONTEXT SEPARATE CONTINUOUS COMPLETE PARTIAL VERIFIED`.split(
    /\s+/,
  ),
);

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Numbers and codes in which figures that look like an ID stand for something else. */
const NEVER_REPEATS: ReadonlySet<Vr> = new Set(['UI', 'DS', 'AS', 'DA', 'DT', 'TM']);

/**
 * The words that identify the people of a data set, to be looked for in text that the profile keeps: names in their
 * parts, IDs and dates as a whole, each bounded by something that is no letter or figure. They come from every depth.
 */
export class IdentityTokens {
  readonly #pattern: RegExp | undefined;
  readonly #identifiers = new Set<string>();
  readonly #words = new Set<string>();
  readonly #isKept: (tag: TagNumber) => boolean;

  /** @param isKept whether an attribute stays as it is: what it says is then no secret */
  constructor(dataset: Dataset, isKept: (tag: TagNumber) => boolean) {
    this.#isKept = isKept;
    const tokens = new Set<string>();
    const waiting: Dataset[] = [dataset];
    for (let current = waiting.pop(); current; current = waiting.pop()) {
      this.#collect(current, tokens);
      for (const element of current.elements) {
        for (const item of element.items ?? []) waiting.push(item.dataset);
      }
      if (tokens.size >= MAX_TOKENS) break;
    }
    // A maker who is named as the institution too is no secret.
    for (const maker of dataset.strings(Tag.Manufacturer)) {
      if (isPersonNamed(dataset, maker)) continue;
      tokens.delete(maker);
      this.#words.delete(maker);
    }
    if (tokens.size === 0) return;
    // The longest first: an alternative that is the beginning of another would hide it.
    const words = [...tokens].sort((a, b) => b.length - a.length).map(escape);
    this.#pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join('|')})(?![\\p{L}\\p{N}])`, 'iu');
  }

  #collect(dataset: Dataset, tokens: Set<string>): void {
    for (const element of dataset.elements) {
      if (!element.bytes || element.length === 0 || tokens.size >= MAX_TOKENS) continue;
      const { tag } = element;
      const vr = dictionaryEntry(tag)?.vr ?? element.vr;
      const isIdentifier = IDENTIFIERS.has(tag) || DATES.has(tag);
      if ((vr !== 'PN' && !isIdentifier) || this.#isKept(tag)) continue;
      if (vr === 'PN') {
        for (const part of textAs(vr, element, dataset).split(/[\\^=\s,.]+/)) {
          if (NOBODY.has(part.toUpperCase())) continue;
          if (part.length >= MIN_NAME_LETTERS || hasIdeograph(part)) tokens.add(part);
          if (part.length >= MIN_CLEANED_NAME_LETTERS || hasIdeograph(part)) this.#words.add(part);
        }
      } else {
        for (const value of textAs(vr, element, dataset).split('\\')) {
          const identifier = value.trim();
          if (identifier.length < MIN_IDENTIFIER_LENGTH || NOBODY.has(identifier)) continue;
          tokens.add(identifier);
          this.#words.add(identifier);
          this.#identifiers.add(identifier);
        }
      }
    }
  }

  /** What is to be taken out of free text: these, and shorter parts of names. */
  get words(): readonly string[] {
    return [...this.#words];
  }

  /** Whether a text names one of these people. */
  foundIn(text: string): boolean {
    return this.#pattern?.test(text.normalize('NFC')) ?? false;
  }

  /** Whether a value of a VR names one of these people; in numbers and codes only where it can't be chance. */
  foundInValue(vr: Vr, text: string): boolean {
    if (NEVER_REPEATS.has(vr)) return false;
    if (vr === 'IS') return text.split('\\').some((value) => this.#identifiers.has(value.trim()));
    if (vr !== 'CS') return this.foundIn(text);
    return text
      .split('\\')
      .some((value) => !NOBODY.has(value) && this.foundIn(withoutCodeWords(value)));
  }
}

const isPersonNamed = (dataset: Dataset, word: string): boolean =>
  [Tag.PatientName, Tag.PatientID].some((tag) => (dataset.text(tag) ?? '').includes(word));

const withoutCodeWords = (value: string): string =>
  value
    .split(/[\s_]+/)
    .filter((word) => !CODE_WORDS.has(word.toUpperCase()))
    .join(' ');

/** Names in ideographs have one or two characters a part. */
const hasIdeograph = (text: string) =>
  text.length >= 2 && /\p{Script=Han}|\p{Script=Hangul}/u.test(text);
