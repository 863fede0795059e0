import { expect, it } from 'vitest';
import { filled } from './layout.ts';

it('more viewports show what follows, and fewer keep the first', () => {
  const all = ['a', 'b', 'c', 'd'];
  const four = filled(['b'], all, { rows: 2, columns: 2 });
  expect(four).toEqual(['b', 'c', 'd', 'a']);
  expect(filled(four, all, { rows: 1, columns: 2 })).toEqual(['b', 'c']);
  expect(filled(['a', 'c'], all, { rows: 1, columns: 3 })).toEqual(['a', 'c', 'b']);
  expect(filled(['a'], ['a'], { rows: 1, columns: 2 })).toEqual(['a', undefined]);
});
