// The slices of a head as one grid along the axes of the patient (PS3.3 section C.7.6.2.1.1: x to the left, y to the back, z
// to the head), coarse: a face is no smaller than some millimetres.

/** A slice, reduced to about the grid's step. Distances in millimetres, in the patient's coordinates. */
export interface SlicePlane {
  /** Of the centre of its first pixel. */
  readonly origin: Vector;
  /** Unit vectors: along a row, from column to column; and along a column, from row to row. */
  readonly along: Vector;
  readonly down: Vector;
  /** From column to column, and from row to row. */
  readonly columnSpacing: number;
  readonly rowSpacing: number;
  readonly rows: number;
  readonly columns: number;
}

export interface ReducedSlice extends SlicePlane {
  /** Row by row; modality values. */
  readonly values: Float32Array;
}

export type Vector = readonly [x: number, y: number, z: number];

export interface HeadGrid {
  /** Cells along x, y and z. */
  readonly size: Vector;
  /** Of the centre of the first cell. */
  readonly origin: Vector;
  /** From cell to cell along each axis. */
  readonly step: number;
  /** x changes fastest, then y; NaN where no slice lies. */
  readonly values: Float32Array;
}

export const GRID_STEP = 2;
/** A body in slices of half a millimetre is no head. */
const MAX_CELLS = 40_000_000;

export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

const vectorOf = (at: (axis: 0 | 1 | 2) => number): Vector => [at(0), at(1), at(2)];

/** The centre of a pixel. */
export const pointOf = (plane: SlicePlane, column: number, row: number): Vector => {
  const [across, below] = [column * plane.columnSpacing, row * plane.rowSpacing];
  return vectorOf(
    (axis) => plane.origin[axis] + across * plane.along[axis] + below * plane.down[axis],
  );
};

/**
 * Puts slices of one orientation into a grid.
 * @returns undefined where they make no volume
 */
export function headGrid(slices: readonly ReducedSlice[]): HeadGrid | undefined {
  const [first] = slices;
  if (!first || slices.length < 2) return undefined;
  const normal = cross(first.along, first.down);
  const sorted = slices
    .map((slice) => ({ slice, height: dot(slice.origin, normal) }))
    .sort((a, b) => a.height - b.height);
  const [low, high] = boundsOf(slices);
  const size = vectorOf((axis) => Math.ceil((high[axis] - low[axis]) / GRID_STEP) + 1);
  if (size[0] * size[1] * size[2] > MAX_CELLS) return undefined;
  const values = new Float32Array(size[0] * size[1] * size[2]).fill(Number.NaN);
  const heights = sorted.map(({ height }) => height);
  const gap = ((heights.at(-1) ?? 0) - (heights[0] ?? 0)) / (heights.length - 1);
  let at = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++, at++) {
        const point: Vector = [
          low[0] + i * GRID_STEP,
          low[1] + j * GRID_STEP,
          low[2] + k * GRID_STEP,
        ];
        const nearest = nearestOf(heights, dot(point, normal));
        const found = sorted[nearest];
        if (!found || Math.abs(found.height - dot(point, normal)) > gap) continue;
        values[at] = valueAt(found.slice, point);
      }
    }
  }
  return { size, origin: low, step: GRID_STEP, values };
}

function boundsOf(slices: readonly SlicePlane[]): [Vector, Vector] {
  const corners = slices.flatMap((slice) =>
    [0, slice.columns - 1].flatMap((column) =>
      [0, slice.rows - 1].map((row) => pointOf(slice, column, row)),
    ),
  );
  const along = (axis: 0 | 1 | 2) => corners.map((corner) => corner[axis]);
  return [
    vectorOf((axis) => Math.min(...along(axis))),
    vectorOf((axis) => Math.max(...along(axis))),
  ];
}

function nearestOf(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return value - (sorted[low] ?? 0) <= (sorted[high] ?? 0) - value ? low : high;
}

function valueAt(slice: ReducedSlice, point: Vector): number {
  const from = vectorOf((axis) => point[axis] - slice.origin[axis]);
  const column = Math.round(dot(from, slice.along) / slice.columnSpacing);
  const row = Math.round(dot(from, slice.down) / slice.rowSpacing);
  if (column < 0 || row < 0 || column >= slice.columns || row >= slice.rows) return Number.NaN;
  return slice.values[row * slice.columns + column] ?? Number.NaN;
}

/** Averages squares of pixels, so that a slice has about the grid's step. */
export function reduced(plane: SlicePlane, values: ArrayLike<number>): ReducedSlice {
  const across = Math.max(1, Math.round(GRID_STEP / plane.columnSpacing));
  const down = Math.max(1, Math.round(GRID_STEP / plane.rowSpacing));
  const columns = Math.floor(plane.columns / across);
  const rows = Math.floor(plane.rows / down);
  const out = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let y = row * down; y < (row + 1) * down; y++) {
        for (let x = column * across; x < (column + 1) * across; x++) {
          sum += values[y * plane.columns + x] ?? 0;
        }
      }
      out[row * columns + column] = sum / (across * down);
    }
  }
  return {
    ...plane,
    origin: pointOf(plane, (across - 1) / 2, (down - 1) / 2),
    columnSpacing: plane.columnSpacing * across,
    rowSpacing: plane.rowSpacing * down,
    rows,
    columns,
    values: out,
  };
}
