import { getShouldUseCPURendering, type Types } from '@cornerstonejs/core';
import { mirrored, turned, UPRIGHT } from './view-orientation.ts';

/** One step of the wheel with Ctrl, or of a zoom key. */
export const ZOOM_STEP = 1.15;

/** How a viewport's picture lies on screen: its size, its turns and flips. */
export class ViewportCamera {
  readonly #viewport: Types.IStackViewport;
  readonly #hasPicture: () => boolean;
  readonly #onChange: () => void;
  #orientation = UPRIGHT;

  constructor(viewport: Types.IStackViewport, hasPicture: () => boolean, onChange: () => void) {
    this.#viewport = viewport;
    this.#hasPicture = hasPicture;
    this.#onChange = onChange;
  }

  /** @param factor above 1 enlarges */
  zoom(factor: number): void {
    if (!this.#hasPicture()) return;
    this.#viewport.setZoom(this.#viewport.getZoom() * factor);
    this.#viewport.render();
    this.#onChange();
  }

  /** @param pan how far from where it fits, CSS pixels */
  moveTo([x, y]: readonly [x: number, y: number]): void {
    if (!this.#hasPicture()) return;
    this.#viewport.setPan([x, y]);
    this.#viewport.render();
    this.#onChange();
  }

  zoomIn(): void {
    this.zoom(ZOOM_STEP);
  }

  zoomOut(): void {
    this.zoom(1 / ZOOM_STEP);
  }

  /** The whole image, as large as it fits; rotation, flips and window stay. */
  fit(): void {
    this.#viewport.resetCamera({ resetPan: true, resetZoom: true });
    this.applyOrientation();
  }

  /** Turns clockwise by a multiple of 90 degrees, as seen on screen. */
  rotate(degrees: 90 | -90 | 180): void {
    this.#orientation = turned(this.#orientation, degrees);
    this.applyOrientation();
  }

  /** Mirrors what is seen, left to right or top to bottom. */
  flip(direction: 'horizontal' | 'vertical'): void {
    this.#orientation = mirrored(this.#orientation, direction);
    this.applyOrientation();
  }

  /** Upright again, from the next picture or `applyOrientation` on. */
  turnBack(): void {
    this.#orientation = UPRIGHT;
  }

  applyOrientation(): void {
    if (!this.#hasPicture()) return;
    this.#viewport.setViewPresentation(this.#orientation);
    if (getShouldUseCPURendering()) {
      // Without WebGL the presentation's flips are ignored, the camera's are not.
      const { flipHorizontal, flipVertical } = this.#orientation;
      this.#viewport.setCamera({ flipHorizontal, flipVertical });
    }
    this.#viewport.render();
    this.#onChange();
  }
}
