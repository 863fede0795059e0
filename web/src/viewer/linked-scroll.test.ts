import { expect, it } from 'vitest';
import { framePlane } from './frame-geometry.ts';
import { nearestImage, offsetBetween } from './linked-scroll.ts';

const AXIAL = [1, 0, 0, 0, 1, 0];
const UPSIDE_DOWN = [1, 0, 0, 0, -1, 0];
const SAGITTAL = [0, 1, 0, 0, 0, -1];
const at = (z: number, orientation = AXIAL) => framePlane(orientation, [10, 20, z]);

it('the nearest image of a parallel stack is found, whatever its spacing and its direction', () => {
  const stack = [0, 5, 10, 15].map((z) => at(z));
  expect(nearestImage(stack, at(11), 0)).toBe(2);
  expect(nearestImage(stack, at(-100), 0)).toBe(0);
  expect(
    nearestImage(
      stack.map((_, i) => at(i * 5, UPSIDE_DOWN)),
      at(11),
      0,
    ),
  ).toBe(2);
  expect(nearestImage([at(0), at(2)], at(7, SAGITTAL), 0)).toBeUndefined();
  expect(nearestImage([undefined], at(7), 0)).toBeUndefined();
});

it('stacks of two frames of reference keep the distance that they had', () => {
  const stack = [100, 105, 110].map((z) => at(z));
  const offset = offsetBetween(at(105), at(0));
  expect(offset).toBe(105);
  expect(nearestImage(stack, at(5), offset ?? 0)).toBe(2);
});
