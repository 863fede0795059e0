// Text in a picture, found by what letters have in common: thin strokes of one brightness, of similar height, side by side
// in lines. It errs towards finding: a person decides.
import { lineBoxes, type Component, type TextBox } from './text-lines.ts';

/** Brightness of each pixel, row by row, 0 to 255. */
export interface GreyPicture {
  readonly rows: number;
  readonly columns: number;
  readonly values: Uint8Array;
}

/** Strokes are up to so many pixels wide; thicker ones are found in a smaller picture. */
const MAX_STROKE = 6;
/** A letter has at least so many rows, and at most so many before a smaller picture is looked at. */
const MIN_HEIGHT = 5;
const MAX_HEIGHT = 56;
/** Halved twice: letters up to 200 pixels high. */
const SCALES = 3;
/** A stroke differs by so much from what surrounds it, of 255. */
const MIN_CONTRAST = 26;
/** Side of the squares in which noise is measured. */
const BLOCK = 24;
/** A stroke stands out from noise by so much. */
const NOISE_FACTOR = 2;
/** Values that count as one brightness. */
const LEVEL_WIDTH = 9;
/** More components than this are noise, not text: they take no more time. */
const MAX_COMPONENTS = 20_000;

/** Rectangles in which text may stand. */
export function findText(picture: GreyPicture): TextBox[] {
  const found: TextBox[] = [];
  let current = picture;
  for (let scale = 1, i = 0; i < SCALES; i++, scale *= 2) {
    if (current.rows < MIN_HEIGHT || current.columns < MIN_HEIGHT) break;
    for (const values of [current.values, current.values.map((value) => 255 - value)]) {
      for (const box of brightText({ ...current, values })) found.push(scaled(box, scale));
    }
    current = halved(current);
  }
  return merged(found);
}

const scaled = ({ column, row, columns, rows, letters }: TextBox, by: number): TextBox => ({
  column: column * by,
  row: row * by,
  columns: columns * by,
  rows: rows * by,
  letters,
});

function brightText(picture: GreyPicture): TextBox[] {
  const { hat, mask } = strokesOf(picture);
  const contrasts = lineBoxes(componentsOf(picture, hat, mask));
  // Noise that touches letters joins them: of one brightness they stand alone.
  const levels = levelsOf(picture, hat).flatMap((level) => {
    const ink = new Uint8Array(mask.length);
    for (let at = 0; at < ink.length; at++) {
      const isLevel = Math.abs((picture.values[at] ?? 0) - level) <= LEVEL_WIDTH / 2;
      if (isLevel && (hat[at] ?? 0) >= MIN_CONTRAST) ink[at] = 1;
    }
    return lineBoxes(componentsOf(picture, hat, ink));
  });
  return [...contrasts, ...levels];
}

/** What is thinner than a stroke and brighter than what surrounds it: what an opening takes away. */
function strokesOf(picture: GreyPicture): { hat: Uint8Array; mask: Uint8Array } {
  const { rows, columns, values } = picture;
  const opened = opening(picture);
  const hat = values.map((value, i) => value - (opened[i] ?? 0));
  const mask = new Uint8Array(values.length);
  for (let top = 0; top < rows; top += BLOCK) {
    for (let left = 0; left < columns; left += BLOCK) {
      const [bottom, right] = [Math.min(rows, top + BLOCK), Math.min(columns, left + BLOCK)];
      const counts = new Uint32Array(256);
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const at = hat[y * columns + x] ?? 0;
          counts[at] = (counts[at] ?? 0) + 1;
        }
      }
      // Letters take less than half of the place in which they stand.
      const noise = quantile(counts, 0.55, (bottom - top) * (right - left));
      const threshold = Math.max(MIN_CONTRAST, noise * NOISE_FACTOR);
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          if ((hat[y * columns + x] ?? 0) >= threshold) mask[y * columns + x] = 1;
        }
      }
    }
  }
  return { hat, mask };
}

function quantile(counts: Uint32Array, part: number, total: number): number {
  let left = total * part;
  for (let value = 0; value < counts.length; value++) {
    left -= counts[value] ?? 0;
    if (left <= 0) return value;
  }
  return counts.length - 1;
}

/** The lowest value in a square as wide as a stroke and one more, then the highest: by rows and then by columns. */
function opening({ rows, columns, values }: GreyPicture): Uint8Array {
  const along = (from: Uint8Array, step: number, length: number, isMax: boolean): Uint8Array => {
    const out = new Uint8Array(from.length);
    const reach = (MAX_STROKE / 2) * step;
    for (let at = 0; at < from.length; at++) {
      const place = step === 1 ? at % length : Math.floor(at / step);
      const first = at - Math.min(reach, place * step);
      const last = at + Math.min(reach, (length - 1 - place) * step);
      let value = from[first] ?? 0;
      for (let i = first + step; i <= last; i += step) {
        const other = from[i] ?? 0;
        if (isMax ? other > value : other < value) value = other;
      }
      out[at] = value;
    }
    return out;
  };
  const lowest = along(along(values, 1, columns, false), columns, rows, false);
  return along(along(lowest, 1, columns, true), columns, rows, true);
}

/** Brightnesses that stand out among those of strokes, at most so many, and the brightest. */
const MAX_LEVELS = 8;

