import { expect, it } from 'vitest';
import { windowLimits } from '../../../shared/pixels/voi.ts';
import { regionWindow } from './region-window.ts';

const COLUMNS = 20;
const image = (valueAt: (x: number, y: number) => number) => ({
  rows: 10,
  columns: COLUMNS,
  values: Array.from({ length: 200 }, (_, i) => valueAt(i % COLUMNS, Math.floor(i / COLUMNS))),
  isPadding: (value: number) => value === -2000,
});

it('a region’s window goes from its lowest to its highest values, by the pixels whose centres it holds', () => {
  const ramp = image((x, y) => x * 10 + y);
  // Columns 3 to 6 of row 2, drawn from the right: 32 to 62.
  const window = regionWindow(ramp, { x: 6.6, y: 2.9 }, { x: 3.4, y: 2.1 });
  expect(window && windowLimits(window)).toEqual({ lowest: 32, highest: 62 });
  expect(window?.function).toBe('LINEAR');
  // Beyond the image there is nothing.
  const corner = regionWindow(ramp, { x: 18, y: 9 }, { x: 99, y: 99 });
  expect(corner && windowLimits(corner)).toEqual({ lowest: 189, highest: 199 });
});

it('single pixels and padding don’t decide, and fractions stay', () => {
  const odd = image((x, y) => (x === 0 && y === 0 ? 30_000 : y === 5 ? -2000 : x / 100));
  const window = regionWindow(odd, { x: 0, y: 0 }, { x: 20, y: 10 });
  expect(window?.function).toBe('LINEAR_EXACT');
  expect(window && windowLimits(window)).toEqual({ lowest: 0, highest: 0.19 });
});

it('a region of one value, or beside the image, has no window', () => {
  const flat = image(() => 7);
  expect(regionWindow(flat, { x: 0, y: 0 }, { x: 9, y: 9 })).toBeUndefined();
  expect(regionWindow(flat, { x: 50, y: 50 }, { x: 90, y: 90 })).toBeUndefined();
});
