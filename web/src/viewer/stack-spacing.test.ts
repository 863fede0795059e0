import { expect, it } from 'vitest';
import { framePlane } from './frame-geometry.ts';
import { gapsBetween, leastSpacing, unevenSpacing } from './stack-spacing.ts';

const AXIAL = [1, 0, 0, 0, 1, 0];
const OBLIQUE = [1, 0, 0, 0, 0.6, 0.8];
const stack = (...places: number[]) => places.map((z) => framePlane(AXIAL, [0, 0, z]));

it('An even stack, a loop, a single image and images without a place are without a warning', () => {
  expect(unevenSpacing(stack(0, 2.5, 5, 7.5))).toBeUndefined();
  expect(unevenSpacing(stack(0, 2.501, 4.998, 7.5))).toBeUndefined();
  expect(unevenSpacing(stack(0, 0, 5, 5, 10, 10))).toBeUndefined();
  expect(unevenSpacing(stack(3, 3, 3))).toBeUndefined();
  expect(unevenSpacing(stack(3))).toBeUndefined();
  expect(unevenSpacing([framePlane([], []), framePlane([], [])])).toBeUndefined();
});

it('A gap is said with the least and the largest step, along the normal where that is oblique', () => {
  expect(unevenSpacing(stack(0, 2, 4, 10, 12))).toBe('Uneven spacing: 2 to 6 mm');
  // The normal is (0, -0.8, 0.6): steps of 5 mm along it, and one of 10.
  const oblique = [0, 5, 10, 20].map((d) => framePlane(OBLIQUE, [0, -0.8 * d, 0.6 * d]));
  expect(unevenSpacing(oblique)).toBe('Uneven spacing: 5 to 10 mm');
});

it('Images that lie where others lie, and other orientations, are said', () => {
  expect(unevenSpacing(stack(0, 2, 2, 4))).toBe('Some images lie at the same place');
  expect(unevenSpacing([...stack(0, 2), framePlane(OBLIQUE, [0, 0, 4])])).toBe(
    'Images of several orientations',
  );
});

it('Slices that are much thinner than they are apart leave gaps', () => {
  const spacing = leastSpacing(stack(0, 10, 20));
  expect(spacing).toBe(10);
  expect(gapsBetween(spacing, 5)).toBe('Gaps: 5 mm thick, 10 mm apart');
  // What is usual, what overlaps, and what isn't known.
  expect(gapsBetween(spacing, 7)).toBeUndefined();
  expect(gapsBetween(spacing, 12)).toBeUndefined();
  expect(gapsBetween(spacing, undefined)).toBeUndefined();
  expect(gapsBetween(spacing, 0)).toBeUndefined();
  expect(leastSpacing([framePlane([], []), framePlane([], [])])).toBeUndefined();
  expect(leastSpacing(stack(0, 0, 4, 4))).toBe(4);
});
