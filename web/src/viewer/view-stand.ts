import { getShouldUseCPURendering, type Types } from '@cornerstonejs/core';
import type { FrameHeader } from './frame-catalogue.ts';
import { imagePlacement } from './image-placement.ts';
import { mirrored, turned, UPRIGHT, type ViewOrientation } from './view-orientation.ts';
import type { SeriesHanging } from './viewer-input.ts';

const NOT_HUNG: SeriesHanging = { isMirrored: false };

/** How the images of a viewport stand in it: turned, mirrored, put to a side. */
export class ViewStand {
  readonly #viewport: Types.IStackViewport;
  #hanging = NOT_HUNG;
  #orientation = UPRIGHT;
  /** Whether the next image is to be put to its side: before it is there nobody knows its size. */
  #isDue = false;

  constructor(viewport: Types.IStackViewport) {
    this.#viewport = viewport;
  }

  get orientation(): ViewOrientation {
    return this.#orientation;
  }

  /** How a new series stands, at first and after each reset. */
  hang(hanging: SeriesHanging = NOT_HUNG): void {
    this.#hanging = hanging;
    this.reset();
    this.#isDue = true;
  }

  reset(): void {
    this.#orientation = this.#hanging.isMirrored ? mirrored(UPRIGHT, 'horizontal') : UPRIGHT;
  }

  turn(degrees: 90 | -90 | 180): void {
    this.#orientation = turned(this.#orientation, degrees);
  }

  mirror(direction: 'horizontal' | 'vertical'): void {
    this.#orientation = mirrored(this.#orientation, direction);
  }

  apply(): void {
    this.#viewport.setViewPresentation(this.#orientation);
    if (getShouldUseCPURendering()) {
      // Without WebGL the presentation's flips are ignored, the camera's are not.
      const { flipHorizontal, flipVertical } = this.#orientation;
      this.#viewport.setCamera({ flipHorizontal, flipVertical });
    }
    this.#viewport.render();
  }

  /** An image is there: the first of a series is put to its side. */
  arrived(header: FrameHeader): void {
    if (this.#isDue) this.putAside(header);
    this.#isDue = false;
  }

  /** Puts the image to the side that it is hung at: its edge to the edge of the viewport. */
  putAside(header: FrameHeader): void {
    const { side } = this.#hanging;
    if (!side) return;
    const [a, , c, , left] = imagePlacement(this.#viewport, header);
    const { rows, columns } = header.image;
    const edges = [0, columns].flatMap((x) => [0, rows].map((y) => a * x + c * y + left));
    const { clientWidth } = this.#viewport.element;
    const by = side === 'left' ? -Math.min(...edges) : clientWidth - Math.max(...edges);
    const [x, y] = this.#viewport.getPan();
    this.#viewport.setPan([x + by, y]);
    this.#viewport.render();
  }
}
