import type { Types } from '@cornerstonejs/core';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { FrameHeader } from './frame-catalogue.ts';
import {
  edgeLetters,
  lettersOf,
  type EdgeLetters,
  type ImageDirection,
} from './orientation-letters.ts';
import { combine, dot, type PatientVector } from './patient-space.ts';
import { NO_LETTERS } from './viewer-state.ts';

/** How the image lies on screen, measured on the viewport as it is. */
export interface ViewAxes {
  /** The image direction of one CSS pixel to the right, in the units of the pixel spacing. */
  readonly right: ImageDirection;
  readonly down: ImageDirection;
}

const ROW: PatientVector = [1, 0, 0];
const COLUMN: PatientVector = [0, 1, 0];

/** Asks the viewport where its pixels lie. Undefined before it has a picture. */
export function viewAxes(
  viewport: Types.IStackViewport,
  header: FrameHeader,
): ViewAxes | undefined {
  const row = header.geometry.rowDirection ?? ROW;
  const column = header.geometry.columnDirection ?? COLUMN;
  const origin = viewport.canvasToWorld([0, 0]);
  const towards = (x: number, y: number): ImageDirection => {
    // A long way, so that rounding doesn't count.
    const [wx, wy, wz] = viewport.canvasToWorld([x * 100, y * 100]);
    const step: PatientVector = [
      (wx - origin[0]) / 100,
      (wy - origin[1]) / 100,
      (wz - origin[2]) / 100,
    ];
    return { alongRow: dot(step, row), alongColumn: dot(step, column) };
  };
  const axes = { right: towards(1, 0), down: towards(0, 1) };
  return lengthOf(axes.right) > 0 ? axes : undefined;
}

/** The length of an image direction, in the units of the pixel spacing. */
export const lengthOf = ({ alongRow, alongColumn }: ImageDirection): number =>
  Math.hypot(alongRow, alongColumn);

/** Screen pixels per image pixel, along the screen's horizontal. */
export function zoomOf({ right }: ViewAxes, { geometry: { scale } }: FrameHeader): number {
  const pixels = Math.hypot(
    right.alongRow / scale.columnSpacing,
    right.alongColumn / scale.rowSpacing,
  );
  return pixels > 0 ? 1 / pixels : 1;
}

/** The letters at the edges: from Image Orientation (Patient), for projections from Patient Orientation. */
export function lettersAt(axes: ViewAxes, { geometry, instance }: FrameHeader): EdgeLetters {
  const { rowDirection, columnDirection } = geometry;
  if (rowDirection && columnDirection) {
    const letters = ({ alongRow, alongColumn }: ImageDirection, sign: 1 | -1) => {
      const length = lengthOf({ alongRow, alongColumn }) * sign;
      return lettersOf(
        combine(rowDirection, alongRow / length, columnDirection, alongColumn / length),
      );
    };
    return {
      right: letters(axes.right, 1),
      left: letters(axes.right, -1),
      bottom: letters(axes.down, 1),
      top: letters(axes.down, -1),
    };
  }
  const [row, column] = instance.dataset.strings(Tag.PatientOrientation);
  if (!row || !column) return NO_LETTERS;
  return edgeLetters({ row, column }, axes.right, axes.down);
}
