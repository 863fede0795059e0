import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { describeTag, dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import type { NewElement } from '../../../shared/dicom/splice.ts';
import { encodeIn } from './encode-in.ts';
import type { Profile } from './profile.ts';

/** The values that a profile of one's own gives to a data set as a whole, as they are written in it. */
export interface GivenValues {
  /** Of attributes that the data set lacks: those that it has are replaced where they stand. */
  readonly added: readonly NewElement[];
  /** Why one of them can't be written, in words. */
  readonly problem: string | undefined;
}

/** A value that a profile gives is in every instance, whether the attribute was there before or not. */
export function givenValues(dataset: Dataset, { rules }: Profile): GivenValues {
  const added: NewElement[] = [];
  for (const [tag, rule] of rules) {
    const vr = rule.kind === 'value' ? dictionaryEntry(tag)?.vr : undefined;
    // What is private belongs to its creator: it is replaced, never made.
    if (rule.kind !== 'value' || vr === undefined) continue;
    const value = encodeIn(vr, rule.value, dataset);
    if (value === undefined) {
      const problem = `The value that the profile gives to ${describeTag(tag)} can not be written in its character set.`;
      return { added, problem };
    }
    if (!dataset.has(tag)) added.push({ tag, vr, value });
  }
  return { added, problem: undefined };
}
