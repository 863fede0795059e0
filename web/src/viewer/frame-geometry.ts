import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { functionalGroup } from '../../../shared/pixels/functional-group.ts';
import { cross, dot, type PatientVector } from './patient-space.ts';
import { pixelScaleOf, type PixelScale } from './pixel-scale.ts';

/** Where a frame lies in the patient (PS3.3 C.7.6.2 and C.7.6.16.2). */
export interface FramePlane {
  /** Directions of a row and of a column, unit vectors; undefined for images that know none. */
  readonly rowDirection: PatientVector | undefined;
  readonly columnDirection: PatientVector | undefined;
  /** Centre of the first pixel, mm. */
  readonly position: PatientVector | undefined;
}

/** Where a frame lies, and how large its pixels are. */
export interface FrameGeometry extends FramePlane {
  readonly scale: PixelScale;
  readonly sliceThicknessMm: number | undefined;
}

/** @param frameIndex from 0 */
export function frameGeometry(dataset: Dataset, frameIndex: number): FrameGeometry {
  const orientation = (
    functionalGroup(dataset, Tag.PlaneOrientationSequence, frameIndex) ?? dataset
  ).numbers(Tag.ImageOrientationPatient);
  const position = (
    functionalGroup(dataset, Tag.PlanePositionSequence, frameIndex) ?? dataset
  ).numbers(Tag.ImagePositionPatient);
  const measures = functionalGroup(dataset, Tag.PixelMeasuresSequence, frameIndex) ?? dataset;
  return {
    ...framePlane(orientation, position),
    scale: pixelScaleOf(dataset, measures),
    sliceThicknessMm: measures.number(Tag.SliceThickness),
  };
}

/** @param orientation,position the values of Image Orientation and Image Position (Patient), empty where there are none */
export function framePlane(
  orientation: readonly number[],
  position: readonly number[],
): FramePlane {
  return {
    rowDirection: direction(orientation.slice(0, 3)),
    columnDirection: direction(orientation.slice(3, 6)),
    position: vector(position),
  };
}

/** How far along its stack's normal a frame lies, mm; undefined where it has no place in the patient. */
export function positionAlongNormal(geometry: FramePlane): number | undefined {
  const { rowDirection, columnDirection, position } = geometry;
  if (!rowDirection || !columnDirection || !position) return undefined;
  return dot(cross(rowDirection, columnDirection), position);
}

function vector(values: readonly number[]): PatientVector | undefined {
  const [x, y, z] = values;
  if (x === undefined || y === undefined || z === undefined) return undefined;
  return [x, y, z].every(Number.isFinite) ? [x, y, z] : undefined;
}

/** Written directions are rounded: they are made unit vectors. One of length 0 is none. */
function direction(values: readonly number[]): PatientVector | undefined {
  const raw = vector(values);
  const length = raw ? Math.hypot(...raw) : 0;
  if (!raw || length < 0.5) return undefined;
  return [raw[0] / length, raw[1] / length, raw[2] / length];
}
