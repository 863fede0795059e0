// The face of a head in a volume, found by its shape: the surface of the skin seen from the front, the nose and the dent above
// it. Lengths are parts of the head's own, from forehead to back, so that a child's head is measured by itself.
import type { HeadGrid } from './head-grid.ts';

/** Everything in front of a surface: the face, and the air before it. */
export interface FaceCut {
  /** For each cell of x and z (x changes fastest): the y, in millimetres, up to which all goes; −Infinity where nothing does. */
  readonly upTo: Float32Array;
}

export type FaceSearch =
  | { readonly kind: 'found'; readonly cut: FaceCut }
  | { readonly kind: 'none'; readonly why: string };

/** Air and the fat of the skin lie far to either side of it, Hounsfield units. */
const CT_SKIN = -300;
/** Of the brightness that few values exceed in MR; the background is far below. */
const MR_SKIN = 0.12;
/** Heads, from forehead to back and from side to side, millimetres: from newborns to large adults. */
const LENGTHS = [90, 260] as const;
const WIDTHS = [70, 210] as const;

/** Parts of the head's length. */
const BROW_BELOW_TOP = 0.5;
const NOSE_BELOW_TOP = [0.5, 1.05] as const;
/** From the tip of the nose to what it stands out from, above and below. */
const NOSE_SIDES = [0.2, 0.1] as const;
/** From the middle of the head to the nose, to either side. */
const NOSE_ASIDE = 0.2;
/** From the tip of the nose up to the dent between the eyes. */
const DENT_ABOVE_NOSE = [0.12, 0.34] as const;
const BROW_ABOVE_DENT = 0.06;
const CHIN_BELOW_DENT = 0.75;
/** Nothing behind this is taken: the brain begins far behind it below the eyes, and nothing is taken above them. */
const PLANE_BEHIND_DENT = 0.16;
/**
 * How deep is cut at a height, both as parts of the head's length from the dent: skin and bone alone where the brain is
 * near, all of the nose and the mouth below.
 */
const DEPTHS: readonly (readonly [above: number, depth: number])[] = [
  [0.06, 0.035],
  [0, 0.06],
  [-0.06, 0.09],
  [-0.14, 0.3],
];
/** What stands out of the face, as a tube does, is no skin: the median within so many millimetres is. */
const SMOOTHING = 8;

/** Finds the face in a volume of a head. */
export function findFace(grid: HeadGrid, modality: 'CT' | 'MR'): FaceSearch {
  const head = headOf(grid, modality);
  if (!head) return none('No head stands out from air in it.');
  const { size, origin, step } = grid;
  const top = topOf(head, grid);
  if (top >= size[2] - 1) return none('The top of the head lies outside of it.');
  const shape = shapeOf(head, grid, top);
  if (!shape) return none('It has not the shape of a head.');
  const { length, middle } = shape;
  const skin = smoothed(skinOf(head, grid), grid);
  const skinAt = (i: number, k: number) => skin[k * size[0] + i] ?? Infinity;
  const cells = (part: number) => Math.round((part * length) / step);
  const below = (part: number) => top - cells(part);
  const profile: Profile = {
    from: below(NOSE_BELOW_TOP[0]),
    to: Math.max(0, below(NOSE_BELOW_TOP[1])),
    brow: below(BROW_BELOW_TOP),
    sides: [cells(NOSE_SIDES[0]), cells(NOSE_SIDES[1])],
    reach: [cells(DENT_ABOVE_NOSE[0]), cells(DENT_ABOVE_NOSE[1])],
  };
  // A head may be turned to the side: the nose is where something stands out most.
  const aside = cells(NOSE_ASIDE);
  const found = Array.from({ length: 2 * aside + 1 }, (_, n) => middle - aside + n)
    .flatMap((i) => dentOf((aside, k) => skinAt(i + aside, k), profile) ?? [])
    .sort((a, b) => b.standsOut - a.standsOut)
    .at(0);
  if (!found) return none('It ends above the nose.');
  const { dent } = found;
  const yDent = origin[1] + found.skin * step;
  const plane = yDent + PLANE_BEHIND_DENT * length;
  const upTo = new Float32Array(size[0] * size[2]).fill(-Infinity);
  const last = Math.max(0, dent - cells(CHIN_BELOW_DENT));
  const first = Math.min(size[2] - 1, dent + cells(BROW_ABOVE_DENT));
  for (let k = last; k <= first; k++) {
    const depth = depthAt(((k - dent) * step) / length) * length;
    for (let i = 0; i < size[0]; i++) {
      const front = origin[1] + skinAt(i, k) * step;
      if (front < plane) upTo[k * size[0] + i] = Math.min(front + depth, plane);
    }
  }
  return { kind: 'found', cut: { upTo } };
}

const none = (why: string): FaceSearch => ({ kind: 'none', why });

