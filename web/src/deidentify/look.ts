import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Box } from '../../../shared/pixels/box.ts';
import {
  deviceOf,
  proposedBoxes,
  ruledBoxes,
  suspectedKind,
  type PictureRule,
} from './burned-in-rules.ts';
import type { Profile } from './profile.ts';

/** What has been seen of an instance. */
export type Look = Sight & {
  /** What of its pictures shows a face and goes, in a series of which a person has looked at the whole head; maybe nothing. */
  readonly face?: readonly Box[];
  /** Of what no profile can clean (`content.ts`): whether a person who has looked at it lets it leave as it is. */
  readonly content?: 'released' | 'withheld';
};

/** Of a look what a decision changes: pictures and content are looked at for themselves. */
export type Decided = Look | Required<Pick<Look, 'content'>>;

type Sight =
  | { readonly kind: 'unseen' }
  /** Its header arouses no suspicion, and a search has found no text. */
  | { readonly kind: 'searched' }
  /** A person has looked: what identifies stands in the boxes alone. */
  | { readonly kind: 'seen'; readonly boxes: readonly Box[] }
  /** A person has looked and doesn't release it. */
  | { readonly kind: 'withheld' };

export const UNSEEN: Look = { kind: 'unseen' };

/** What a person has decided, else what a rule of the site says of the device. */
export function lookOf(dataset: Dataset, look: Look, profile: Profile): Look {
  if (look.kind === 'seen' || look.kind === 'withheld') return look;
  // A rule knows where text stands; whether a face does, it doesn't.
  if (!look.face && saysYes(dataset, Tag.RecognizableVisualFeatures)) return look;
  if (!look.face && profile.options.has('clean-recognizable-visual-features')) return look;
  const boxes = ruledBoxes(dataset, profile.pictureRules);
  return boxes ? { ...look, kind: 'seen', boxes } : look;
}

/** What is blanked. */
export const blankedBoxes = (look: Look): readonly Box[] => [
  ...(look.kind === 'seen' ? look.boxes : []),
  ...(look.face ?? []),
];

const HEAD = /head|brain|skull|neuro|face|facial|sinus|orbit|crani|cereb/i;

/** Where a part of the body is named. */
const PLACES = [
  Tag.BodyPartExamined,
  Tag.SeriesDescription,
  Tag.StudyDescription,
  Tag.ProtocolName,
  Tag.RequestedProcedureDescription,
];

/** Whether an instance is a slice of a head, from whose series a face can be rebuilt. */
export const mayShowFace = (dataset: Dataset): boolean =>
  /^(CT|MR)\s*$/.test(dataset.string(Tag.Modality) ?? '') &&
  (saysYes(dataset, Tag.RecognizableVisualFeatures) || isHead(dataset));

const isHead = (dataset: Dataset): boolean =>
  PLACES.some((tag) => HEAD.test(dataset.string(tag) ?? ''));

/** The pixel data in its forms, and where it is fetched from. */
export const PIXELS = [
  Tag.PixelData,
  Tag.FloatPixelData,
  Tag.DoubleFloatPixelData,
  Tag.PixelDataProviderURL,
];

/** Why a picture must be looked at before it leaves, in words; undefined when it need not be. */
export function reasonToLook(
  dataset: Dataset,
  look: Look,
  profile: Profile,
  isVideo: boolean,
): string | undefined {
  const { options } = profile;
  if (look.kind === 'seen') return undefined;
  const hasPixels = PIXELS.some((tag) => dataset.has(tag));
  // What the header says of pictures is said of a document's pages and of a video, too: who has seen these has seen all.
  if (look.content === 'released' && (!hasPixels || isVideo)) return undefined;
  if (look.kind === 'withheld') return 'Who looked at its picture has not released it.';
  if (saysYes(dataset, Tag.BurnedInAnnotation)) {
    return 'Burned In Annotation says that names or other text stand in the picture.';
  }
  if (!look.face && saysYes(dataset, Tag.RecognizableVisualFeatures)) {
    return 'Recognizable Visual Features says that the picture shows who it is.';
  }
  if (!hasPixels) return undefined;
  if (options.has('clean-pixel-data')) {
    return 'Clean Pixel Data Option: nobody has looked at its picture yet.';
  }
  if (!look.face && options.has('clean-recognizable-visual-features')) {
    return 'Clean Recognizable Visual Features Option: nobody has looked at its picture yet.';
  }
  if (saysNo(dataset)) return undefined;
  if (profile.asksForBurnedIn && isCapture(dataset)) {
    return 'A Secondary Capture without the word that no text stands in its picture (Burned In Annotation).';
  }
  const kind = profile.isStrict ? suspectedKind(dataset, profile.pictureRules) : undefined;
  return kind === undefined ? undefined : `Nobody has looked at its picture yet. ${kind}`;
}

/** Secondary Capture, and its multi-frame forms. */
const isCapture = (dataset: Dataset): boolean =>
  /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.|$)/.test(dataset.string(Tag.SOPClassUID) ?? '');

const saysNo = (dataset: Dataset): boolean =>
  dataset.string(Tag.BurnedInAnnotation)?.toUpperCase() === 'NO';

/** Without regard to case and to what stands behind: a warning in bad form is still one. */
const saysYes = (dataset: Dataset, tag: number): boolean =>
  /^\s*YES/i.test(dataset.string(tag) ?? '');

/** What whoever looks at an instance needs to know of it. */
export interface NeedsLook {
  /** What made it: the conditions that a rule for it would have. */
  readonly device: PictureRule['match'];
  /** Where text may stand, by its header. */
  readonly proposed: readonly Box[];
  /** It is a slice of a head, and its face is still there. */
  readonly mayShowFace: boolean;
}

export const needsLook = (dataset: Dataset, look: Look, { pictureRules }: Profile): NeedsLook => ({
  device: deviceOf(dataset),
  proposed: proposedBoxes(dataset, pictureRules),
  mayShowFace: !look.face && mayShowFace(dataset),
});
