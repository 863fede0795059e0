import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { TagNumber } from '../../../shared/dicom/tag.ts';
import { decodeText } from '../../../shared/dicom/character-set.ts';
import { isStandardUid } from '../../../shared/dicom/uids.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';
import {
  datePattern,
  escaped,
  folded,
  identifierPattern,
  pairPattern,
  readings,
  remembered,
  wholeWords,
} from './identity-forms.ts';
import type { IdentityWords } from './text-cleaner.ts';
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

/** Shorter parts of a name ("AN", "DE") stand in many words, and those of three letters in many codes. */
const MIN_NAME_LETTERS = 3;
const MIN_CODED_LETTERS = 4;

/** So many are found within other words, too: "CTQuisling1". */
const MIN_GLUED_LETTERS = 6;

/** With the one beside it, a part of a name may be as short as this. */
const MIN_PAIRED_LETTERS = 2;

/** Shorter IDs ("1", "42") are found in any text. */
const MIN_IDENTIFIER_LENGTH = 4;

/** In a number of any kind, an ID of fewer figures may be chance. */
const MIN_INTEGER_LENGTH = 5;
const MIN_NUMBER_LENGTH = 6;

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

/** Numbers and codes in which figures that look like an ID stand for something else. */
const NEVER_REPEATS: ReadonlySet<Vr> = new Set(['AS', 'DA', 'DT', 'TM']);

/** Coded terms: what is a name elsewhere is a word of a vocabulary here. */
const TERMS: ReadonlySet<TagNumber> = new Set([
  Tag.CodeValue,
  Tag.LongCodeValue,
  Tag.CodeMeaning,
  Tag.CodingSchemeDesignator,
  Tag.CodingSchemeVersion,
  Tag.CodingSchemeName,
  Tag.CodingSchemeResponsibleOrganization,
]);

/**
 * The words that identify the people of a data set, to be looked for in text that the profile keeps: names in their
 * parts and in pairs, IDs and dates, in all the ways that people write them. They come from every depth.
 */
export class IdentityTokens {
  readonly #names = new Set<string>();
  readonly #pairs = new Set<string>();
  readonly #identifiers = new Set<string>();
  readonly #dates = new Set<string>();
  readonly #isKept: (tag: TagNumber) => boolean;
  #patterns: { readonly exact: RegExp; readonly glued: RegExp; readonly short: RegExp } | undefined;

  /** @param isKept whether an attribute stays as it is: what it says is then no secret */
  constructor(dataset: Dataset, isKept: (tag: TagNumber) => boolean) {
    this.#isKept = isKept;
    const waiting: Dataset[] = [dataset];
    for (let current = waiting.pop(); current; current = waiting.pop()) {
      this.#collect(current);
      for (const element of current.elements) {
        for (const item of element.items ?? []) waiting.push(item.dataset);
      }
      if (this.#size >= MAX_TOKENS) break;
    }
    // A maker who is named as the institution too is no secret.
    for (const maker of dataset.strings(Tag.Manufacturer)) {
      if (isPersonNamed(dataset, maker)) continue;
      this.#identifiers.delete(maker);
    }
  }

  get #size(): number {
    return this.#names.size + this.#identifiers.size + this.#dates.size;
  }

  #collect(dataset: Dataset): void {
    for (const element of dataset.elements) {
      if (!element.bytes || element.length === 0 || this.#size >= MAX_TOKENS) continue;
      const { tag } = element;
      const vr = dictionaryEntry(tag)?.vr ?? element.vr;
      const isDate = DATES.has(tag);
      if ((vr !== 'PN' && !isDate && !IDENTIFIERS.has(tag)) || this.#isKept(tag)) continue;
      const text = textAs(vr, element, dataset);
      if (vr === 'PN') {
        for (const reading of misreadings(text)) this.#collectName(reading);
      } else {
        for (const value of text.split('\\')) this.#collectIdentifier(value.trim(), isDate);
      }
    }
  }

  #collectName(text: string): void {
    for (const name of text.split(/[\\=]+/)) {
      const parts = name.split(/[\^\s,.]+/).filter((part) => !NOBODY.has(part.toUpperCase()));
      for (const part of parts) {
        if (part.length >= MIN_NAME_LETTERS || hasIdeograph(part)) this.#names.add(part);
      }
      const [first, second] = parts;
      if (first === undefined || second === undefined) continue;
      if (Math.min(first.length, second.length) >= MIN_PAIRED_LETTERS) {
        this.#pairs.add(pairPattern(folded(first), folded(second)));
      }
    }
  }

