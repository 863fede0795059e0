import { describe, expect, it } from 'vitest';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { QuantityName } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import { withHandleAt } from './handles.ts';
import type { Measurement } from './measurement.ts';
import type { MeasuredFrame } from './measured-frame.ts';
import { drawn, frameOf } from './testing/frame.ts';

const numberOf = (measurement: Measurement, frame: MeasuredFrame, name: QuantityName): number =>
  evaluate(measurement, frame).quantities.find((quantity) => quantity.name === name)?.value ?? NaN;

const SQUARE = { [Tag.Modality]: 'CT', [Tag.PixelSpacing]: ['1', '1'] };
/** Rows 2 mm apart, columns 1 mm. */
const TALL = { [Tag.Modality]: 'CT', [Tag.PixelSpacing]: ['2', '1'] };

describe('angles', () => {
  const right = drawn('angle', [
    [20, 10],
    [10, 10],
    [10, 20],
  ]);
  const diagonal = drawn('angle', [
    [20, 10],
    [10, 10],
    [20, 20],
  ]);
  it('are measured in the body, not in pixels', async () => {
    expect(numberOf(right, await frameOf(TALL), 'angle')).toBeCloseTo(90, 10);
    expect(numberOf(diagonal, await frameOf(SQUARE), 'angle')).toBeCloseTo(45, 10);
    // The tangent is 20 mm by 10 mm.
    const steep = (Math.atan(2) * 180) / Math.PI;
    expect(numberOf(diagonal, await frameOf(TALL), 'angle')).toBeCloseTo(steep, 10);
  });

  /** Two lines around middles that lie below each other, turned by so many degrees. */
  const cobb = (first: number, second: number, isReversed = false): Measurement => {
    const line = (y: number, degrees: number) => {
      const [dx, dy] = [
        10 * Math.cos((degrees * Math.PI) / 180),
        10 * Math.sin((degrees * Math.PI) / 180),
      ];
      return [
        [50 - dx, y - dy],
        [50 + dx, y + dy],
      ] as const;
    };
    const [a, b] = line(20, first);
    const [c, d] = line(80, second);
    return drawn('cobb', isReversed ? [a, b, d, c] : [a, b, c, d]);
  };
  it.each([
    [10, -15, 25],
    [0, 40, 40],
    [50, -55, 105],
  ])(
    'of Cobb, of lines at %d° and %d°, are %d°, however they were drawn',
    async (a, b, expected) => {
      const frame = await frameOf(SQUARE);
      expect(numberOf(cobb(a, b), frame, 'angle')).toBeCloseTo(expected, 8);
      expect(numberOf(cobb(a, b, true), frame, 'angle')).toBeCloseTo(expected, 8);
    },
  );
});

describe('sizes of regions', () => {
  const corners = [
    [10, 10],
    [30, 20],
  ] as const;
  it('are those of the body where pixels aren’t square', async () => {
    const frame = await frameOf(TALL);
    expect(numberOf(drawn('rectangle', corners), frame, 'area')).toBeCloseTo(400, 10);
    expect(numberOf(drawn('rectangle', corners), frame, 'perimeter')).toBeCloseTo(80, 10);
    // A circle of 10 mm in the body.
    expect(numberOf(drawn('ellipse', corners), frame, 'area')).toBeCloseTo(Math.PI * 100, 10);
    expect(numberOf(drawn('ellipse', corners), frame, 'perimeter')).toBeCloseTo(Math.PI * 20, 8);
    const triangle = drawn('freehand', [
      [0, 0],
      [30, 0],
      [0, 20],
    ]);
    expect(numberOf(triangle, frame, 'area')).toBeCloseTo(600, 10);
    expect(numberOf(triangle, frame, 'perimeter')).toBeCloseTo(30 + 40 + 50, 10);
  });

  it('have units of their own', async () => {
    const unitsOf = async (fields: Parameters<typeof frameOf>[0]) =>
      evaluate(drawn('rectangle', corners), await frameOf(fields)).quantities.map(
        ({ name, unit }) => `${name} ${unit}`,
      );
    expect(await unitsOf(SQUARE)).toEqual(['area mm²', 'perimeter mm']);
    expect(await unitsOf({ [Tag.Modality]: 'OT' })).toEqual(['area px²', 'perimeter px']);
  });

  it('are two lengths of a bidirectional', async () => {
    const crossed = drawn('bidirectional', [
      [10, 10],
      [50, 10],
      [30, 5],
      [30, 15],
    ]);
    const { quantities } = evaluate(crossed, await frameOf(TALL));
    expect(quantities.map(({ name, value }) => [name, value])).toEqual([
      ['longAxis', 40],
      ['shortAxis', 20],
    ]);
  });
});

