import { positionAlongNormal, type FramePlane } from './frame-geometry.ts';
import { cross, dot } from './patient-space.ts';

/** Planes that are tilted against each other by less than about 8° are scrolled together. */
export const PARALLEL = 0.99;

/** Where an image lies, in a frame of reference (PS3.3 C.7.4.1). */
export interface ImagePlace {
  readonly frameOfReferenceUid: string;
  readonly plane: FramePlane;
}

/** How far a plane's image lies along the normal of another one, mm; undefined where they aren't parallel. */
function positionAlong(of: FramePlane, plane: FramePlane): number | undefined {
  const { rowDirection, columnDirection } = of;
  if (
    !rowDirection ||
    !columnDirection ||
    !plane.rowDirection ||
    !plane.columnDirection ||
    !plane.position
  ) {
    return undefined;
  }
  const normal = cross(rowDirection, columnDirection);
  const other = cross(plane.rowDirection, plane.columnDirection);
  return Math.abs(dot(normal, other)) > PARALLEL ? dot(normal, plane.position) : undefined;
}

/** How much farther along its own normal an image lies than another one, mm. */
export function offsetBetween(own: FramePlane, other: FramePlane): number | undefined {
  const [here, there] = [positionAlongNormal(own), positionAlong(own, other)];
  return here === undefined || there === undefined ? undefined : here - there;
}

/**
 * The image of a stack that lies nearest to another image.
 * @param offsetMm how much farther along its own normal the stack is to be looked at
 * @returns its index; undefined where the planes aren't parallel, or have no place
 */
export function nearestImage(
  stack: readonly (FramePlane | undefined)[],
  to: FramePlane,
  offsetMm: number,
): number | undefined {
  let best: { index: number; distance: number } | undefined;
  stack.forEach((plane, index) => {
    const offset = plane && offsetBetween(plane, to);
    if (offset === undefined) return;
    const distance = Math.abs(offset - offsetMm);
    if (!best || distance < best.distance) best = { index, distance };
  });
  return best?.index;
}
