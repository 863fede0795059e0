import { positionAlongNormal, type FramePlane } from './frame-geometry.ts';
import { areParallel } from './stack-order.ts';

/** Positions are written with a few decimals: steps that differ by less are the same. */
const TOLERANCE_MM = 0.05;
const TOLERANCE_PART = 0.01;
/** Gaps between slices of up to half their thickness are usual in MR. */
const USUAL_GAP_PART = 0.5;
/** Closer images lie at the same place. */
const SAME_PLACE_MM = 0.01;

/** What makes a sorted stack other than the even one that it is taken for, in words; undefined where nothing does. */
export function unevenSpacing(planes: readonly (FramePlane | undefined)[]): string | undefined {
  const steps = stepsOf(planes);
  if (!steps) return undefined;
  if (!areParallel(planes)) return 'Images of several orientations';
  const apart = steps.filter((step) => step > SAME_PLACE_MM).sort((a, b) => a - b);
  const [least, most] = [apart[0], apart.at(-1)];
  if (least === undefined || most === undefined) return undefined;
  if (most - least > TOLERANCE_MM + TOLERANCE_PART * least) {
    return `Uneven spacing: ${millimetres(least)} to ${millimetres(most)} mm`;
  }
  return hasEvenRepeats(steps) ? undefined : 'Some images lie at the same place';
}

/** How far a sorted stack's images are apart, mm: the least where that differs; undefined where they have no places. */
export function leastSpacing(planes: readonly (FramePlane | undefined)[]): number | undefined {
  const apart = (stepsOf(planes) ?? []).filter((step) => step > SAME_PLACE_MM);
  return apart.length > 0 && areParallel(planes) ? Math.min(...apart) : undefined;
}

/** That much of the body lies between the slices and is on none of them, in words; undefined where it isn't so. */
export function gapsBetween(
  spacingMm: number | undefined,
  sliceThicknessMm: number | undefined,
): string | undefined {
  if (spacingMm === undefined || sliceThicknessMm === undefined || sliceThicknessMm <= 0) {
    return undefined;
  }
  if (spacingMm <= sliceThicknessMm * (1 + USUAL_GAP_PART) + TOLERANCE_MM) return undefined;
  return `Gaps: ${millimetres(sliceThicknessMm)} mm thick, ${millimetres(spacingMm)} mm apart`;
}

/** Along the normal, from image to image. */
function stepsOf(planes: readonly (FramePlane | undefined)[]): readonly number[] | undefined {
  const places = planes.flatMap((plane) => (plane && positionAlongNormal(plane)) ?? []);
  if (places.length < planes.length) return undefined;
  return places.slice(1).map((place, i) => Math.abs(place - (places[i] ?? place)));
}

/** At each place as many images as at the others: a stack in time. */
function hasEvenRepeats(steps: readonly number[]): boolean {
  const counts = [1];
  for (const step of steps) {
    if (step > SAME_PLACE_MM) counts.push(1);
    else counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1;
  }
  return new Set(counts).size === 1;
}

const millimetres = (value: number): number => Number(value.toPrecision(3));

/** Both of a stack, as it is described. */
export const stackSpacing = (planes: readonly (FramePlane | undefined)[]) => ({
  stackProblem: unevenSpacing(planes),
  spacingMm: leastSpacing(planes),
});
