import { BaseTool, type Types } from '@cornerstonejs/tools';

/** CSS pixels of dragging for each image. */
const PIXELS_PER_IMAGE = 8;

/** Scrolls by dragging up and down. Cornerstone's own tool goes past the viewer, which decides what is loaded. */
export class DragScrollTool extends BaseTool {
  static override readonly toolName = 'GantryDragScroll';
  #rest = 0;

  readonly mouseDragCallback = (event: Types.EventTypes.MouseDragEventType): void =>
    this.#drag(event.detail.deltaPoints.canvas[1]);

  readonly touchDragCallback = (event: Types.EventTypes.TouchDragEventType): void =>
    this.#drag(event.detail.deltaPoints.canvas[1]);

  #drag(pixels: number): void {
    this.#rest += pixels;
    const images = Math.trunc(this.#rest / PIXELS_PER_IMAGE);
    if (images === 0) return;
    this.#rest -= images * PIXELS_PER_IMAGE;
    const { onScroll } = this.configuration as { onScroll: (delta: number) => void }; // as tool-group.ts sets it
    onScroll(images);
  }
}
