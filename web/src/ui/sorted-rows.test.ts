import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedRows } from './sorted-rows.ts';

interface Row {
  readonly key: number;
  readonly at: number;
}
const up = (a: Row, b: Row) => a.key - b.key;
const down = (a: Row, b: Row) => b.key - a.key;
const listOf = (keys: readonly number[]) => keys.map((key, at) => ({ key, at }));

describe('SortedRows', () => {
  it('gives the order of a stable sort, in however many pieces the list grows', () => {
    const keys = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 });
    fc.assert(
      fc.property(keys, fc.array(fc.nat(60)), (all, lengths) => {
        const items = listOf(all);
        const rows = new SortedRows((item: Row) => item);
        for (const length of [...lengths].sort((a, b) => a - b)) {
          const part = items.slice(0, length);
          expect(rows.of(part, up)).toEqual([...part].sort(up));
        }
        expect(rows.of(items, up)).toEqual([...items].sort(up));
        expect(rows.of(items, down)).toEqual([...items].sort(down));
      }),
    );
  });

  it('sorts anew when the list is another one', () => {
    const rows = new SortedRows((item: Row) => item);
    rows.of(listOf([3, 1]), up);
    const [a, b] = listOf([2, 1]);
    expect(rows.of([a!, b!], up)).toEqual([b, a]);
    expect(rows.of([b!], up)).toEqual([b]);
  });

  it('compares what is new with what is there, not all with each other', () => {
    let compared = 0;
    const counting = (a: Row, b: Row) => {
      compared++;
      return up(a, b);
    };
    const items = listOf(Array.from({ length: 20_000 }, (_, at) => (at * 7919) % 20_000));
    const rows = new SortedRows((item: Row) => item);
    rows.of(items.slice(0, 19_500), counting);
    compared = 0;
    rows.of(items, counting);
    expect(compared).toBeLessThan(30_000);
  });
});
