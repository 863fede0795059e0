import type { ImagePoint, MeasurementKind } from '../analysis/measurement.ts';
import { toImage, type ScreenPoint } from './measure-shape.ts';
import type { Placement } from '../viewer/image-placement.ts';

/** A measurement that is being drawn; its last point follows the pointer, except of what is drawn in one stroke. */
export interface Draft {
  readonly kind: MeasurementKind;
  readonly points: readonly ImagePoint[];
}

/** The button goes down: something is begun, or its next point placed. */
export function pressed(draft: Draft | undefined, kind: MeasurementKind, at: ImagePoint): Draft {
  if (!draft) return { kind, points: kind === 'probe' || kind === 'freehand' ? [at] : [at, at] };
  const placed = followed(draft, at);
  // The second line of a Cobb angle begins as its first did.
  const isSecondLine = kind === 'cobb' && placed.points.length === 3;
  return isSecondLine ? { ...placed, points: [...placed.points, at] } : placed;
}

/** The pointer moves, over a freehand region with the button down. */
export const followed = (draft: Draft, at: ImagePoint): Draft => ({
  ...draft,
  points: draft.kind === 'freehand' ? [...draft.points, at] : [...draft.points.slice(0, -1), at],
});

/**
 * The button goes up: by dragging, or by a click at each end.
 *
 * @param count points that are to be drawn
 * @param isFar whether a place is away enough from the point before it to be another one
 */
export function released(
  draft: Draft,
  at: ImagePoint,
  count: number,
  isFar: (before: ImagePoint) => boolean,
): { readonly draft: Draft; readonly isDone: boolean } {
  if (draft.kind === 'freehand') return { draft, isDone: true };
  const placed = followed(draft, at);
  if (draft.kind === 'probe') return { draft: placed, isDone: true };
  const before = placed.points.at(-2);
  if (before && !isFar(before)) return { draft: placed, isDone: false };
  if (placed.points.length === count) return { draft: placed, isDone: true };
  return { draft: { ...placed, points: [...placed.points, at] }, isDone: false };
}

/** Half the size of what is put in without a pointer, CSS pixels. */
const REACH = 60;

const CORNER: readonly ScreenPoint[] = [
  [-1, -1],
  [1, 1],
];
const ACROSS: readonly ScreenPoint[] = [
  [-1, 0],
  [1, 0],
];

/** Points of a fresh measurement, by half its size from its middle. */
const FRESH: Readonly<Record<MeasurementKind, readonly ScreenPoint[]>> = {
  length: ACROSS,
  calibration: ACROSS,
  bidirectional: ACROSS,
  arrow: [
    [0, 0],
    [1, 1],
  ],
  angle: [
    [1, -1],
    [-1, 0],
    [1, 0],
  ],
  cobb: [
    [-1, -1],
    [1, -1],
    [-1, 1],
    [1, 1],
  ],
  ellipse: CORNER,
  rectangle: CORNER,
  freehand: Array.from({ length: 8 }, (_, i): ScreenPoint => {
    const turn = (i / 8) * 2 * Math.PI;
    return [Math.cos(turn), Math.sin(turn)];
  }),
  probe: [[0, 0]],
};

/** What the keyboard puts in the middle of a viewport, to be moved from there. */
export const freshPoints = (
  kind: MeasurementKind,
  placement: Placement,
  [x, y]: ScreenPoint,
): ImagePoint[] =>
  FRESH[kind].map(([dx, dy]) => toImage(placement, [x + dx * REACH, y + dy * REACH]));
