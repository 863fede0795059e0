import type { Types } from '@cornerstonejs/core';
import type { FrameHeader } from './frame-catalogue.ts';
import { imagePlacement } from './image-placement.ts';
import { movePicture, pictureOffset } from './picture-offset.ts';
import { mirrorOnProcessor } from './processor-drawing.ts';
import { mirrored, turned, UPRIGHT } from './view-orientation.ts';
import type { SeriesHanging } from './viewer-input.ts';

const NOT_HUNG: SeriesHanging = { isMirrored: false };

/** One step of the wheel with Ctrl, or of a zoom key. */
export const ZOOM_STEP = 1.15;

/** How a viewport's picture lies on screen: its size, its turns and flips. */
export class ViewportCamera {
  readonly #viewport: Types.IStackViewport;
  readonly #hasPicture: () => boolean;
  readonly #onChange: () => void;
  #orientation = UPRIGHT;
  #hanging = NOT_HUNG;
  /** Of the picture that is there. */
  #header: FrameHeader | undefined;
  /** Whether the next picture is to be put to its side: before it is there nobody knows its size. */
  #isAsideDue = false;
  #fittedZoom = 0;

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

  /** @param offset of the picture's middle from the viewport's, CSS pixels */
  moveTo([x, y]: readonly [x: number, y: number]): void {
    if (!this.#hasPicture() || !this.#header) return;
    const [fromX, fromY] = pictureOffset(this.#viewport, this.#header);
    movePicture(this.#viewport, this.#header, [x - fromX, y - fromY]);
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
    this.refit();
    this.applyOrientation();
    this.#putAside();
  }

  /** As large as it fits; it isn't drawn yet. */
  refit(): void {
    this.#viewport.resetCamera({ resetPan: true, resetZoom: true });
    this.#fittedZoom = this.#viewport.getZoom();
  }

  /**
   * Of what was seen as a whole, the whole is seen after it: Cornerstone keeps the height alone, and forgets it without
   * WebGL. What has no size for a moment keeps how its picture lies.
   */
  keepFitted(resize: () => void): void {
    const { clientWidth, clientHeight } = this.#viewport.element;
    if (clientWidth === 0 || clientHeight === 0) return;
    const wasFitted = this.#hasPicture() && this.#viewport.getZoom() === this.#fittedZoom;
    resize();
    if (wasFitted) this.fit();
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

  /** As it was hung, from the next picture or `applyOrientation` on. */
  turnBack(): void {
    this.#orientation = this.#hanging.isMirrored ? mirrored(UPRIGHT, 'horizontal') : UPRIGHT;
  }

  /** How a new series is put into the viewport, at first and with each reset. */
  hang(hanging: SeriesHanging = NOT_HUNG): void {
    this.#hanging = hanging;
    this.#header = undefined;
    this.#isAsideDue = true;
    this.turnBack();
  }

  /** A picture is there: the first of a series is put to its side. */
  arrived(header: FrameHeader): void {
    this.#header = header;
    if (this.#isAsideDue) this.#putAside();
    this.#isAsideDue = false;
  }

  /** The picture's edge to the edge of the viewport. */
  #putAside(): void {
    const { side } = this.#hanging;
    if (!side || !this.#header) return;
    const [a, , c, , left] = imagePlacement(this.#viewport, this.#header);
    const { rows, columns } = this.#header.image;
    const edges = [0, columns].flatMap((x) => [0, rows].map((y) => a * x + c * y + left));
    const { clientWidth } = this.#viewport.element;
    const by = side === 'left' ? -Math.min(...edges) : clientWidth - Math.max(...edges);
    movePicture(this.#viewport, this.#header, [by, 0]);
    this.#viewport.render();
  }

  applyOrientation(): void {
    if (!this.#hasPicture()) return;
    this.#viewport.setViewPresentation(this.#orientation);
    mirrorOnProcessor(this.#viewport, this.#orientation);
    this.#viewport.render();
    this.#onChange();
  }
}
