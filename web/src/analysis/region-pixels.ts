import type { MeasuredFrame } from './measured-frame.ts';
import type { ImagePoint, Measurement } from './measurement.ts';

/** A part of a row: columns from `from` to before `to`. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The values of the pixels whose centres lie in a region, row by row; "no pixel here" left out. */
export function valuesInside(frame: MeasuredFrame, region: Measurement): Float64Array {
  const { values, rows, columns, isPadding } = frame;
  const ys = region.points.map(({ y }) => y);
  const first = Math.max(0, Math.floor(Math.min(...ys) - 0.5));
  const last = Math.min(rows - 1, Math.ceil(Math.max(...ys)));
  const inside = new Float64Array(values ? Math.max(0, last - first + 1) * columns : 0);
  if (!values) return inside;
  let count = 0;
  for (let row = first; row <= last; row++) {
    for (const { from, to } of spansAt(region, row + 0.5)) {
      const end = Math.min(columns, to);
      for (let column = Math.max(0, from); column < end; column++) {
        const value = values[row * columns + column] ?? NaN;
        if (Number.isFinite(value) && !isPadding(value)) inside[count++] = value;
      }
    }
  }
  return inside.subarray(0, count);
}

/** Columns whose centres lie inside at a height. A centre on the left edge is inside, one on the right edge isn't. */
function spansAt({ kind, points }: Measurement, y: number): Span[] {
  if (kind === 'freehand') return outlineSpans(points, y);
  const [a, b] = points;
  if (!a || !b) return [];
  const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
  const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)];
  if (kind === 'rectangle') return y >= top && y < bottom ? [span(left, right)] : [];
  const height = (bottom - top) / 2;
  const away = (y - (top + bottom) / 2) / height;
  if (!(Math.abs(away) < 1)) return [];
  const half = ((right - left) / 2) * Math.sqrt(1 - away * away);
  const middle = (left + right) / 2;
  return [span(middle - half, middle + half)];
}

/** Inside by the even-odd rule. */
function outlineSpans(outline: readonly ImagePoint[], y: number): Span[] {
  const crossings: number[] = [];
  let before = outline.at(-1);
  for (const point of outline) {
    if (before && before.y <= y !== point.y <= y) {
      const part = (y - before.y) / (point.y - before.y);
      crossings.push(before.x + part * (point.x - before.x));
    }
    before = point;
  }
  crossings.sort((a, b) => a - b);
  const spans: Span[] = [];
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    spans.push(span(crossings[i] ?? 0, crossings[i + 1] ?? 0));
  }
  return spans;
}

const span = (left: number, right: number): Span => ({
  from: Math.ceil(left - 0.5),
  to: Math.ceil(right - 0.5),
});
