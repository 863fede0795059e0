import type { ImagePoint, Measurement } from '../analysis/measurement.ts';
import type { Placement } from '../viewer/image-placement.ts';
import type { Area } from './label-layout.ts';

/** A place in a viewport, CSS pixels. */
export type ScreenPoint = readonly [x: number, y: number];

export const toScreen = ([a, b, c, d, e, f]: Placement, { x, y }: ImagePoint): ScreenPoint => [
  a * x + c * y + e,
  b * x + d * y + f,
];

export function toImage([a, b, c, d, e, f]: Placement, [x, y]: ScreenPoint): ImagePoint {
  const determinant = a * d - b * c || 1;
  return {
    x: (d * (x - e) - c * (y - f)) / determinant,
    y: (a * (y - f) - b * (x - e)) / determinant,
  };
}

/** CSS pixels for each of the image, across. */
export const scaleOf = ([a, b]: Placement): number => Math.hypot(a, b) || 1;

const PROBE_ARM = 7;
const PROBE_GAP = 2;
const HEAD = 11;
const HEAD_ANGLE = 0.45;
/** Enough for a circle as large as a screen to look round. */
const ELLIPSE_POINTS = 72;

/** What is drawn of a measurement, as the path of an SVG; of a draft as far as it goes. */
export function pathOf({ kind, points }: Measurement, placement: Placement): string {
  const at = (point: ImagePoint) => toScreen(placement, point);
  const [a, b, c, d] = points.map(at);
  if (!a) return '';
  switch (kind) {
    case 'probe':
      return probePath(a);
    case 'freehand':
      return line(points.map(at), true);
    case 'ellipse':
      return line(ellipseOf(points).map(at), true);
    case 'rectangle':
      return line(boxOf(points).map(at), true);
    case 'angle':
      return line(points.map(at));
    case 'cobb':
    case 'bidirectional':
      return (b ? line([a, b]) : '') + (c && d ? line([c, d]) : '');
    case 'arrow':
      return b ? line([a, b]) + arrowHead(a, b) : '';
    case 'length':
    case 'calibration':
      return b ? line([a, b]) : '';
  }
}

/** The link between the two lines of a Cobb angle: dashed, it is no part of them. */
export function linkOf({ kind, points }: Measurement, placement: Placement): string {
  const [a, b, c, d] = points.map((point) => toScreen(placement, point));
  if (kind !== 'cobb' || !a || !b || !c || !d) return '';
  return line([middle(a, b), middle(c, d)]);
}

/** The handle by which an ellipse is turned stands away from it, by so many CSS pixels at least. */
const TURNING_AWAY = 28;

/**
 * Handles as they are seen: that by which an ellipse is turned is never too near to the others.
 * @param handles of the image
 */
export function handlePlaces(
  { kind }: Measurement,
  handles: readonly ImagePoint[],
  placement: Placement,
): { readonly place: ScreenPoint; readonly from: ScreenPoint | undefined }[] {
  return handles.map((handle, i) => {
    const [x, y] = toScreen(placement, handle);
    const end = kind === 'ellipse' && i === handles.length - 1 ? handles[1] : undefined;
    if (!end) return { place: [x, y], from: undefined };
    const from = toScreen(placement, end);
    const away = Math.hypot(x - from[0], y - from[1]) || 1;
    const part = TURNING_AWAY / away;
    return { place: [from[0] + (x - from[0]) * part, from[1] + (y - from[1]) * part], from };
  });
}

/** CSS pixels between places on a line. */
const SPACING = 10;

/** Places on what is drawn, so close that nothing of the size of a letter fits between. */
export function placesOn(path: string): ScreenPoint[] {
  return path.split('M').flatMap((part) => {
    if (part === '') return [];
    const places = part
      .replace('Z', '')
      .split('L')
      .map((pair): ScreenPoint => {
        const [x = 0, y = 0] = pair.split(' ').map(Number);
        return [x, y];
      });
    if (part.endsWith('Z')) places.push(places[0] ?? [0, 0]);
    return places.flatMap((to, i) => {
      const from = places[i - 1] ?? to;
      const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / SPACING));
      return Array.from({ length: steps }, (_, step): ScreenPoint => {
        const way = (step + 1) / steps;
        return [from[0] + (to[0] - from[0]) * way, from[1] + (to[1] - from[1]) * way];
      });
    });
  });
}

/** The rectangle around all that is drawn. */
export function areaOf({ kind, points }: Measurement, placement: Placement): Area {
  const shape =
    kind === 'ellipse' ? ellipseOf(points) : kind === 'rectangle' ? boxOf(points) : points;
  const places = shape.map((point) => toScreen(placement, point));
  const xs = places.map(([x]) => x);
  const ys = places.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

const middle = (a: ScreenPoint, b: ScreenPoint): ScreenPoint => [
  (a[0] + b[0]) / 2,
  (a[1] + b[1]) / 2,
];

const figures = ([x, y]: ScreenPoint): string => `${x.toFixed(2)} ${y.toFixed(2)}`;

const line = (places: readonly ScreenPoint[], isClosed = false): string =>
  `M${places.map(figures).join('L')}${isClosed ? 'Z' : ''}`;

function boxOf([a, b = a]: readonly ImagePoint[]): ImagePoint[] {
  if (!a || !b) return [];
  return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
}

/** In the image, so that it is right however the view is turned and its pixels are shaped. */
function ellipseOf([a, b = a, c, d]: readonly ImagePoint[]): ImagePoint[] {
  if (!a || !b) return [];
  const [width, height] = [(b.x - a.x) / 2, (b.y - a.y) / 2];
  const isTurned = c !== undefined && d !== undefined;
  const [downX, downY] = isTurned ? [(d.x - c.x) / 2, (d.y - c.y) / 2] : [0, height];
  return Array.from({ length: ELLIPSE_POINTS }, (_, i) => {
    const turn = (i / ELLIPSE_POINTS) * 2 * Math.PI;
    const [along, across] = [Math.cos(turn), Math.sin(turn)];
    return {
      x: (a.x + b.x) / 2 + width * along + downX * across,
      y: (a.y + b.y) / 2 + (isTurned ? height : 0) * along + downY * across,
    };
  });
}

function probePath([x, y]: ScreenPoint): string {
  const arms: readonly ScreenPoint[] = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ];
  return arms
    .map(([dx, dy]) =>
      line([
        [x + dx * PROBE_GAP, y + dy * PROBE_GAP],
        [x + dx * PROBE_ARM, y + dy * PROBE_ARM],
      ]),
    )
    .join('');
}

function arrowHead(tip: ScreenPoint, end: ScreenPoint): string {
  const direction = Math.atan2(end[1] - tip[1], end[0] - tip[0]);
  const side = (turn: number): ScreenPoint => [
    tip[0] + HEAD * Math.cos(direction + turn),
    tip[1] + HEAD * Math.sin(direction + turn),
  ];
  return line([side(HEAD_ANGLE), tip, side(-HEAD_ANGLE)]);
}
