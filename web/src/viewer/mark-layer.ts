import type { Types } from '@cornerstonejs/core';
import { markLayer } from '../../../shared/pixels/marks.ts';
import type { FrameHeader } from './frame-catalogue.ts';
import type { LoadedFrame } from './frame-loader.ts';
import { imagePlacement } from './image-placement.ts';

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

  /** Hidden where there are none. */
  get canvas(): HTMLCanvasElement {
    return this.#canvas;
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
  place(viewport: Types.IStackViewport, header: FrameHeader): void {
    if (this.#canvas.hidden) return;
    this.#canvas.style.transform = `matrix(${imagePlacement(viewport, header).join(',')})`;
  }

  dispose(): void {
    this.#canvas.remove();
  }
}