/** Cells of the head: what air from outside doesn't reach, in one piece. */
function headOf(grid: HeadGrid, modality: 'CT' | 'MR'): Uint8Array | undefined {
  const { values, size } = grid;
  const threshold = modality === 'CT' ? CT_SKIN : MR_SKIN * brightest(values);
  const tissue = new Uint8Array(values.length);
  for (let at = 0; at < tissue.length; at++) if ((values[at] ?? 0) > threshold) tissue[at] = 1;
  // Nostrils and ears are closed by a cell, so that air doesn't come in by them.
  const closed = spread(tissue, size, 1);
  const outside = new Uint8Array(values.length);
  flood(borderCells(size), size, outside, (at) => closed[at] === 0);
  const inside = outside.map((is) => 1 - is);
  const eroded = spread(outside, size, 1).map((is) => 1 - is);
  const largest = largestPiece(eroded, size);
  if (!largest) return undefined;
  const grown = spread(largest, size, 1);
  return grown.map((is, at) => (is && inside[at] ? 1 : 0));
}

function brightest(values: Float32Array): number {
  const sample: number[] = [];
  const every = Math.max(1, Math.floor(values.length / 50_000));
  for (let at = 0; at < values.length; at += every) {
    const value = values[at] ?? 0;
    if (value > 0) sample.push(value);
  }
  sample.sort((a, b) => a - b);
  return sample[Math.floor(sample.length * 0.98)] ?? 0;
}

type Size = HeadGrid['size'];

/** Cells with the value, and those beside them along an axis. */
function spread(cells: Uint8Array, size: Size, value: 0 | 1): Uint8Array {
  const out = cells.slice();
  forNeighbours(cells, size, (at, next) => {
    if (cells[at] === value) out[next] = value;
  });
  return out;
}

function forNeighbours(
  cells: Uint8Array,
  size: Size,
  visit: (at: number, next: number) => void,
): void {
  for (let at = 0; at < cells.length; at++) {
    if (cells[at] === 0) continue;
    for (const next of neighboursOf(at, size)) visit(at, next);
  }
}

function neighboursOf(at: number, [nx, ny, nz]: Size): number[] {
  const plane = nx * ny;
  const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / plane)];
  const found: number[] = [];
  if (i > 0) found.push(at - 1);
  if (i < nx - 1) found.push(at + 1);
  if (j > 0) found.push(at - nx);
  if (j < ny - 1) found.push(at + nx);
  if (k > 0) found.push(at - plane);
  if (k < nz - 1) found.push(at + plane);
  return found;
}

/** All cells of the sides, but those below: a neck goes on there. */
function* borderCells([nx, ny, nz]: Size): Generator<number> {
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const isEdge = k === nz - 1 || j === 0 || j === ny - 1;
      for (let i = 0; i < nx; i += isEdge ? 1 : Math.max(1, nx - 1)) yield (k * ny + j) * nx + i;
    }
  }
}

function flood(
  from: Iterable<number>,
  size: Size,
  reached: Uint8Array,
  isOpen: (at: number) => boolean,
): number {
  const open: number[] = [];
  for (const at of from) {
    if (reached[at] || !isOpen(at)) continue;
    reached[at] = 1;
    open.push(at);
  }
  // It grows while it is gone through.
  for (const at of open) {
    for (const next of neighboursOf(at, size)) {
      if (reached[next] || !isOpen(next)) continue;
      reached[next] = 1;
      open.push(next);
    }
  }
  return open.length;
}

function largestPiece(cells: Uint8Array, size: Size): Uint8Array | undefined {
  const seen = new Uint8Array(cells.length);
  let best: { start: number; count: number } | undefined;
  for (let at = 0; at < cells.length; at++) {
    if (!cells[at] || seen[at]) continue;
    const count = flood([at], size, seen, (next) => cells[next] === 1);
    if (!best || count > best.count) best = { start: at, count };
  }
  if (!best) return undefined;
  const piece = new Uint8Array(cells.length);
  flood([best.start], size, piece, (next) => cells[next] === 1);
  return piece;
}

/** Of a layer to count as head, in cells. */
const MIN_LAYER = 30;

function topOf(head: Uint8Array, { size }: HeadGrid): number {
  const plane = size[0] * size[1];
  for (let k = size[2] - 1; k >= 0; k--) {
    let count = 0;
    for (let at = k * plane; at < (k + 1) * plane; at++) count += head[at] ?? 0;
    if (count >= MIN_LAYER) return k;
  }
  return 0;
}

