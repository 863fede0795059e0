import { positionAlongNormal, type FramePlane } from './frame-geometry.ts';
import { dot } from './patient-space.ts';

/** What decides a frame's place in its stack. */
export interface StackPlace {
  readonly geometry: FramePlane | undefined;
  readonly instanceNumber: number | undefined;
  /** From 0. */
  readonly frameIndex: number;
}

/** Frames whose normals differ by more than about 2.5° don't form one stack. */
const PARALLEL = 0.999;

/**
 * Sorts frames for scrolling: along the normal if all are parallel and have a place in the patient (head last for
 * axial ones, as positions grow), then by instance number, then by frame. Returns a new list.
 */
export function sortStack<T extends StackPlace>(frames: readonly T[]): T[] {
  const byNumber = (a: T, b: T): number =>
    (a.instanceNumber ?? Number.MAX_SAFE_INTEGER) - (b.instanceNumber ?? Number.MAX_SAFE_INTEGER) ||
    a.frameIndex - b.frameIndex;
  if (!areParallel(frames.map(({ geometry }) => geometry))) return frames.toSorted(byNumber);
  const positions = new Map(
    frames.map((frame) => [frame, frame.geometry && positionAlongNormal(frame.geometry)]),
  );
  if ([...positions.values()].includes(undefined)) return frames.toSorted(byNumber);
  return frames.toSorted((a, b) => {
    const step = (positions.get(a) ?? 0) - (positions.get(b) ?? 0);
    // Positions are written with a few decimals: less than a hundredth of a millimetre is the same place.
    return Math.abs(step) > 0.01 ? step : byNumber(a, b);
  });
}

/** Whether all have an orientation, and the same one. */
export function areParallel(planes: readonly (FramePlane | undefined)[]): boolean {
  const [first] = planes;
  if (!first?.rowDirection || !first.columnDirection) return false;
  const { rowDirection, columnDirection } = first;
  return planes.every((plane) => {
    if (!plane?.rowDirection || !plane.columnDirection) return false;
    return (
      dot(plane.rowDirection, rowDirection) > PARALLEL &&
      dot(plane.columnDirection, columnDirection) > PARALLEL
    );
  });
}
