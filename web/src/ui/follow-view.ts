import type { Viewer } from '../viewer/viewer.ts';
import type { Lead } from './companion.ts';

/** Moves of less are rounding, CSS pixels. */
const STILL = 1;

/** Takes another viewport's window, where both are of one modality. */
export function followWindow(viewer: Viewer, { window, modality }: Lead['view']): void {
  const own = viewer.state;
  if (!window || !own.window || own.modality !== modality) return;
  const isSame =
    window.center === own.window.center &&
    window.width === own.window.width &&
    window.function === own.window.function;
  if (!isSame) viewer.setWindow(window.center, window.width, window.function);
}

/** Takes another viewport's scale, by millimetres where both have them, and how far it was moved. */
export function followZoom(viewer: Viewer, { zoom, mmPerPixel, pan }: Lead['view']): void {
  const own = viewer.state;
  const factor = mmPerPixel && own.mmPerPixel ? own.mmPerPixel / mmPerPixel : zoom / own.zoom;
  if (Math.abs(factor - 1) > 1e-3) viewer.camera.zoom(factor);
  if (Math.hypot(pan[0] - own.pan[0], pan[1] - own.pan[1]) > STILL) viewer.camera.moveTo(pan);
}

/** A pixel of the image on each of the screen. */
export const showActualSize = (viewer: Viewer): void =>
  viewer.camera.zoom(1 / (viewer.state.zoom * devicePixelRatio));