/** The head's length in millimetres, measured above the ears, and the cell of x in its middle. */
function shapeOf(
  head: Uint8Array,
  { size, step }: HeadGrid,
  top: number,
): { length: number; middle: number } | undefined {
  let [length, width, middle] = [0, 0, 0];
  for (let k = top; k >= Math.max(0, top - Math.round(100 / step)); k--) {
    const [i0, i1, j0, j1] = extentOf(head, size, k);
    if (j1 - j0 > length) length = j1 - j0;
    if (i1 - i0 > width) [width, middle] = [i1 - i0, Math.round((i0 + i1) / 2)];
  }
  const [longest, widest] = [(length + 1) * step, (width + 1) * step];
  const isHead =
    longest >= LENGTHS[0] && longest <= LENGTHS[1] && widest >= WIDTHS[0] && widest <= WIDTHS[1];
  return isHead ? { length: longest, middle } : undefined;
}

function extentOf(head: Uint8Array, [nx, ny]: Size, k: number): [number, number, number, number] {
  let [i0, i1, j0, j1] = [nx, -1, ny, -1];
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      if (!head[(k * ny + j) * nx + i]) continue;
      i0 = Math.min(i0, i);
      i1 = Math.max(i1, i);
      j0 = Math.min(j0, j);
      j1 = Math.max(j1, j);
    }
  }
  return [i0, i1, j0, j1];
}

/** For each cell of x and z the first of the head from the front; Infinity where there is none. */
function skinOf(head: Uint8Array, { size: [nx, ny, nz] }: HeadGrid): Float32Array {
  const skin = new Float32Array(nx * nz).fill(Infinity);
  for (let k = 0; k < nz; k++) {
    for (let i = 0; i < nx; i++) {
      for (let j = 0; j < ny; j++) {
        if (!head[(k * ny + j) * nx + i]) continue;
        skin[k * nx + i] = j;
        break;
      }
    }
  }
  return skin;
}

/** The median around each cell, of those where there is skin. */
function smoothed(skin: Float32Array, { size: [nx, , nz], step }: HeadGrid): Float32Array {
  const reach = Math.round(SMOOTHING / step);
  const out = new Float32Array(skin.length).fill(Infinity);
  for (let k = 0; k < nz; k++) {
    for (let i = 0; i < nx; i++) {
      if (skin[k * nx + i] === Infinity) continue;
      const around: number[] = [];
      for (let dk = Math.max(0, k - reach); dk <= Math.min(nz - 1, k + reach); dk++) {
        for (let di = Math.max(0, i - reach); di <= Math.min(nx - 1, i + reach); di++) {
          const value = skin[dk * nx + di] ?? Infinity;
          if (value !== Infinity) around.push(value);
        }
      }
      around.sort((a, b) => a - b);
      out[k * nx + i] = around[around.length >> 1] ?? Infinity;
    }
  }
  return out;
}

interface Profile {
  /** Where the nose may be: from this height down to that. */
  readonly from: number;
  readonly to: number;
  /** The dent isn't above it. */
  readonly brow: number;
  /** How far above and below its tip the nose is looked at. */
  readonly sides: readonly [number, number];
  /** How far above the tip of the nose the dent may be. */
  readonly reach: readonly [number, number];
}

interface Dent {
  /** Its height. */
  readonly dent: number;
  /** Of the skin there, in cells. */
  readonly skin: number;
  /** By so much the nose below it does. */
  readonly standsOut: number;
}

/** The dent between forehead and nose in a profile of the skin. */
function dentOf(
  skinAt: (aside: number, k: number) => number,
  { from, to, brow, sides, reach }: Profile,
): Dent | undefined {
  let [nose, standsOut] = [-1, 0];
  for (let k = from; k >= to; k--) {
    // From what is above and from what is below it: a brow is near the forehead, a chin near the lips. From both cheeks.
    const [above, below] = [skinAt(0, k + sides[0]), skinAt(0, k - sides[1])];
    const cheeks = Math.min(skinAt(-sides[1], k), skinAt(sides[1], k));
    const by = Math.min(above, below, cheeks) - skinAt(0, k);
    if (Number.isFinite(by) && by > standsOut) [nose, standsOut] = [k, by];
  }
  if (nose === -1) return undefined;
  let dent = Math.min(from, nose + reach[0]);
  for (let k = dent; k <= Math.min(brow, nose + reach[1]); k++) {
    if (skinAt(0, k) > skinAt(0, dent)) dent = k;
  }
  return { dent, skin: skinAt(0, dent), standsOut };
}

function depthAt(above: number): number {
  const [first] = DEPTHS;
  if (!first || above > first[0]) return first?.[1] ?? 0;
  for (let n = 1; n < DEPTHS.length; n++) {
    const [upper, lower] = [DEPTHS[n - 1], DEPTHS[n]];
    if (!upper || !lower || above < lower[0]) continue;
    const part = (above - lower[0]) / (upper[0] - lower[0]);
    return lower[1] + part * (upper[1] - lower[1]);
  }
  return DEPTHS.at(-1)?.[1] ?? 0;
}
