import { getShouldUseCPURendering, type Types } from '@cornerstonejs/core';
import type { FrameHeader } from './frame-catalogue.ts';
import { combine, type PatientVector } from './patient-space.ts';

/**
 * Where a viewport has its image, as the values of a CSS matrix: from pixels of the image, counted from the outer corner
 * of the first one, to CSS pixels of the viewport's element.
 */
export type Placement = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const ROW: PatientVector = [1, 0, 0];
const COLUMN: PatientVector = [0, 1, 0];

/** Asks the viewport, as it is. */
export function imagePlacement(
  viewport: Types.IStackViewport,
  { geometry }: FrameHeader,
): Placement {
  const { position, rowDirection, columnDirection, scale } = geometry;
  const origin = position ?? [0, 0, 0];
  const at = (x: number, y: number): readonly [number, number] => {
    const across = combine(
      rowDirection ?? ROW,
      x * scale.columnSpacing,
      columnDirection ?? COLUMN,
      y * scale.rowSpacing,
    );
    const point: Types.Point3 = [
      origin[0] + across[0],
      origin[1] + across[1],
      origin[2] + across[2],
    ];
    return viewport.worldToCanvas(point);
  };
  // Positions are of the centres of pixels; the image begins at the corner of its first. Without WebGL Cornerstone takes
  // them for the corners, in what it draws and in what it answers.
  const corner = getShouldUseCPURendering() ? 0 : -0.5;
  const [left, top] = at(corner, corner);
  const [rowX, rowY] = at(1000 + corner, corner);
  const [columnX, columnY] = at(corner, 1000 + corner);
  const step = (to: number, from: number) => (to - from) / 1000;
  return [step(rowX, left), step(rowY, top), step(columnX, left), step(columnY, top), left, top];
}
