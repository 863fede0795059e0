import type { Dataset } from '../../../shared/dicom/dataset.ts';
import {
  concatBytes,
  encodeDataset,
  encodeValue,
  itemHeader,
} from '../../../shared/dicom/encode.ts';
import type { NewElement } from '../../../shared/dicom/splice.ts';
import { ITEM, type TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Content } from './content.ts';
import type { Look } from './look.ts';
import { BASIC_CODE, optionEntry, PROFILE_OPTIONS, type ProfileOption } from './options.ts';
import { claimsBasicProfile, type Profile } from './profile.ts';
import { PROFILE_EDITION } from './profile-table.generated.ts';
import { asPersonName } from './pseudonym.ts';

/** What PS3.15 section E.1 and PS3.3 C.7.1.1, C.12.1 ask to be said of a de-identified data set. */
export function newElements(dataset: Dataset, pseudonym: string, seen: Seen): NewElement[] {
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
  if (!claimsBasicProfile(profile)) {
    // What was done is no profile of the standard, so no code says that it was.
    const basis =
      profile.base === 'basic'
        ? `PS3.15 ${PROFILE_EDITION} Basic Profile changed by own rules`
        : 'own rules';
    return [
      ...subject.filter(({ tag }) => isNamed(tag)),
      { ...method, value: text(`Gantry: ${basis}${byLooking}`) },
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
