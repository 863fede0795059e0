import { voiOutput, type Window } from '../../../shared/pixels/voi.ts';
import type { LoadedFrame } from './frame-loader.ts';
import type { Placement } from './image-placement.ts';
import { paletteOf, type PaletteName } from './palette-filter.ts';

/** What is seen through a magnifier. */
export interface LensView {
  readonly frame: LoadedFrame;
  /** Of grey images. */
  readonly window: Window | undefined;
  readonly isInverse: boolean;
  readonly palette: PaletteName | undefined;
  readonly placement: Placement;
  /** Of the image's own pixels, over it. */
  readonly marks: HTMLCanvasElement;
}

/** An image is enlarged so much at least, and its pixels are no smaller than the screen's. */
const FACTOR = 2;

/** Draws what lies around a place of the viewport, enlarged, from the image's own pixels. @param at CSS pixels */
export function drawLens(
  canvas: HTMLCanvasElement,
  at: readonly [x: number, y: number],
  view: LensView,
): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { placement, marks } = view;
  const { image } = view.frame;
  const [a, b, c, d, e, f] = placement;
  const scale = canvas.width / (canvas.clientWidth || canvas.width);
  const factor = scale * Math.max(FACTOR, 1 / Math.hypot(a, b));
  const [midX, midY] = [canvas.width / 2, canvas.height / 2];
  const toLens = new DOMMatrix([
    a * factor,
    b * factor,
    c * factor,
    d * factor,
    (e - at[0]) * factor + midX,
    (f - at[1]) * factor + midY,
  ]);
  context.setTransform();
  context.clearRect(0, 0, canvas.width, canvas.height);
  const toImage = toLens.inverse();
  const corners = [
    [0, 0],
    [canvas.width, 0],
    [0, canvas.height],
    [canvas.width, canvas.height],
  ].map(([x = 0, y = 0]) => toImage.transformPoint({ x, y }));
  const [left, right] = span(
    corners.map(({ x }) => x),
    image.columns,
  );
  const [top, bottom] = span(
    corners.map(({ y }) => y),
    image.rows,
  );
  if (right <= left || bottom <= top) return;
  const patch = document.createElement('canvas');
  patch.width = right - left;
  patch.height = bottom - top;
  patch.getContext('2d')?.putImageData(pixelsOf(view, { left, top, right, bottom }), 0, 0);
  context.setTransform(toLens);
  context.imageSmoothingEnabled = true;
  context.drawImage(patch, left, top);
  if (marks.hidden) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(marks, 0, 0);
}

function span(places: readonly number[], size: number): readonly [from: number, to: number] {
  const from = Math.floor(Math.min(...places)) - 1;
  const to = Math.ceil(Math.max(...places)) + 1;
  return [Math.max(0, from), Math.min(size, to)];
}

function pixelsOf(
  { frame: { image }, window, isInverse, palette }: LensView,
  { left, top, right, bottom }: { left: number; top: number; right: number; bottom: number },
): ImageData {
  const pixels = new ImageData(right - left, bottom - top);
  const values = image.getPixelData();
  const samples = image.color ? image.numberOfComponents : 1;
  const levelOf = (value: number): number => {
    const level = window ? voiOutput({ kind: 'window', ...window }, value) : 0;
    return Math.round(255 * (isInverse ? 1 - level : level));
  };
  const tables = palette && paletteOf(palette);
  let to = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++, to += 4) {
      const from = (y * image.columns + x) * samples;
      const level = image.color ? 0 : levelOf(values[from] ?? 0);
      for (let i = 0; i < 3; i++) {
        pixels.data[to + i] = image.color
          ? (values[from + i] ?? 0)
          : (tables?.[i]?.[level] ?? level);
      }
      pixels.data[to + 3] = 255;
    }
  }
  return pixels;
}
