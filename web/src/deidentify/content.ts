import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import type { TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { sopClassName } from '../../../shared/dicom/uids.ts';
import type { ProfileOption } from './options.ts';
import type { OwnRule, Profile } from './profile.ts';

/** What no profile can clean: a person has to look at it. */
export interface Content {
  readonly kind: 'document' | 'text' | 'drawing' | 'sound' | 'annotation' | 'raw' | 'video';
  /** Why it is withheld, in words. */
  readonly reason: string;
}

interface Kind {
  readonly kind: Content['kind'];
  /** UID of the SOP class and its descendants. */
  readonly root?: string;
  readonly isIn: (dataset: Dataset) => boolean;
  readonly ofClass: string;
  readonly reason: string;
  /** Under this option it is cleaned. */
  readonly option?: ProfileOption;
}

const never = () => false;

/** SOP classes, and what others may hold of the same. */
const KINDS: readonly Kind[] = [
  {
    kind: 'text',
    root: '1.2.840.10008.5.1.4.1.1.88',
    isIn: (dataset) => dataset.has(Tag.ContentSequence),
    ofClass: 'a structured report: its text can not be cleaned',
    reason: 'It holds structured content, which can not be cleaned.',
    option: 'clean-structured-content',
  },
  {
    kind: 'document',
    root: '1.2.840.10008.5.1.4.1.1.104',
    isIn: (dataset) => dataset.has(Tag.EncapsulatedDocument),
    ofClass: 'an encapsulated document: its content can not be cleaned',
    reason: 'It holds a document, which can not be cleaned.',
  },
  {
    kind: 'drawing',
    root: '1.2.840.10008.5.1.4.1.1.11',
    isIn: never,
    ofClass: 'a presentation state: its drawings and text can not be cleaned',
    reason: '',
    option: 'clean-graphics',
  },
  {
    kind: 'sound',
    root: '1.2.840.10008.5.1.4.1.1.9.4',
    isIn: never,
    ofClass: 'sound: what is spoken can not be cleaned',
    reason: '',
  },
  {
    kind: 'annotation',
    isIn: (dataset) =>
      dataset
        .items(Tag.WaveformAnnotationSequence)
        .some((item) => (item.text(Tag.UnformattedTextValue) ?? '').trim() !== ''),
    ofClass: '',
    reason: 'Its waveforms have notes, whose text can not be cleaned.',
    option: 'clean-structured-content',
  },
];

/** Raw data; segmentations, registrations and their like share the root, but are described in full. */
export const isRawData = (dataset: Dataset): boolean =>
  dataset.string(Tag.SOPClassUID) === '1.2.840.10008.5.1.4.1.1.66';

/** MPEG and HEVC streams (PS3.5 sections 8.2.5 to 8.2.9) may have a sound track beside the pictures. */
const VIDEO = /^1\.2\.840\.10008\.1\.2\.4\.10\d(\.\d+)?$/;

/** Whether pixel data is a stream of pictures and sound, which nothing here decodes. */
export const isVideo = (transferSyntaxUid: string): boolean => VIDEO.test(transferSyntaxUid);

const isUnder = (uid: string, root: string) => uid === root || uid.startsWith(`${root}.`);

/** What an instance holds that the profile can't clean; undefined where there is nothing of the kind. */
export function uncleanableContent(
  { dataset, transferSyntaxUid }: Pick<ParsedInstance, 'dataset' | 'transferSyntaxUid'>,
  { options }: Profile,
): Content | undefined {
  const sopClass = dataset.string(Tag.SOPClassUID) ?? '';
  if (isVideo(transferSyntaxUid)) {
    return { kind: 'video', reason: 'It is a video, whose sound track can not be cleaned.' };
  }
  if (isRawData(dataset)) {
    const name = sopClassName(sopClass);
    return {
      kind: 'raw',
      reason: `${name} is raw data: nobody but its maker knows what is in it.`,
    };
  }
  for (const { kind, root, isIn, ofClass, reason, option } of KINDS) {
    if (option && options.has(option)) continue;
    if (root !== undefined && isUnder(sopClass, root)) {
      return { kind, reason: `${sopClassName(sopClass)} is ${ofClass}.` };
    }
    if (isIn(dataset)) return { kind, reason };
  }
  return undefined;
}

/** What a person looks at, and what therefore stays as it is in an instance that was released. */
const LOOKED_AT = [
  Tag.EncapsulatedDocument,
  Tag.TextValue,
  Tag.UnformattedTextValue,
  Tag.WaveformAnnotationSequence,
] as const;

/**
 * The profile for an instance whose content was released: that stays, everything else is de-identified as ever. What raw
 * data are lies in private elements; of a video nothing but its pixel data.
 */
export function withReleasedContent(profile: Profile, { kind }: Content): Profile {
  if (kind === 'video') return profile;
  if (kind === 'raw') return { ...profile, keepsPrivate: true };
  const rule: OwnRule = { kind: 'keep', reason: RELEASED };
  const released = LOOKED_AT.map((tag): [TagNumber, OwnRule] => [tag, rule]);
  return { ...profile, rules: new Map([...released, ...profile.rules]) };
}

export const RELEASED = 'Released by who looked at it';