function levelsOf({ values }: GreyPicture, hat: Uint8Array): number[] {
  const counts = new Uint32Array(256);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if ((hat[at] ?? 0) >= MIN_CONTRAST) counts[value] = (counts[value] ?? 0) + 1;
  }
  const around = (value: number, reach: number) => {
    let sum = 0;
    for (let i = value - reach; i <= value + reach; i++) sum += counts[i] ?? 0;
    return sum;
  };
  const peaks: { value: number; height: number }[] = [];
  for (let value = 0; value < 256; value++) {
    const isHighest = [1, 2, 3, 4].every(
      (i) =>
        (counts[value] ?? 0) >= (counts[value - i] ?? 0) &&
        (counts[value] ?? 0) > (counts[value + i] ?? 0),
    );
    const [near, far] = [around(value, 2) / 5, around(value, 16) / 33];
    if (isHighest && near > 1.3 * far) peaks.push({ value, height: near / (far + 1) });
  }
  return peaks
    .sort((a, b) => b.height - a.height)
    .slice(0, MAX_LEVELS)
    .map(({ value }) => value);
}

/** Pixels that touch each other, by side or corner. `ink` is used up. */
function componentsOf(
  { rows, columns, values }: GreyPicture,
  hat: Uint8Array,
  ink: Uint8Array,
): Component[] {
  const found: Component[] = [];
  const members: number[] = [];
  for (let start = 0; start < ink.length; start++) {
    if (ink[start] !== 1) continue;
    let [left, right, top, bottom, peak, strokes] = [columns, 0, rows, 0, 0, 0];
    ink[start] = 2;
    members.length = 0;
    members.push(start);
    // It grows while it is gone through.
    for (const at of members) {
      const y = Math.floor(at / columns);
      const x = at - y * columns;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
      const value = values[at] ?? 0;
      if (value > peak) peak = value;
      if (x === 0 || ink[at - 1] === 0) strokes++;
      const [firstRow, lastRow] = [y > 0 ? y - 1 : y, y < rows - 1 ? y + 1 : y];
      const [first, last] = [x > 0 ? x - 1 : x, x < columns - 1 ? x + 1 : x];
      for (let ny = firstRow; ny <= lastRow; ny++) {
        for (let next = ny * columns + first; next <= ny * columns + last; next++) {
          if (ink[next] !== 1) continue;
          ink[next] = 2;
          members.push(next);
        }
      }
    }
    const [width, height, area] = [right - left + 1, bottom - top + 1, members.length];
    if (height < MIN_HEIGHT || height > MAX_HEIGHT || area < MIN_HEIGHT) continue;
    const sharpness = sharpnessOf(members, values, hat, columns);
    if (sharpness < MIN_SHARPNESS) continue;
    found.push({ left, top, width, height, area, peak, strokes: strokes / height });
    if (found.length > MAX_COMPONENTS) return [];
  }
  return found;
}

/** Letters that are drawn end within a pixel or two: their edges take this part of their contrast in one. */
const MIN_SHARPNESS = 0.5;

/** How much of its contrast a component's edge loses from one pixel to the next. */
function sharpnessOf(
  members: readonly number[],
  values: Uint8Array,
  hat: Uint8Array,
  columns: number,
): number {
  let [steps, contrasts] = [0, 0];
  for (const at of members) {
    const value = values[at] ?? 0;
    const lowest = Math.min(
      values[at - 1] ?? value,
      values[at + 1] ?? value,
      values[at - columns] ?? value,
      values[at + columns] ?? value,
    );
    const contrast = hat[at] ?? 0;
    // Within a stroke nothing falls.
    if (value - lowest < contrast / 8) continue;
    steps += Math.min(value - lowest, contrast);
    contrasts += contrast;
  }
  return contrasts === 0 ? 0 : steps / contrasts;
}

function halved({ rows, columns, values }: GreyPicture): GreyPicture {
  const [height, width] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const out = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 2 * y * columns + 2 * x;
      const sum =
        (values[at] ?? 0) +
        (values[at + 1] ?? 0) +
        (values[at + columns] ?? 0) +
        (values[at + columns + 1] ?? 0);
      out[y * width + x] = sum >> 2;
    }
  }
  return { rows: height, columns: width, values: out };
}

/** Boxes that overlap become one. */
export function merged(boxes: readonly TextBox[]): TextBox[] {
  const out = [...boxes];
  for (let i = 0; i < out.length; i++) {
    for (let j = i + 1; j < out.length; j++) {
      const [a, b] = [out[i], out[j]];
      if (!a || !b || !overlaps(a, b)) continue;
      out[i] = around(a, b);
      out.splice(j, 1);
      // What it reaches now, it may not have reached before.
      j = i;
    }
  }
  return out;
}

const overlaps = (a: TextBox, b: TextBox): boolean =>
  a.column < b.column + b.columns &&
  b.column < a.column + a.columns &&
  a.row < b.row + b.rows &&
  b.row < a.row + a.rows;

function around(a: TextBox, b: TextBox): TextBox {
  const column = Math.min(a.column, b.column);
  const row = Math.min(a.row, b.row);
  return {
    column,
    row,
    columns: Math.max(a.column + a.columns, b.column + b.columns) - column,
    rows: Math.max(a.row + a.rows, b.row + b.rows) - row,
    letters: Math.max(a.letters, b.letters),
  };
}
