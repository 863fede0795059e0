import type { Dataset } from '../dicom/dataset.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { functionalGroup } from './functional-group.ts';

/** What a shutter leaves open, in rows and columns counted from 1 (PS3.3 sections C.7.6.11 and C.7.6.15). */
export type Opening =
  | {
      readonly kind: 'rectangle';
      readonly left: number;
      readonly right: number;
      readonly upper: number;
      readonly lower: number;
    }
  | {
      readonly kind: 'circle';
      readonly row: number;
      readonly column: number;
      /** In pixels along a row. */
      readonly radius: number;
    }
  | { readonly kind: 'polygon'; readonly vertices: readonly (readonly [number, number])[] }
  /** Closed where the overlay of this group is set. */
  | { readonly kind: 'bitmap'; readonly group: number };

/** A display shutter: a pixel is seen where all openings show it. */
export interface Shutter {
  readonly openings: readonly Opening[];
  /** Red, green and blue of what is closed, 0 to 255. */
  readonly colour: readonly [number, number, number];
}

/** The shutter of a frame; undefined where it has none, or none that is complete. */
export function readShutter(dataset: Dataset, frameIndex: number): Shutter | undefined {
  const holder = functionalGroup(dataset, Tag.FrameDisplayShutterSequence, frameIndex) ?? dataset;
  const openings = holder
    .strings(Tag.ShutterShape)
    .flatMap((shape) => openingOf(holder, shape) ?? []);
  if (openings.length === 0) return undefined;
  return { openings, colour: closedColour(holder) };
}

function openingOf(holder: Dataset, shape: string): Opening | undefined {
  switch (shape) {
    case 'RECTANGULAR': {
      const left = holder.number(Tag.ShutterLeftVerticalEdge);
      const right = holder.number(Tag.ShutterRightVerticalEdge);
      const upper = holder.number(Tag.ShutterUpperHorizontalEdge);
      const lower = holder.number(Tag.ShutterLowerHorizontalEdge);
      if (left === undefined || right === undefined) return undefined;
      if (upper === undefined || lower === undefined) return undefined;
      return { kind: 'rectangle', left, right, upper, lower };
    }
    case 'CIRCULAR': {
      const [row, column] = holder.numbers(Tag.CenterOfCircularShutter);
      const radius = holder.number(Tag.RadiusOfCircularShutter);
      if (row === undefined || column === undefined || radius === undefined) return undefined;
      return { kind: 'circle', row, column, radius };
    }
    case 'POLYGONAL': {
      const values = holder.numbers(Tag.VerticesOfThePolygonalShutter);
      const vertices = Array.from(
        { length: Math.floor(values.length / 2) },
        (_, i) => [values[i * 2] ?? 0, values[i * 2 + 1] ?? 0] as const,
      );
      return vertices.length >= 3 ? { kind: 'polygon', vertices } : undefined;
    }
    case 'BITMAP': {
      const group = holder.number(Tag.ShutterOverlayGroup);
      return group === undefined ? undefined : { kind: 'bitmap', group };
    }
    default:
      return undefined;
  }
}

function closedColour(holder: Dataset): Shutter['colour'] {
  const [lightness, a, b] = holder.numbers(Tag.ShutterPresentationColorCIELabValue);
  if (lightness !== undefined && a !== undefined && b !== undefined) {
    return rgbOfLab(lightness, a, b);
  }
  // A P-Value of 16 bits.
  const grey = Math.round((holder.number(Tag.ShutterPresentationValue) ?? 0) / 257);
  return [grey, grey, grey];
}

/** CIELab as PS3.3 section C.10.7.1.1 encodes it in 16 bits, white point D50, to sRGB of 8 bits. */
function rgbOfLab(...encoded: [number, number, number]): Shutter['colour'] {
  const lightness = (encoded[0] * 100) / 65535;
  const [a, b] = [(encoded[1] * 255) / 65535 - 128, (encoded[2] * 255) / 65535 - 128];
  const fy = (lightness + 16) / 116;
  const linear = (t: number) => (t > 6 / 29 ? t ** 3 : 3 * (6 / 29) ** 2 * (t - 4 / 29));
  const [x, y, z] = [
    0.9642 * linear(fy + a / 500),
    linear(fy),
    0.8249 * linear(fy - b / 200),
  ] as const;
  const channel = (value: number): number => {
    const within = Math.min(1, Math.max(0, value));
    const gamma = within <= 0.0031308 ? 12.92 * within : 1.055 * within ** (1 / 2.4) - 0.055;
    return Math.round(gamma * 255);
  };
  // From D50 to sRGB's D65 by Bradford's matrix, both steps in one.
  return [
    channel(3.1338561 * x - 1.6168667 * y - 0.4906146 * z),
    channel(-0.9787684 * x + 1.9161415 * y + 0.033454 * z),
    channel(0.0719453 * x - 0.2289914 * y + 1.4052427 * z),
  ];
}

/**
 * Whether an opening shows a pixel; of bitmaps always, they are the overlay's.
 *
 * @param row,column from 1
 * @param pixelAspect height of a pixel by its width
 */
export function isOpen(
  opening: Opening,
  row: number,
  column: number,
  pixelAspect: number,
): boolean {
  switch (opening.kind) {
    case 'rectangle': {
      const { left, right, upper, lower } = opening;
      return column >= left && column <= right && row >= upper && row <= lower;
    }
    case 'circle':
      return (
        Math.hypot(column - opening.column, (row - opening.row) * pixelAspect) <= opening.radius
      );
    case 'polygon':
      return isInside(opening.vertices, row, column);
    case 'bitmap':
      return true;
  }
}

/** By the number of edges that a line to the left crosses; what lies on an edge is inside. */
function isInside(
  vertices: readonly (readonly [number, number])[],
  row: number,
  column: number,
): boolean {
  let inside = false;
  for (const [i, [row1, column1]] of vertices.entries()) {
    const [row2, column2] = vertices[(i + 1) % vertices.length] ?? [row1, column1];
    const turn = (column2 - column1) * (row - row1) - (row2 - row1) * (column - column1);
    const isWithin =
      Math.min(row1, row2) <= row &&
      row <= Math.max(row1, row2) &&
      Math.min(column1, column2) <= column &&
      column <= Math.max(column1, column2);
    if (turn === 0 && isWithin) return true;
    if (row1 > row === row2 > row) continue;
    if (column < column1 + ((row - row1) * (column2 - column1)) / (row2 - row1)) inside = !inside;
  }
  return inside;
}