  #collectIdentifier(identifier: string, isDate: boolean): void {
    if (identifier.length < MIN_IDENTIFIER_LENGTH || NOBODY.has(identifier)) return;
    if (isDate) this.#dates.add(identifier);
    else this.#identifiers.add(identifier);
  }

  /** What is to be taken out of free text. */
  get words(): IdentityWords {
    return {
      names: [...this.#names],
      pairs: [...this.#pairs],
      identifiers: [...this.#identifiers],
      dates: [...this.#dates],
    };
  }

  get #compiled(): { readonly exact: RegExp; readonly glued: RegExp; readonly short: RegExp } {
    return (this.#patterns ??= this.#compile());
  }

  #compile() {
    // The longest first: an alternative that is the beginning of another would hide it.
    const forms = [...new Set([...this.#names].flatMap(readings))];
    const names = forms.sort((a, b) => b.length - a.length);
    const isLong = (name: string) => name.length >= MIN_CODED_LETTERS || hasIdeograph(name);
    const exact = names.filter(isLong).map(escaped);
    const glued = names.filter(({ length }) => length >= MIN_GLUED_LETTERS).map(escaped);
    const short = names.filter((name) => !isLong(name)).map(escaped);
    return {
      exact: anyOf([
        ...(exact.length > 0 ? [wholeWords(exact)] : []),
        ...this.#pairs,
        ...[...this.#identifiers].map(identifierPattern),
        ...[...this.#dates].map((date) => datePattern(date) ?? identifierPattern(date)),
      ]),
      glued: anyOf(glued),
      short: anyOf(short.length > 0 ? [wholeWords(short)] : []),
    };
  }

  /** Whether a text names one of these people. */
  foundIn(text: string): boolean {
    const { exact, glued, short } = this.#compiled;
    return readings(text).some(
      (reading) => exact.test(reading) || glued.test(reading) || short.test(reading),
    );
  }

  /** The same of bytes that may be no text: in these a short word is chance. */
  foundInBytes(text: string): boolean {
    return readings(text).some((reading) => this.#compiled.exact.test(reading));
  }

  /** Whether a value of a VR names one of these people; in numbers and codes only where it can't be chance. */
  foundInValue(tag: TagNumber, vr: Vr, text: string): boolean {
    if (NEVER_REPEATS.has(vr)) return false;
    const values = text.split('\\').map((value) => value.trim());
    if (vr === 'IS' || vr === 'DS') {
      const least = vr === 'IS' ? MIN_INTEGER_LENGTH : MIN_NUMBER_LENGTH;
      return values.some((value) => value.length >= least && this.#identifiers.has(value));
    }
    if (vr === 'UI') {
      const numbers = values.flatMap((value) => (isStandardUid(value) ? [] : value.split('.')));
      return numbers.some(
        (number) =>
          number.length >= MIN_NUMBER_LENGTH &&
          (this.#identifiers.has(number) || this.#dates.has(number)),
      );
    }
    const { exact, glued } = this.#compiled;
    if (TERMS.has(tag)) return readings(text).some((reading) => exact.test(reading));
    if (vr !== 'CS') return this.foundIn(text);
    return values.some((value) => {
      const code = withoutCodeWords(value).toLowerCase();
      return !NOBODY.has(value) && (exact.test(code) || glued.test(code));
    });
  }
}

/** What is found in no text. */
const NOTHING = '(?!)';

const compiled = remembered((source) => new RegExp(source, 'u'));

const anyOf = (patterns: readonly string[]): RegExp =>
  compiled(patterns.length === 0 ? NOTHING : patterns.join('|'));

/** A text, and what it is where its writer and its header don't agree on the character set. */
function misreadings(text: string): readonly string[] {
  if (!/[^\0-\x7f]/.test(text)) return [text];
  const found = [text, decodeText(new TextEncoder().encode(text), ['ISO_IR 100'], 'PN')];
  if (!/[^\0-\xff]/.test(text)) {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const utf8 = decodeText(bytes, ['ISO_IR 192'], 'PN');
    if (!utf8.includes('\ufffd')) found.push(utf8.normalize('NFC'));
  }
  return found;
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
