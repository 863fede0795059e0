import type { Types } from '@cornerstonejs/core';
import { cornerTexts, NO_TEXTS } from './corner-texts.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { frameTimeMs } from './frame-time.ts';
import type { FrameHeader } from './frame-catalogue.ts';
import type { LoadedFrame } from './frame-loader.ts';
import type { ImageArea } from './image-area.ts';
import { imagePlacement } from './image-placement.ts';
import { pictureOffset } from './picture-offset.ts';
import { lossyWarning } from './lossy-warning.ts';
import { scaleBar } from './scale-bar.ts';
import { lengthOf, lettersAt, viewAxes, zoomOf } from './view-axes.ts';
import { gapsBetween } from './stack-spacing.ts';
import { NO_LETTERS, type ViewerState } from './viewer-state.ts';
import type { VoiChoice } from './voi-choice.ts';

/** What is shown of an image's surroundings depends on these, besides the image itself. */
export interface ViewSituation {
  readonly index: number;
  /** Of the instance, from 0. */
  readonly frameIndex: number;
  readonly count: number;
  readonly voi: VoiChoice;
  /** What is odd about the stack as a whole, in words. */
  readonly stackProblem: string | undefined;
  /** From image to image. */
  readonly spacingMm: number | undefined;
}

type ViewDescription = Pick<
  ViewerState,
  | 'window'
  | 'voiOptions'
  | 'isCt'
  | 'modality'
  | 'zoom'
  | 'mmPerPixel'
  | 'pan'
  | 'corners'
  | 'letters'
  | 'warnings'
  | 'scaleBar'
  | 'frameTimeMs'
  | 'placement'
  | 'area'
  | 'isDeidentified'
>;

export const NO_VIEW: ViewDescription = {
  window: undefined,
  voiOptions: [],
  isCt: false,
  modality: '',
  zoom: 1,
  mmPerPixel: undefined,
  pan: [0, 0],
  corners: NO_TEXTS,
  letters: NO_LETTERS,
  warnings: [],
  scaleBar: undefined,
  frameTimeMs: undefined,
  placement: undefined,
  area: undefined,
  isDeidentified: false,
};

/** The part of the viewport's width that a scale bar may take. */
const SCALE_BAR_PART = 0.3;

/** Everything around the picture of a frame: measured on the viewport, and read from its header. */
export function describeView(
  viewport: Types.IStackViewport,
  frame: LoadedFrame,
  { index, frameIndex, count, voi, stackProblem, spacingMm }: ViewSituation,
): ViewDescription {
  const { header } = frame;
  const { dataset, transferSyntaxUid } = header.instance;
  const axes = viewAxes(viewport, header);
  const zoom = axes ? zoomOf(axes, header) : 1;
  const window = voi.windowFor(frame);
  const { geometry } = header;
  const available = viewport.element.clientWidth * SCALE_BAR_PART;
  const modality = dataset.string(Tag.Modality) ?? '';
  const lossy = lossyWarning(dataset, transferSyntaxUid);
  const gaps = gapsBetween(spacingMm, geometry.sliceThicknessMm);
  return {
    window,
    voiOptions: voi.options(frame),
    isCt: modality === 'CT',
    modality,
    zoom,
    mmPerPixel: axes && geometry.scale.kind === 'patient' ? lengthOf(axes.right) : undefined,
    pan: pictureOffset(viewport, header),
    corners: cornerTexts(dataset, { index, count, window, zoom, geometry }),
    letters: axes ? lettersAt(axes, header) : NO_LETTERS,
    warnings: [lossy, stackProblem, gaps, notCalibrated(header), ...header.problems].filter(
      (warning) => warning !== undefined,
    ),
    scaleBar: axes && scaleBar(geometry.scale.kind, lengthOf(axes.right), available),
    frameTimeMs: frameTimeMs(dataset, frameIndex),
    isDeidentified: dataset.string(Tag.PatientIdentityRemoved) === 'YES',
    placement: axes && imagePlacement(viewport, header),
    area: areaOf(header),
  };
}

/** Of an ultrasound image its regions say how large things are. */
function notCalibrated({ geometry, instance }: FrameHeader): string | undefined {
  const isKnown =
    geometry.scale.kind !== 'none' || instance.dataset.has(Tag.SequenceOfUltrasoundRegions);
  return isKnown ? undefined : 'Not calibrated';
}

function areaOf({ geometry, image, instance }: FrameHeader): ImageArea | undefined {
  const { position, rowDirection, columnDirection } = geometry;
  const frameOfReferenceUid = instance.dataset.string(Tag.FrameOfReferenceUID);
  if (!position || !rowDirection || !columnDirection || !frameOfReferenceUid) return undefined;
  return { frameOfReferenceUid, plane: geometry, rows: image.rows, columns: image.columns };
}

export function overlaysOf(
  frame: LoadedFrame | undefined,
  areShown: boolean,
): ViewerState['overlays'] {
  if (!frame || frame.header.marks.overlays.length === 0) return 'none';
  return areShown ? 'shown' : 'hidden';
}