describe('values', () => {
  /** Each value is its column. */
  const ramp = Array.from({ length: 100 * 100 }, (_, i) => i % 100);
  const rescaled = { ...SQUARE, [Tag.RescaleSlope]: '1', [Tag.RescaleIntercept]: '-1024' };

  it('are those of pixels whose centres lie inside', async () => {
    const frame = await frameOf(rescaled, { values: ramp });
    const box = drawn('rectangle', [
      [10, 10],
      [14, 12],
    ]);
    const { quantities, histogram } = evaluate(box, frame);
    // 10, 11, 12, 13, twice.
    expect(quantities.slice(0, 4)).toEqual([
      { name: 'mean', value: 11.5, unit: 'HU' },
      { name: 'deviation', value: expect.closeTo(Math.sqrt(10 / 7), 12) as number, unit: 'HU' },
      { name: 'lowest', value: 10, unit: 'HU' },
      { name: 'highest', value: 13, unit: 'HU' },
    ]);
    expect(numberOf(box, frame, 'pixels')).toBe(8);
    expect(histogram).toEqual({ from: 10, step: 1, counts: [2, 2, 2, 2] });
  });

  it('of an ellipse that was turned are those of its pixels, and its area is what it was', async () => {
    const frame = await frameOf(
      { ...SQUARE, [Tag.PixelSpacing]: ['0.5', '0.5'] },
      { values: ramp },
    );
    // Half axes of 20 and 10 pixels around 50.2, 49.7; then the long one goes from top left to bottom right, 3 down for 4.
    const [lying, x, y] = [
      drawn('ellipse', [
        [30.2, 39.7],
        [70.2, 59.7],
      ]),
      50.2,
      49.7,
    ];
    const turned = withHandleAt(lying, 4, { x: x + 3, y: y - 4 }, 1);
    expect(
      turned.points.map((point) => [point.x, point.y].map((at) => Number(at.toFixed(6)))),
    ).toEqual([
      [x - 16, y - 12],
      [x + 16, y + 12],
      [x + 6, y - 8],
      [x - 6, y + 8],
    ]);
    const isInside = (px: number, py: number) => {
      const [dx, dy] = [px - x, py - y];
      return ((0.8 * dx + 0.6 * dy) / 20) ** 2 + ((0.8 * dy - 0.6 * dx) / 10) ** 2 < 1;
    };
    const inside = Array.from(ramp.keys()).filter((i) =>
      isInside((i % 100) + 0.5, Math.floor(i / 100) + 0.5),
    );
    expect(numberOf(turned, frame, 'pixels')).toBe(inside.length);
    const mean = inside.reduce((sum, i) => sum + (i % 100), 0) / inside.length;
    expect(numberOf(turned, frame, 'mean')).toBeCloseTo(mean, 10);
    // 10 mm by 5 mm: 157.08 mm², and 48.442 mm around it (4 × 10 mm × E(√3/2) of Legendre's tables).
    expect(numberOf(turned, frame, 'area')).toBeCloseTo(50 * Math.PI, 8);
    expect(numberOf(turned, frame, 'perimeter')).toBeCloseTo(48.442, 3);
    // Upright: as if it had been drawn so.
    const upright = withHandleAt(turned, 4, { x: x + 9, y }, 1);
    const drawnSo = drawn('ellipse', [
      [40.2, 29.7],
      [60.2, 69.7],
    ]);
    for (const name of ['pixels', 'mean', 'deviation', 'area', 'perimeter'] as const) {
      expect(numberOf(upright, frame, name)).toBeCloseTo(numberOf(drawnSo, frame, name), 8);
    }
  });

  it('of all shapes of regions agree with a count of pixels one by one', async () => {
    const frame = await frameOf(SQUARE, { values: ramp });
    const ellipse = drawn('ellipse', [
      [20.3, 30.6],
      [61.2, 47.9],
    ]);
    const isInside = (x: number, y: number) =>
      ((x - 40.75) / 20.45) ** 2 + ((y - 39.25) / 8.65) ** 2 < 1;
    let [count, sum] = [0, 0];
    for (let i = 0; i < ramp.length; i++) {
      if (!isInside((i % 100) + 0.5, Math.floor(i / 100) + 0.5)) continue;
      count++;
      sum += i % 100;
    }
    expect(numberOf(ellipse, frame, 'pixels')).toBe(count);
    expect(numberOf(ellipse, frame, 'mean')).toBeCloseTo(sum / count, 10);
    const box = [
      [20.3, 30.6],
      [61.2, 30.6],
      [61.2, 47.9],
      [20.3, 47.9],
    ] as const;
    const [corner, , opposite] = box;
    for (const name of ['pixels', 'mean', 'deviation', 'area'] as const) {
      expect(numberOf(drawn('freehand', box), frame, name)).toBeCloseTo(
        numberOf(drawn('rectangle', [corner, opposite]), frame, name),
        8,
      );
    }
    // A U: what lies between its arms isn't inside.
    const bent = drawn('freehand', [
      [10, 10],
      [20, 10],
      [20, 30],
      [30, 30],
      [30, 10],
      [40, 10],
      [40, 40],
      [10, 40],
    ]);
    expect(numberOf(bent, frame, 'pixels')).toBe(30 * 30 - 10 * 20);
    expect(numberOf(bent, frame, 'area')).toBe(700);
  });

  it('leave out padding and what lies beyond the image', async () => {
    const frame = await frameOf(SQUARE, { values: ramp, isPadding: (value) => value < 5 });
    const box = drawn('rectangle', [
      [-20, -20],
      [10, 10],
    ]);
    expect(numberOf(box, frame, 'lowest')).toBe(5);
    expect(numberOf(box, frame, 'pixels')).toBe(50);
  });

  it('of a probe are that of one pixel, with its unit', async () => {
    const frame = await frameOf(rescaled, { values: ramp });
    expect(evaluate(drawn('probe', [[42.9, 3.1]]), frame).quantities).toEqual([
      { name: 'value', value: 42, unit: 'HU' },
    ]);
    expect(evaluate(drawn('probe', [[100.1, 3]]), frame).quantities).toEqual([]);
  });
});
