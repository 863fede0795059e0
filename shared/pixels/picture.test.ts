import { describe, expect, it } from 'vitest';
import { colourPicture } from './colour.ts';
import { applyModality } from './modality.ts';
import { expandSegmentWords } from './palette-segments.ts';
import { shrinkPicture } from './shrink.ts';
import type { StoredFrame } from './stored-frame.ts';
import { voiOutput, windowOfRange } from './voi.ts';

describe('windows', () => {
  // The examples of PS3.3 section C.11.2.1.2.1: centre 2048, width 4096 spans 0 to 4095; centre 0, width 100 −50 to 49.
  it.each([
    [2048, 4096, 0, 0],
    [2048, 4096, 4095, 1],
    [0, 100, -50, 0],
    [0, 100, 49, 1],
    [0, 100, 50, 1],
    [0, 1, -1, 0],
    [0, 1, 0, 1],
  ])('LINEAR %d / %d gives for %d %d', (center, width, value, expected) => {
    const window = { kind: 'window', center, width, function: 'LINEAR' } as const;
    expect(voiOutput(window, value)).toBeCloseTo(expected, 10);
  });

  it('LINEAR_EXACT and SIGMOID give one half in their centre', () => {
    for (const by of ['LINEAR_EXACT', 'SIGMOID'] as const) {
      expect(voiOutput({ kind: 'window', center: 7, width: 3, function: by }, 7)).toBe(0.5);
    }
    const sigmoid = { kind: 'window', center: 10, width: 8, function: 'SIGMOID' } as const;
    expect(voiOutput(sigmoid, 12)).toBeCloseTo(1 / (1 + Math.exp(-1)), 10);
  });

  it('of a range make its ends black and white', () => {
    for (const [lowest, highest] of [
      [-3, 900],
      [0.25, 0.75],
    ] as const) {
      const window = { kind: 'window', ...windowOfRange({ lowest, highest }) } as const;
      expect(voiOutput(window, lowest)).toBe(0);
      expect(voiOutput(window, highest)).toBe(1);
    }
  });

  it('look-up tables hold their first and last entry beyond their ends', () => {
    const table = { firstMapped: 10, bits: 8, entries: Uint8Array.of(51, 102, 255) };
    const outputs = [9, 10, 11, 12, 99].map((value) => voiOutput({ kind: 'lut', table }, value));
    expect(outputs).toEqual([0.2, 0.2, 0.4, 1, 1]);
  });
});

it('rescales to whole numbers where slope and intercept are, else to fractions', () => {
  const samples = Uint16Array.of(0, 1000, 4095);
  const whole = applyModality(samples, { kind: 'rescale', slope: 1, intercept: -1024 });
  expect(whole).toEqual(Int16Array.of(-1024, -24, 3071));
  const fractions = applyModality(samples, { kind: 'rescale', slope: 0.5, intercept: 0.25 });
  expect(fractions).toEqual(Float32Array.of(0.25, 500.25, 2047.75));
});

const frame = (
  photometricInterpretation: StoredFrame['photometricInterpretation'],
  ...values: number[]
): StoredFrame => ({
  rows: 1,
  columns: 1,
  samplesPerPixel: 3,
  photometricInterpretation,
  samples: Uint8Array.from(values),
});

describe('colours', () => {
  // Values of ITU-R BT.601 for pure colours, as PS3.3 section C.7.6.3.1.2 has them.
  it.each([
    [
      [76, 85, 255],
      [254, 0, 0],
    ],
    [
      [150, 44, 21],
      [0, 255, 1],
    ],
    [
      [29, 255, 107],
      [0, 0, 254],
    ],
    [
      [128, 128, 128],
      [128, 128, 128],
    ],
  ])('YBR_FULL %j is RGB %j', (ybr, rgb) => {
    expect(Array.from(colourPicture(frame('YBR_FULL', ...ybr), 8, undefined))).toEqual([
      ...rgb,
      255,
    ]);
  });

  it('of a palette begin at its first mapped value', () => {
    const palette = {
      firstMapped: 5,
      red: Uint8Array.of(1, 2),
      green: Uint8Array.of(3, 4),
      blue: Uint8Array.of(5, 6),
    };
    const picture = colourPicture(frame('PALETTE COLOR', 0, 6, 9), 8, palette);
    expect(Array.from(picture)).toEqual([1, 3, 5, 255, 2, 4, 6, 255, 2, 4, 6, 255]);
  });

  it('of segmented palettes are values, lines and repetitions', () => {
    const words = Uint16Array.of(0, 2, 10, 20, 1, 2, 40, 2, 2, 0, 0);
    const descriptor = { count: 8, firstMapped: 0, bits: 16 };
    const expected = [10, 20, 30, 40, 10, 20, 30, 40];
    expect(Array.from(expandSegmentWords(words, descriptor))).toEqual(expected);
    expect(() => expandSegmentWords(words, { ...descriptor, count: 9 })).toThrow(/another length/);
  });
});

it('shrinks pictures to means, with square pixels', () => {
  const rgba = Uint8ClampedArray.from([
    0, 0, 0, 255, 100, 100, 100, 255, 50, 0, 0, 255, 50, 100, 200, 255,
  ]);
  const small = shrinkPicture({ width: 2, height: 2, rgba }, 1);
  expect(small).toEqual({ width: 1, height: 1, rgba: Uint8ClampedArray.of(50, 50, 75, 255) });
  const tall = shrinkPicture({ width: 2, height: 2, rgba }, 4, 2);
  expect([tall.width, tall.height]).toEqual([2, 4]);
});
