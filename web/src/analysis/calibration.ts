import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { MeasuredFrame } from './measured-frame.ts';
import type { ImagePoint, Measurement } from './measurement.ts';
import { hasUltrasoundRegions, regionAround, type Axis } from './ultrasound-region.ts';

/**
 * Where sizes come from, where that isn't plain Pixel Spacing:
 * - `manual`: the user said how long a line is;
 * - `region`: of an ultrasound image;
 * - `fiducial`, `geometry`: Pixel Spacing of a projection, corrected by an object of known size, or by geometry;
 * - `calibrated`: the same, the object doesn't say how;
 * - `magnification`: Imager Pixel Spacing, corrected by the estimated magnification;
 * - `detector`: not corrected, sizes are those of the shadow;
 * - `outside`: beyond the ultrasound regions, or over several; `none`: nothing is known. Both measure in pixels.
 */
export type CalibrationSource =
  | 'spacing'
  | 'manual'
  | 'region'
  | 'fiducial'
  | 'geometry'
  | 'calibrated'
  | 'magnification'
  | 'detector'
  | 'outside'
  | 'none';

/** How large things are around some points of a frame. */
export interface Calibration {
  readonly source: CalibrationSource;
  readonly x: Axis;
  readonly y: Axis;
}

/**
 * The first that there is: what the user has said, the ultrasound region, Pixel Spacing, Imager Pixel Spacing
 * (PS3.3 sections 10.7.1, C.8.5.5), pixels.
 *
 * @param manual the calibrations that were drawn on the instance; the last one counts
 */
export function calibrationOf(
  frame: MeasuredFrame,
  points: readonly ImagePoint[],
  manual: readonly Measurement[] = [],
): Calibration {
  const byHand = manual.findLast(({ lengthMm }) => lengthMm !== undefined);
  if (byHand) return manualCalibration(frame, byHand);
  if (hasUltrasoundRegions(frame.dataset)) {
    const region = regionAround(frame.dataset, points);
    return region
      ? { source: 'region', x: region.x, y: region.y }
      : { source: 'outside', ...pixels(frame) };
  }
  const { scale } = frame;
  if (scale.kind === 'none') return { source: 'none', ...pixels(frame) };
  return {
    source: sourceOf(frame),
    x: { unit: 'mm', perPixel: scale.columnSpacing },
    y: { unit: 'mm', perPixel: scale.rowSpacing },
  };
}

/** The shape of a pixel, its width as the unit. */
function pixels({ scale }: MeasuredFrame): Pick<Calibration, 'x' | 'y'> {
  return {
    x: { unit: 'px', perPixel: 1 },
    y: { unit: 'px', perPixel: scale.rowSpacing / scale.columnSpacing },
  };
}

/** The user's line gives the size, the object the shape of a pixel. */
function manualCalibration(
  frame: MeasuredFrame,
  { points, lengthMm = 0 }: Measurement,
): Calibration {
  const region = regionAround(frame.dataset, points);
  const isPlane = region?.x.unit === 'mm' && region.y.unit === 'mm';
  const shape = isPlane ? region : pixels(frame);
  const [width, height] = [Math.abs(shape.x.perPixel), Math.abs(shape.y.perPixel)];
  const [from = { x: 0, y: 0 }, to = from] = points;
  const length = Math.hypot((to.x - from.x) * width, (to.y - from.y) * height);
  if (!(length > 0 && lengthMm > 0)) return { source: 'none', ...pixels(frame) };
  const factor = lengthMm / length;
  return {
    source: 'manual',
    x: { unit: 'mm', perPixel: width * factor },
    y: { unit: 'mm', perPixel: height * factor },
  };
}

const BY_TERM: Readonly<Record<string, CalibrationSource>> = {
  FIDUCIAL: 'fiducial',
  GEOMETRY: 'geometry',
};

function sourceOf({ dataset, scale }: MeasuredFrame): CalibrationSource {
  if (scale.kind === 'detector') return 'detector';
  const term = dataset.string(Tag.PixelSpacingCalibrationType);
  if (term !== undefined) return BY_TERM[term] ?? 'calibrated';
  if (!dataset.has(Tag.ImagerPixelSpacing)) return 'spacing';
  return dataset.has(Tag.PixelSpacing) ? 'calibrated' : 'magnification';
}

/** Height of a pixel by its width around some points; 1 where its sides measure unlike things. */
export function aspectAt(frame: MeasuredFrame, points: readonly ImagePoint[]): number {
  const { x, y } = calibrationOf(frame, points);
  return x.unit === y.unit ? Math.abs(y.perPixel / x.perPixel) : 1;
}
