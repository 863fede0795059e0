import type { ImagePoint } from '../analysis/measurement.ts';
import type { FrameGeometry, FramePlane } from './frame-geometry.ts';
import { PARALLEL, type ImagePlace } from './linked-scroll.ts';
import { combine, cross, dot, type PatientVector } from './patient-space.ts';

/** An image as a rectangle in a frame of reference. */
export interface ImageArea extends ImagePlace {
  readonly plane: FrameGeometry;
  readonly rows: number;
  readonly columns: number;
}

/** A point of a frame of reference, mm. */
export interface PatientPoint {
  readonly frameOfReferenceUid: string;
  readonly at: PatientVector;
}

/** Where a point of the patient is on an image. */
export interface FoundPoint extends ImagePoint {
  /** From the image's plane. */
  readonly distanceMm: number;
}

interface Frame {
  readonly position: PatientVector;
  readonly row: PatientVector;
  readonly column: PatientVector;
  readonly normal: PatientVector;
}

function frameOf({ position, rowDirection, columnDirection }: FramePlane): Frame | undefined {
  if (!position || !rowDirection || !columnDirection) return undefined;
  const normal = cross(rowDirection, columnDirection);
  return { position, row: rowDirection, column: columnDirection, normal };
}

const between = (from: PatientVector, to: PatientVector): PatientVector => combine(to, 1, from, -1);

/** From pixels, counted from the outer corner of the first one, to the patient (PS3.3 section C.7.6.2.1.1). */
export function patientPoint(
  { frameOfReferenceUid, plane }: ImageArea,
  { x, y }: ImagePoint,
): PatientPoint | undefined {
  const frame = frameOf(plane);
  if (!frame || frameOfReferenceUid === '') return undefined;
  const { columnSpacing, rowSpacing } = plane.scale;
  // Image Position is the centre of the first pixel.
  const step = combine(frame.row, (x - 0.5) * columnSpacing, frame.column, (y - 0.5) * rowSpacing);
  return { frameOfReferenceUid, at: combine(frame.position, 1, step, 1) };
}

/** The inverse of `patientPoint`; of a point beside the plane its foot. Undefined in another frame of reference. */
export function pointOn(
  { frameOfReferenceUid, plane }: ImageArea,
  point: PatientPoint,
): FoundPoint | undefined {
  const frame = frameOf(plane);
  if (!frame || frameOfReferenceUid !== point.frameOfReferenceUid) return undefined;
  return { ...onPlane(frame, plane, point.at), distanceMm: distanceTo(frame, point.at) };
}

const onPlane = (frame: Frame, { scale }: FrameGeometry, at: PatientVector): ImagePoint => ({
  x: dot(between(frame.position, at), frame.row) / scale.columnSpacing + 0.5,
  y: dot(between(frame.position, at), frame.column) / scale.rowSpacing + 0.5,
});

const distanceTo = ({ position, normal }: Frame, at: PatientVector): number =>
  Math.abs(dot(between(position, at), normal));

/**
 * The image of a stack whose plane lies nearest to a point; undefined where none has a place.
 *
 * @param current stays where no other one lies nearer: images of one place are many in some stacks
 */
export function nearestToPoint(
  stack: readonly (FramePlane | undefined)[],
  at: PatientVector,
  current: number,
): number | undefined {
  const distances = stack.map((plane) => {
    const frame = plane && frameOf(plane);
    return frame ? distanceTo(frame, at) : Infinity;
  });
  const least = distances.reduce((a, b) => Math.min(a, b), Infinity);
  if (least === Infinity) return undefined;
  return distances[current] === least ? current : distances.indexOf(least);
}

/**
 * Where another image cuts this one: as far as both reach, in pixels of this one. Undefined where they don't meet, are
 * about parallel, or lie in different frames of reference.
 */
export function referenceLine(
  own: ImageArea,
  other: ImageArea,
): readonly [ImagePoint, ImagePoint] | undefined {
  const [here, there] = [frameOf(own.plane), frameOf(other.plane)];
  if (!here || !there || own.frameOfReferenceUid === '') return undefined;
  if (own.frameOfReferenceUid !== other.frameOfReferenceUid) return undefined;
  if (Math.abs(dot(here.normal, there.normal)) > PARALLEL) return undefined;
  const along = cross(here.normal, there.normal);
  // The point of both planes that lies nearest to the origin.
  const start = combine(
    cross(there.normal, along),
    dot(here.normal, here.position) / dot(along, along),
    cross(along, here.normal),
    dot(there.normal, there.position) / dot(along, along),
  );
  const at = (t: number) => combine(start, 1, along, t);
  const [from, to] = [[here, own] as const, [there, other] as const].reduce<
    readonly [number, number]
  >(
    (part, [frame, { plane, rows, columns }]) => {
      const [a, b] = [onPlane(frame, plane, at(0)), onPlane(frame, plane, at(1))];
      return within(within(part, a.x, b.x - a.x, columns), a.y, b.y - a.y, rows);
    },
    [-Infinity, Infinity],
  );
  if (!(from < to)) return undefined;
  return [onPlane(here, own.plane, at(from)), onPlane(here, own.plane, at(to))];
}

/** The part of a line whose coordinate, `start` and `step` more for each 1, is from 0 to `size`. */
function within(
  [from, to]: readonly [number, number],
  start: number,
  step: number,
  size: number,
): readonly [number, number] {
  if (Math.abs(step) < 1e-9) return start >= 0 && start <= size ? [from, to] : [0, 0];
  const [a, b] = [-start / step, (size - start) / step];
  return [Math.max(from, Math.min(a, b)), Math.min(to, Math.max(a, b))];
}
