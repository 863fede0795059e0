import { axisEnds, ellipseOf, turnedTo, type Ellipse } from './ellipse.ts';
import type { ImagePoint, Measurement } from './measurement.ts';

/** The handle by which an ellipse is turned, after those at the ends of its axes. */
const TURNING = 4;
/** How far away from the middle it is, in parts of the axis that it goes on. */
const TURNING_PART = 1.5;

/** The places by which a measurement is pulled. Those of a rectangle are its corners, of an ellipse the ends of its axes. */
export function handlesOf({ kind, points }: Measurement): readonly ImagePoint[] {
  const [a, b] = points;
  if (!a || !b) return points;
  if (kind === 'rectangle') return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
  const ellipse = kind === 'ellipse' ? ellipseOf(points) : undefined;
  if (!ellipse) return points;
  const { middle, second } = ellipse;
  const turning = {
    x: middle.x - second.x * TURNING_PART,
    y: middle.y - second.y * TURNING_PART,
  };
  const [left, right, top, bottom] = axisEnds(ellipse);
  return [left, top, right, bottom, turning].filter((handle) => handle !== undefined);
}

/**
 * A measurement after one of its handles was pulled to a place.
 *
 * @param aspect height of a pixel by its width, for what must stay at right angles
 */
export function withHandleAt(
  measurement: Measurement,
  handle: number,
  to: ImagePoint,
  aspect: number,
): Measurement {
  const { kind, points } = measurement;
  const replaced = points.map((point, i) => (i === handle ? to : point));
  const [a, b] = points;
  if (!a || !b) return { ...measurement, points: replaced };
  switch (kind) {
    case 'rectangle':
      return { ...measurement, points: pulledBox([a, b], handle, to) };
    case 'ellipse': {
      const ellipse = ellipseOf(points);
      return ellipse
        ? { ...measurement, points: pulledEllipse(ellipse, points, handle, to, aspect) }
        : measurement;
    }
    case 'bidirectional':
      return { ...measurement, points: pulledAxes(points, handle, to, aspect) };
    default:
      return { ...measurement, points: replaced };
  }
}

export const movedBy = (measurement: Measurement, dx: number, dy: number): Measurement => ({
  ...measurement,
  points: measurement.points.map(({ x, y }) => ({ x: x + dx, y: y + dy })),
});

function pulledBox(
  [a, b]: readonly [ImagePoint, ImagePoint],
  handle: number,
  to: ImagePoint,
): ImagePoint[] {
  const [left, top] = [handle === 0 || handle === 3, handle < 2];
  return [
    { x: left ? to.x : a.x, y: top ? to.y : a.y },
    { x: left ? b.x : to.x, y: top ? b.y : to.y },
  ];
}

/** The other end of the axis stays, and the other axis as long as it is. */
function pulledEllipse(
  ellipse: Ellipse,
  points: readonly ImagePoint[],
  handle: number,
  to: ImagePoint,
  aspect: number,
): ImagePoint[] {
  const [a, b, c, d] = points;
  if (handle === TURNING) return turnedTo(ellipse, to, aspect);
  if (!a || !b) return [...points];
  if (!c || !d) {
    return [
      { x: handle === 0 ? to.x : a.x, y: handle === 1 ? to.y : a.y },
      { x: handle === 2 ? to.x : b.x, y: handle === 3 ? to.y : b.y },
    ];
  }
  const [start, end] = handle % 2 === 0 ? [a, b] : [c, d];
  const [fixed, pulled] = handle < 2 ? [end, start] : [start, end];
  const [dx, dy] = [pulled.x - fixed.x, pulled.y - fixed.y];
  const along = (to.x - fixed.x) * dx + (to.y - fixed.y) * dy * aspect ** 2;
  const part = along / (dx * dx + (dy * aspect) ** 2 || 1);
  const placed = { x: fixed.x + dx * part, y: fixed.y + dy * part };
  const middle = { x: (fixed.x + placed.x) / 2, y: (fixed.y + placed.y) / 2 };
  const half = ({ x, y }: ImagePoint) => ({ x: x * part, y: y * part });
  return axisEnds(
    handle % 2 === 0
      ? { ...ellipse, middle, first: half(ellipse.first) }
      : { ...ellipse, middle, second: half(ellipse.second) },
  );
}

