/** Who draws images: the graphics card by WebGL, where there is any, or the processor. */
export type Drawing = 'webgl' | 'processor';

/** What the settings offer. */
export const DRAWING_CHOICES: readonly Drawing[] = ['webgl', 'processor'];

const KEY = 'gantry-drawing';

/** Who draws in this browser. */
export function loadDrawing(): Drawing {
  const kept = localStorage.getItem(KEY);
  return DRAWING_CHOICES.find((choice) => choice === kept) ?? 'webgl';
}

/** Holds from when the page is loaded next. */
export const saveDrawing = (drawing: Drawing): void => localStorage.setItem(KEY, drawing);
