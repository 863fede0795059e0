import { positionAlongNormal, type FramePlane } from './frame-geometry.ts';
import { areParallel } from './stack-order.ts';

/** Positions are written with a few decimals: steps that differ by less are the same. */
const TOLERANCE_MM = 0.05;
const TOLERANCE_PART = 0.01;
/** Closer images lie at the same place. */
const SAME_PLACE_MM = 0.01;

/** What makes a sorted stack other than the even one that it is taken for, in words; undefined where nothing does. */
export function unevenSpacing(planes: readonly (FramePlane | undefined)[]): string | undefined {
  const places = planes.flatMap((plane) => (plane && positionAlongNormal(plane)) ?? []);
  if (places.length < planes.length) return undefined;
  if (!areParallel(planes)) return 'Images of several orientations';
  const steps = places.slice(1).map((place, i) => Math.abs(place - (places[i] ?? place)));
  const apart = steps.filter((step) => step > SAME_PLACE_MM).sort((a, b) => a - b);
  const [least, most] = [apart[0], apart.at(-1)];
  if (least === undefined || most === undefined) return undefined;
  if (most - least > TOLERANCE_MM + TOLERANCE_PART * least) {
    return `Uneven spacing: ${millimetres(least)} to ${millimetres(most)} mm`;
  }
  return hasEvenRepeats(steps) ? undefined : 'Some images lie at the same place';
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