/** Part of the long axis that a fresh short axis has. */
const SHORT_PART = 0.5;

/** A short axis across the middle of a long one. */
export function shortAxisFor(a: ImagePoint, b: ImagePoint, aspect: number): ImagePoint[] {
  const half = (Math.hypot(b.x - a.x, (b.y - a.y) * aspect) * SHORT_PART) / 2;
  return acrossAt(a, b, aspect, { part: 0.5, before: half, after: half });
}

/** Where a short axis crosses the long one (0 to 1), and how far it goes to either side, in widths of a pixel. */
interface Crossing {
  readonly part: number;
  readonly before: number;
  readonly after: number;
}

function acrossAt(
  a: ImagePoint,
  b: ImagePoint,
  aspect: number,
  { part, before, after }: Crossing,
): ImagePoint[] {
  const [dx, dy] = [b.x - a.x, (b.y - a.y) * aspect];
  const length = Math.hypot(dx, dy) || 1;
  const [nx, ny] = [-dy / length, dx / length / aspect];
  const [x, y] = [a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part];
  return [
    { x: x - nx * before, y: y - ny * before },
    { x: x + nx * after, y: y + ny * after },
  ];
}

/** Where a point lies beside the line from a to b: along it from 0 to 1, and across, in widths of a pixel. */
function beside(a: ImagePoint, b: ImagePoint, point: ImagePoint, aspect: number) {
  const [dx, dy] = [b.x - a.x, (b.y - a.y) * aspect];
  const [px, py] = [point.x - a.x, (point.y - a.y) * aspect];
  const squared = dx * dx + dy * dy || 1;
  return {
    part: Math.min(1, Math.max(0, (px * dx + py * dy) / squared)),
    across: (dx * py - dy * px) / Math.sqrt(squared),
  };
}

/** The axes stay at right angles, and the short one where it crosses the long one. */
function pulledAxes(
  points: readonly ImagePoint[],
  handle: number,
  to: ImagePoint,
  aspect: number,
): ImagePoint[] {
  const [a, b, c, d] = points;
  if (!a || !b || !c || !d) return [...points];
  const from = beside(a, b, c, aspect);
  const crossing = {
    part: from.part,
    before: Math.abs(from.across),
    after: Math.abs(beside(a, b, d, aspect).across),
  };
  if (handle < 2) {
    const [start, end] = handle === 0 ? [to, b] : [a, to];
    return [start, end, ...acrossAt(start, end, aspect, crossing)];
  }
  const { part, across } = beside(a, b, to, aspect);
  const pulled =
    handle === 2
      ? { ...crossing, part, before: Math.max(0, -across) }
      : { ...crossing, part, after: Math.max(0, across) };
  return [a, b, ...acrossAt(a, b, aspect, pulled)];
}

/**
 * Leaves out points of an outline that lie on the way between others.
 *
 * @param tolerance in pixels of the image
 */
export function simplified(points: readonly ImagePoint[], tolerance: number): ImagePoint[] {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || points.length < 3) return [...points];
  let [farthest, distance] = [0, 0];
  for (const [i, point] of points.entries()) {
    const away = distanceToLine(first, last, point);
    if (away > distance) [farthest, distance] = [i, away];
  }
  if (distance <= tolerance) return [first, last];
  const before = simplified(points.slice(0, farthest + 1), tolerance);
  return [...before.slice(0, -1), ...simplified(points.slice(farthest), tolerance)];
}

function distanceToLine(a: ImagePoint, b: ImagePoint, point: ImagePoint): number {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  // A closed line comes back to where it began.
  if (length === 0) return Math.hypot(point.x - a.x, point.y - a.y);
  const cross = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x);
  return Math.abs(cross) / length;
}
