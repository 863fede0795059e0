import { getShouldUseCPURendering, type Types } from '@cornerstonejs/core';
import type { FrameHeader } from './frame-catalogue.ts';
import { imagePlacement } from './image-placement.ts';
import { moveOnProcessor } from './processor-drawing.ts';

/** How far the middle of the picture is from the middle of the viewport, CSS pixels. */
export function pictureOffset(
  viewport: Types.IStackViewport,
  header: FrameHeader,
): [x: number, y: number] {
  const [a, b, c, d, left, top] = imagePlacement(viewport, header);
  const { columns, rows } = header.image;
  const { clientWidth, clientHeight } = viewport.element;
  return [
    left + (a * columns + c * rows - clientWidth) / 2,
    top + (b * columns + d * rows - clientHeight) / 2,
  ];
}

/** Moves the picture so far, CSS pixels; it isn't drawn yet. */
export function movePicture(
  viewport: Types.IStackViewport,
  header: FrameHeader,
  by: readonly [x: number, y: number],
): void {
  if (getShouldUseCPURendering()) {
    moveOnProcessor(viewport, imagePlacement(viewport, header), by);
    return;
  }
  const [x, y] = viewport.getPan();
  viewport.setPan([x + by[0], y + by[1]]);
}
