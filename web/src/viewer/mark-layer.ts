import type { Types } from '@cornerstonejs/core';
import { markLayer } from '../../../shared/pixels/marks.ts';
import type { FrameHeader } from './frame-catalogue.ts';
import type { LoadedFrame } from './frame-loader.ts';
import { combine, type PatientVector } from './patient-space.ts';

const ROW: PatientVector = [1, 0, 0];
const COLUMN: PatientVector = [0, 1, 0];

/** Padding, shutter and overlays: a canvas of the image's own pixels over the picture, moved and turned with it. */
export class MarkLayer {
  readonly #canvas = document.createElement('canvas');

  /** @param element the viewport's, with Cornerstone's canvas in it already */
  constructor(element: HTMLDivElement) {
    this.#canvas.dataset['testid'] = 'marks';
    // The placing is by transform alone, from the element's corner.
    Object.assign(this.#canvas.style, {
      left: '0',
      pointerEvents: 'none',
      position: 'absolute',
      top: '0',
      transformOrigin: '0 0',
    });
    this.#canvas.hidden = true;
    (element.querySelector('canvas')?.parentElement ?? element).append(this.#canvas);
  }

  /** Draws the marks of a frame; a canvas of one pixel where it has none, so that no memory is held. */
  draw({ marks, header: { image } }: LoadedFrame, areOverlaysShown: boolean): void {
    this.#canvas.hidden = marks === undefined;
    this.#canvas.width = marks ? image.columns : 1;
    this.#canvas.height = marks ? image.rows : 1;
    if (!marks) return;
    const layer = new ImageData(markLayer(marks, areOverlaysShown), image.columns, image.rows);
    this.#canvas.getContext('2d')?.putImageData(layer, 0, 0);
  }

  /** Puts the canvas where the viewport has the image. */
  place(viewport: Types.IStackViewport, { geometry }: FrameHeader): void {
    if (this.#canvas.hidden) return;
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
    // Positions are of the centres of pixels; the canvas begins at the corner of its first.
    const [left, top] = at(-0.5, -0.5);
    const [rowX, rowY] = at(999.5, -0.5);
    const [columnX, columnY] = at(-0.5, 999.5);
    const step = (to: number, from: number) => (to - from) / 1000;
    const matrix = [
      step(rowX, left),
      step(rowY, top),
      step(columnX, left),
      step(columnY, top),
      left,
      top,
    ];
    this.#canvas.style.transform = `matrix(${matrix.join(',')})`;
  }

  dispose(): void {
    this.#canvas.remove();
  }
}
