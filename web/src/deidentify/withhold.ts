import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { MediaStorageDirectory, sopClassName } from '../../../shared/dicom/uids.ts';

/** SOP classes whose meaning is in text, documents or drawings that the profile can't clean: UID and its descendants. */
const UNCLEANABLE_CLASSES: readonly (readonly [string, string])[] = [
  ['1.2.840.10008.5.1.4.1.1.88', 'a structured report: its text can not be cleaned'],
  ['1.2.840.10008.5.1.4.1.1.104', 'an encapsulated document: its content can not be cleaned'],
  ['1.2.840.10008.5.1.4.1.1.11', 'a presentation state: its drawings and text can not be cleaned'],
  ['1.2.840.10008.5.1.4.1.1.66', 'raw data: nobody but its maker knows what is in it'],
];

/** Segmentations, registrations and their like share the root of raw data, but are described in full. */
const DESCRIBED_CLASSES = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.66\.\d/;

const isUnder = (uid: string, root: string) => uid === root || uid.startsWith(`${root}.`);

/**
 * Why an instance can't leave under the Basic Profile, in words; undefined when it can. What is withheld here is
 * withheld whatever its elements become.
 */
export function reasonToWithhold(instance: ParsedInstance): string | undefined {
  const { dataset } = instance;
  const sopClass = dataset.string(Tag.SOPClassUID);
  if (
    sopClass === MediaStorageDirectory ||
    instance.meta.string(Tag.MediaStorageSOPClassUID) === MediaStorageDirectory
  ) {
    return 'It is a DICOMDIR, an index of other files that is not sent.';
  }
  if (sopClass === undefined || dataset.string(Tag.SOPInstanceUID) === undefined) {
    return 'It has no SOP Class UID or no SOP Instance UID, so it is no instance that could be stored.';
  }
  if (!instance.isComplete) {
    return `The file is damaged: ${instance.problems.join(' ')}`;
  }
  const uncleanable = UNCLEANABLE_CLASSES.find(([root]) => isUnder(sopClass, root));
  if (uncleanable && !DESCRIBED_CLASSES.test(sopClass)) {
    return `${sopClassName(sopClass)} is ${uncleanable[1]}.`;
  }
  if (dataset.has(Tag.ContentSequence)) {
    return 'It holds structured content, which can not be cleaned.';
  }
  if (dataset.has(Tag.EncapsulatedDocument)) {
    return 'It holds a document, which can not be cleaned.';
  }
  if (dataset.string(Tag.BurnedInAnnotation) === 'YES') {
    return 'Burned In Annotation says that names or other text stand in the picture.';
  }
  if (dataset.string(Tag.RecognizableVisualFeatures) === 'YES') {
    return 'Recognizable Visual Features says that the picture shows who it is.';
  }
  if (hasEmbeddedOverlay(dataset)) {
    return 'An overlay is drawn in unused bits of the pixels, where it can not be removed yet.';
  }
  return undefined;
}

/** Retired: an overlay without data of its own lies in the pixel data's high bits (PS3.5 section 8.1.2). */
function hasEmbeddedOverlay(dataset: Dataset): boolean {
  return dataset.elements.some(
    ({ tag }) =>
      tag >>> 24 === 0x60 &&
      (tag & 0xffff) === 0x0100 &&
      (dataset.number(tag) ?? 1) > 1 &&
      !dataset.has(((tag & 0xffff0000) | 0x3000) >>> 0),
  );
}
