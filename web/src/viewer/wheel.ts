import { ZOOM_STEP, type ViewportCamera } from './viewport-camera.ts';

const SHIFT_STEP = 10;

interface Wheeled {
  readonly camera: ViewportCamera;
  scroll(delta: number): void;
}

/** Takes the mouse's wheel: it scrolls, ten images at a time with Shift, and zooms with Ctrl. */
export const turnWheel =
  (viewer: Wheeled) =>
  (event: WheelEvent): void => {
    event.preventDefault();
    const direction = Math.sign(event.deltaY || event.deltaX);
    if (event.ctrlKey) viewer.camera.zoom(direction < 0 ? ZOOM_STEP : 1 / ZOOM_STEP);
    else viewer.scroll(direction * (event.shiftKey ? SHIFT_STEP : 1));
  };
