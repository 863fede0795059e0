import { expect, test } from 'vitest';
import { fitting } from './tool-fit.ts';

const tools = (...ranks: number[]) => ranks.map((rank) => ({ width: 30, rank }));

test('all tools stay where they fit, and no room is kept for a menu', () => {
  expect([...fitting(tools(1, 2, 3, 3), 60, 2, 30)]).toEqual([0, 1, 2, 3]);
});

test('the least important leave first, the last of them before the others, until the menu fits as well', () => {
  expect([...fitting(tools(1, 3, 2, 3, 1), 60, 2, 30)]).toEqual([0, 2, 4]);
  expect([...fitting(tools(2, 2, 2, 2, 2), 60, 2, 30)]).toEqual([0, 1, 2]);
});

test('a row that a wide tool does not fill counts as a whole one', () => {
  const wide = [...tools(1, 1), { width: 50, rank: 2 }, ...tools(1)];
  expect([...fitting(wide, 70, 2, 20)]).toEqual([0, 1, 3]);
});

test('nothing stays in a bar without any width', () => {
  expect(fitting(tools(1, 1, 1), 0, 2, 30).size).toBeLessThan(3);
});
