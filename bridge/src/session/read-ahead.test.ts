import { describe, expect, it } from 'vitest';
import { readAhead } from './read-ahead.ts';

describe('reading ahead', () => {
  it('loads one item while another is worked on, and no more', async () => {
    const loads: number[] = [];
    const load = (item: number) => {
      loads.push(item);
      return Promise.resolve(item * 10);
    };
    const seen: unknown[] = [];
    for await (const { item, loading } of readAhead([1, 2, 3], load)) {
      seen.push([item, await loading, [...loads]]);
    }
    expect(seen).toEqual([
      [1, 10, [1, 2]],
      [2, 20, [1, 2, 3]],
      [3, 30, [1, 2, 3]],
    ]);
  });

  it('leaves what fails to whoever takes it, and to nobody when it is left early', async () => {
    const load = (item: number) =>
      item === 2 ? Promise.reject(new Error('gone')) : Promise.resolve(item);
    const ends: string[] = [];
    for await (const { loading } of readAhead([1, 2, 3], load)) {
      ends.push(await loading.then(String, String));
    }
    expect(ends).toEqual(['1', 'Error: gone', '3']);
    for await (const { item } of readAhead([1, 2, 3], load)) {
      expect(item).toBe(1);
      break;
    }
  });
});
