import { ellipseAcross, ellipseOf, heightOf } from './ellipse.ts';
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
  const [top, bottom] = heights(region);
  const first = Math.max(0, Math.floor(top - 0.5));
  const last = Math.min(rows - 1, Math.ceil(bottom));
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

/** From where to where a region goes, down the image. */
function heights({ kind, points }: Measurement): readonly [top: number, bottom: number] {
  const ellipse = kind === 'ellipse' ? ellipseOf(points) : undefined;
  if (ellipse) return [ellipse.middle.y - heightOf(ellipse), ellipse.middle.y + heightOf(ellipse)];
  const ys = points.map(({ y }) => y);
  return [Math.min(...ys), Math.max(...ys)];
}

/** Columns whose centres lie inside at a height. A centre on the left edge is inside, one on the right edge isn't. */
function spansAt({ kind, points }: Measurement, y: number): Span[] {
  if (kind === 'freehand') return outlineSpans(points, y);
  if (kind === 'ellipse') {
    const ellipse = ellipseOf(points);
    const across = ellipse && ellipseAcross(ellipse, y);
    return across ? [span(...across)] : [];
  }
  const [a, b] = points;
  if (!a || !b) return [];
  const isInside = y >= Math.min(a.y, b.y) && y < Math.max(a.y, b.y);
  return isInside ? [span(Math.min(a.x, b.x), Math.max(a.x, b.x))] : [];
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
