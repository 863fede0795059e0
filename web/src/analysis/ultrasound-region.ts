import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { ImagePoint } from './measurement.ts';

/** What a step along an axis of the image measures. */
export type Unit = 'px' | 'mm' | 's' | 'cm/s' | 'Hz' | '%' | 'dB' | '°';

/** One axis of the image as a ruler. */
export interface Axis {
  readonly unit: Unit;
  /** Of the unit; below 0 where values fall to the right or downwards. */
  readonly perPixel: number;
  /** The value at a coordinate of the image; undefined where only differences are known. */
  readonly origin?: { readonly at: number; readonly value: number };
}

/** A part of an ultrasound image with a ruler of its own (PS3.3 section C.8.5.5). */
export interface UltrasoundRegion {
  /** Coordinates of the image, of its outer corners. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Region Flags, bit 0: another one below it goes first. */
  readonly isTransparent: boolean;
  readonly x: Axis;
  readonly y: Axis;
}

/** Physical Units X and Y Direction (PS3.3 section C.8.5.5.1.15): the unit, and how many of it one of the standard's is. */
const UNITS: Readonly<Record<number, readonly [unit: Unit, factor: number]>> = {
  1: ['%', 1],
  2: ['dB', 1],
  3: ['mm', 10],
  4: ['s', 1],
  5: ['Hz', 1],
  7: ['cm/s', 1],
  12: ['°', 1],
};

/** Whether an object has regions at all: then only they say how large things are. */
export const hasUltrasoundRegions = (dataset: Dataset): boolean =>
  dataset.items(Tag.SequenceOfUltrasoundRegions).length > 0;

/** The region in which all points lie, the one in front where regions overlap; undefined where there is none. */
export function regionAround(
  dataset: Dataset,
  points: readonly ImagePoint[],
): UltrasoundRegion | undefined {
  const around = dataset
    .items(Tag.SequenceOfUltrasoundRegions)
    .flatMap((item) => readRegion(item) ?? [])
    .filter(({ left, right, top, bottom }) =>
      points.every(({ x, y }) => x >= left && x <= right && y >= top && y <= bottom),
    );
  const size = (region: UltrasoundRegion) =>
    (region.right - region.left) * (region.bottom - region.top);
  return around.sort(
    (a, b) => Number(a.isTransparent) - Number(b.isTransparent) || size(a) - size(b),
  )[0];
}

function readRegion(item: Dataset): UltrasoundRegion | undefined {
  const left = item.number(Tag.RegionLocationMinX0);
  const top = item.number(Tag.RegionLocationMinY0);
  const right = item.number(Tag.RegionLocationMaxX1);
  const bottom = item.number(Tag.RegionLocationMaxY1);
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) {
    return undefined;
  }
  const x = axis(
    item.number(Tag.PhysicalUnitsXDirection),
    item.number(Tag.PhysicalDeltaX),
    left,
    item.number(Tag.ReferencePixelX0),
    item.number(Tag.ReferencePixelPhysicalValueX),
  );
  const y = axis(
    item.number(Tag.PhysicalUnitsYDirection),
    item.number(Tag.PhysicalDeltaY),
    top,
    item.number(Tag.ReferencePixelY0),
    item.number(Tag.ReferencePixelPhysicalValueY),
  );
  if (!x || !y) return undefined;
  const isTransparent = ((item.number(Tag.RegionFlags) ?? 0) & 1) === 1;
  // The last row and column belong to it.
  return { left, top, right: right + 1, bottom: bottom + 1, isTransparent, x, y };
}

/** @param reference the pixel whose value is known, counted from the region's first one */
function axis(
  code: number | undefined,
  delta: number | undefined,
  first: number,
  reference: number | undefined,
  value: number | undefined,
): Axis | undefined {
  const known = UNITS[code ?? 0];
  if (!known || delta === undefined || delta === 0 || !Number.isFinite(delta)) return undefined;
  const [unit, factor] = known;
  const perPixel = delta * factor;
  if (reference === undefined || value === undefined) return { unit, perPixel };
  return { unit, perPixel, origin: { at: first + reference + 0.5, value: value * factor } };
}
