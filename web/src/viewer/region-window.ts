import { windowOfRange, type Window } from '../../../shared/pixels/voi.ts';
import type { ImagePoint } from '../analysis/measurement.ts';
import type { LoadedFrame } from './frame-loader.ts';
import { paddingOf } from './measured-frame.ts';
import type { VoiChoice } from './voi-choice.ts';

/** The parts of a region's values that become black and white all the same: single pixels don't decide. */
const DARKEST = 0.01;
const BRIGHTEST = 0.99;
/** So many say as much as all of them. */
const ENOUGH = 2 ** 16;

interface Values {
  readonly rows: number;
  readonly columns: number;
  readonly values: ArrayLike<number>;
  readonly isPadding: (value: number) => boolean;
}

/** The window of a part of a frame, in the units of the frame's texture; undefined for colour. */
export function windowOfRegion(
  { header, image, isColour }: LoadedFrame,
  voi: VoiChoice,
  from: ImagePoint,
  to: ImagePoint,
): Window | undefined {
  if (isColour) return undefined;
  const { rows, columns } = header.image;
  // Through a look-up table of the object padding has become any value.
  const isPadding = voi.isLut({ header }) ? () => false : paddingOf(header);
  return regionWindow({ rows, columns, values: image.getPixelData(), isPadding }, from, to);
}

/** The window that shows a rectangle's values best; undefined where it has fewer than two of them. */
export function regionWindow(
  { rows, columns, values, isPadding }: Values,
  from: ImagePoint,
  to: ImagePoint,
): Window | undefined {
  const [left, right] = span(from.x, to.x, columns);
  const [top, bottom] = span(from.y, to.y, rows);
  const step = Math.max(1, Math.ceil(Math.sqrt(((right - left) * (bottom - top)) / ENOUGH)));
  const found: number[] = [];
  for (let y = top; y < bottom; y += step) {
    for (let x = left; x < right; x += step) {
      const value = values[y * columns + x];
      if (value !== undefined && Number.isFinite(value) && !isPadding(value)) found.push(value);
    }
  }
  found.sort((a, b) => a - b);
  const at = (part: number) => found[Math.round(part * (found.length - 1))];
  const [lowest, highest] = [at(DARKEST), at(BRIGHTEST)];
  if (lowest === undefined || highest === undefined || highest <= lowest) return undefined;
  return windowOfRange({ lowest, highest });
}

/** Pixels whose centres lie between two places. */
const span = (a: number, b: number, count: number): readonly [from: number, to: number] => [
  Math.max(0, Math.ceil(Math.min(a, b) - 0.5)),
  Math.min(count, Math.floor(Math.max(a, b) - 0.5) + 1),
];
