import type { ImagePoint } from './measurement.ts';

/** An ellipse by its middle and the ways from there to an end of each axis, in pixels of the image. */
export interface Ellipse {
  readonly middle: ImagePoint;
  readonly first: ImagePoint;
  readonly second: ImagePoint;
}

/** @param points corners of the box around it, or the ends of its axes */
export function ellipseOf([a, b = a, c, d]: readonly ImagePoint[]): Ellipse | undefined {
  if (!a || !b) return undefined;
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  const half = { x: (b.x - a.x) / 2, y: (b.y - a.y) / 2 };
  return c && d
    ? { middle, first: half, second: { x: (d.x - c.x) / 2, y: (d.y - c.y) / 2 } }
    : { middle, first: { x: half.x, y: 0 }, second: { x: 0, y: half.y } };
}

/** How far it reaches from its middle, up and down. */
export const heightOf = ({ first, second }: Ellipse): number => Math.hypot(first.y, second.y);

/** From where to where it is cut at a height; undefined above and below it. */
export function ellipseAcross(
  ellipse: Ellipse,
  y: number,
): readonly [from: number, to: number] | undefined {
  const { middle, first, second } = ellipse;
  const height = heightOf(ellipse);
  const away = (y - middle.y) / height;
  if (!(Math.abs(away) < 1)) return undefined;
  // The two turns, as cosine and sine, at which the outline is at this height.
  const side = Math.sqrt(1 - away * away);
  const at = (sign: 1 | -1) =>
    middle.x +
    (first.x * (first.y * away - sign * second.y * side) +
      second.x * (second.y * away + sign * first.y * side)) /
      height;
  const [one, other] = [at(1), at(-1)];
  return [Math.min(one, other), Math.max(one, other)];
}

/**
 * The ends of the axes after the ellipse was turned so that its second axis begins towards a place.
 *
 * @param aspect height of a pixel by its width: the axes stay at right angles in the body
 */
export function turnedTo(
  { middle, first, second }: Ellipse,
  to: ImagePoint,
  aspect: number,
): ImagePoint[] {
  const [dx, dy] = [middle.x - to.x, (middle.y - to.y) * aspect];
  const away = Math.hypot(dx, dy) || 1;
  const lengthOf = ({ x, y }: ImagePoint) => Math.hypot(x, y * aspect);
  const [width, height] = [lengthOf(first), lengthOf(second)];
  const side = first.x * second.y < first.y * second.x ? -1 : 1;
  return axisEnds({
    middle,
    first: { x: (side * width * dy) / away, y: (-side * width * dx) / away / aspect },
    second: { x: (height * dx) / away, y: (height * dy) / away / aspect },
  });
}

export const axisEnds = ({ middle, first, second }: Ellipse): ImagePoint[] => [
  ...endsOf(middle, first),
  ...endsOf(middle, second),
];

const endsOf = (middle: ImagePoint, way: ImagePoint): ImagePoint[] => [
  { x: middle.x - way.x, y: middle.y - way.y },
  { x: middle.x + way.x, y: middle.y + way.y },
];
