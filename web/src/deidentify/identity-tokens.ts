import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { TagNumber } from '../../../shared/dicom/tag.ts';

const NAMES: readonly TagNumber[] = [
  Tag.PatientName,
  Tag.OtherPatientNames,
  Tag.PatientBirthName,
  Tag.PatientMotherBirthName,
  Tag.ReferringPhysicianName,
  Tag.PerformingPhysicianName,
  Tag.RequestingPhysician,
];

const IDENTIFIERS: readonly TagNumber[] = [
  Tag.PatientID,
  Tag.OtherPatientIDs,
  Tag.AccessionNumber,
  Tag.PatientTelephoneNumbers,
  Tag.AdmissionID,
];

/** Shorter parts of a name ("AN", "DE") stand in many words. */
const MIN_NAME_LETTERS = 4;

/** Shorter IDs ("1", "42") are found in any number. */
const MIN_IDENTIFIER_LENGTH = 5;

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * The words that identify the people of a data set, to be looked for in text that the profile keeps: names in their
 * parts, IDs as a whole, each bounded by something that is no letter or figure.
 */
export class IdentityTokens {
  readonly #pattern: RegExp | undefined;

  constructor(dataset: Dataset) {
    const tokens = new Set<string>();
    for (const tag of NAMES) {
      for (const part of dataset.text(tag)?.split(/[\\^=\s,.]+/) ?? []) {
        if (part.length >= MIN_NAME_LETTERS || hasIdeograph(part)) tokens.add(part);
      }
    }
    for (const tag of IDENTIFIERS) {
      for (const value of dataset.strings(tag)) {
        if (value.length >= MIN_IDENTIFIER_LENGTH) tokens.add(value);
      }
    }
    if (tokens.size === 0) return;
    const words = [...tokens].map(escape).join('|');
    this.#pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words})(?![\\p{L}\\p{N}])`, 'iu');
  }

  /** Whether a text names one of these people. */
  foundIn(text: string): boolean {
    return this.#pattern?.test(text) ?? false;
  }
}

/** Names in ideographs have one or two characters a part. */
const hasIdeograph = (text: string) =>
  text.length >= 2 && /\p{Script=Han}|\p{Script=Hangul}/u.test(text);
