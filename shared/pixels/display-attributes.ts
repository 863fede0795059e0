import type { Dataset } from '../dicom/dataset.ts';
import type { ParsedInstance } from '../dicom/read-instance.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { functionalGroup } from './functional-group.ts';
import type { ImageDescription } from './image-description.ts';
import { readLookupTable } from './lookup-table.ts';
import { IDENTITY_RESCALE, type ModalityTransform } from './modality.ts';
import { readPalette, type Palette } from './palette.ts';
import type { VoiFunction, VoiTransform } from './voi.ts';

/** A window or a look-up table that the object brings, with its explanation where it has one. */
export interface NamedVoi {
  readonly name: string | undefined;
  readonly transform: VoiTransform;
}

/** How the object itself wants a frame of it to be shown (PS3.3 sections C.11.1, C.11.2 and C.7.6.3.1.5). */
export interface DisplayAttributes {
  readonly modality: ModalityTransform;
  /** In the order of preference: look-up tables first, then windows. Empty where the object has neither. */
  readonly vois: readonly NamedVoi[];
  /** The lowest value is white: MONOCHROME1, or Presentation LUT Shape INVERSE. */
  readonly inverse: boolean;
  readonly palette: Palette | undefined;
}

/**
 * Reads them, for a frame of an enhanced multi-frame object from its functional groups (PS3.3 section C.7.6.16).
 *
 * @param frameIndex from 0
 */
export async function readDisplayAttributes(
  instance: ParsedInstance,
  image: ImageDescription,
  frameIndex: number,
): Promise<DisplayAttributes> {
  const { dataset, source } = instance;
  const isPalette = image.photometricInterpretation === 'PALETTE COLOR';
  const modality = await modalityOf(instance, image, frameIndex);
  return {
    modality,
    vois: await voisOf(instance, { signed: image.signed, modality }, frameIndex),
    inverse:
      image.photometricInterpretation === 'MONOCHROME1' ||
      dataset.string(Tag.PresentationLUTShape) === 'INVERSE',
    palette: isPalette ? await readPalette(source, dataset, image.signed) : undefined,
  };
}

async function modalityOf(
  { dataset, source }: ParsedInstance,
  image: ImageDescription,
  frameIndex: number,
): Promise<ModalityTransform> {
  if (leadsBackToIntensity(dataset)) return IDENTITY_RESCALE;
  const [lut] = dataset.items(Tag.ModalityLUTSequence);
  if (lut) return { kind: 'lut', table: await readLookupTable(source, lut, image.signed) };
  const holder =
    functionalGroup(dataset, Tag.PixelValueTransformationSequence, frameIndex) ?? dataset;
  const slope = holder.number(Tag.RescaleSlope);
  const intercept = holder.number(Tag.RescaleIntercept);
  if (slope === undefined && intercept === undefined) return IDENTITY_RESCALE;
  // A slope of 0 would erase the image: such files mean "none".
  return { kind: 'rescale', slope: slope === 0 ? 1 : (slope ?? 1), intercept: intercept ?? 0 };
}

/** X-Ray Angiographic, X-Ray Radiofluoroscopic and the retired Bi-Plane Image Storage. */
const X_RAY_CLASSES: ReadonlySet<string> = new Set([
  '1.2.840.10008.5.1.4.1.1.12.1',
  '1.2.840.10008.5.1.4.1.1.12.2',
  '1.2.840.10008.5.1.4.1.1.12.3',
]);

/**
 * Of angiographic images that are made for the eye already (LOG, DISP, SQRT) the Modality LUT leads back to what the
 * detector saw, for measurements: it is none of the display (PS3.3 section C.8.7.1.1.2, PS3.4 section N.2.1).
 */
const leadsBackToIntensity = (dataset: Dataset): boolean =>
  X_RAY_CLASSES.has(dataset.string(Tag.SOPClassUID) ?? '') &&
  (dataset.string(Tag.PixelIntensityRelationship) ?? 'LIN') !== 'LIN';

async function voisOf(
  { dataset, source }: ParsedInstance,
  { signed, modality }: { readonly signed: boolean; readonly modality: ModalityTransform },
  frameIndex: number,
): Promise<NamedVoi[]> {
  const holder = functionalGroup(dataset, Tag.FrameVOILUTSequence, frameIndex) ?? dataset;
  const vois: NamedVoi[] = [];
  // The first input is of the kind that the Modality LUT puts out (PS3.3 section C.11.2.1.1).
  const mayBeNegative =
    modality.kind === 'rescale' && (signed || modality.intercept < 0 || modality.slope < 0);
  for (const item of holder.items(Tag.VOILUTSequence)) {
    const table = await readLookupTable(source, item, mayBeNegative);
    vois.push({ name: item.text(Tag.LUTExplanation), transform: { kind: 'lut', table } });
  }
  const widths = holder.numbers(Tag.WindowWidth);
  const names = holder.strings(Tag.WindowCenterWidthExplanation);
  const by = voiFunction(holder.string(Tag.VOILUTFunction));
  for (const [i, center] of holder.numbers(Tag.WindowCenter).entries()) {
    const width = widths[i];
    if (!Number.isFinite(center) || width === undefined || !(width > 0)) continue;
    const name = names[i] === '' ? undefined : names[i];
    vois.push({ name, transform: { kind: 'window', center, width, function: by } });
  }
  return vois;
}

const voiFunction = (term: string | undefined): VoiFunction =>
  term === 'SIGMOID' || term === 'LINEAR_EXACT' ? term : 'LINEAR';
