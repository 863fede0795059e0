import { describe, expect, it } from 'vitest';
import { handlesOf, movedBy, shortAxisFor, simplified, withHandleAt } from './handles.ts';
import type { ImagePoint } from './measurement.ts';
import { drawn } from './testing/frame.ts';

const places = (points: readonly ImagePoint[]) =>
  points.map(({ x, y }) => [Number(x.toFixed(6)), Number(y.toFixed(6))]);

describe('handles', () => {
  const box = [
    [10, 10],
    [30, 20],
  ] as const;

  it('pull the corners of a rectangle, the opposite one stays', () => {
    const rectangle = drawn('rectangle', box);
    expect(places(handlesOf(rectangle))).toEqual([
      [10, 10],
      [30, 10],
      [30, 20],
      [10, 20],
    ]);
    for (const [handle, opposite] of [2, 3, 0, 1].entries()) {
      const pulled = handlesOf(withHandleAt(rectangle, handle, { x: 15, y: 16 }, 1));
      expect(places(pulled)[handle]).toEqual([15, 16]);
      expect(places(pulled)[opposite]).toEqual(places(handlesOf(rectangle))[opposite]);
    }
  });

  it('pull one side of an ellipse', () => {
    const ellipse = drawn('ellipse', box);
    const pulled = withHandleAt(ellipse, 2, { x: 50, y: 99 }, 1);
    expect(places(pulled.points)).toEqual([
      [10, 10],
      [50, 20],
    ]);
  });

  it('turn an ellipse at right angles in the body, and pull its axes then', () => {
    // Pixels twice as high as wide: half axes of 10 and, by 5 pixels, 10 widths.
    const ellipse = drawn('ellipse', [
      [10, 10],
      [30, 20],
    ]);
    const turned = withHandleAt(ellipse, 4, { x: 40, y: 5 }, 2);
    const part = Math.SQRT1_2 * 10;
    expect(places(turned.points)).toEqual(
      [
        [20 - part, 15 - part / 2],
        [20 + part, 15 + part / 2],
        [20 + part, 15 - part / 2],
        [20 - part, 15 + part / 2],
      ].map(([x = 0, y = 0]) => [Number(x.toFixed(6)), Number(y.toFixed(6))]),
    );
    // The end of the first axis is pulled to twice its length, and beside: the other end stays.
    const pulled = withHandleAt(turned, 2, { x: 20 + 3 * part - 4, y: 15 + 1.5 * part + 2 }, 2);
    expect(places(pulled.points.slice(0, 2))).toEqual(
      places([
        { x: 20 - part, y: 15 - part / 2 },
        { x: 20 + 3 * part, y: 15 + 1.5 * part },
      ]),
    );
    const [, , c, d] = pulled.points;
    expect(Math.hypot(d!.x - c!.x, (d!.y - c!.y) * 2)).toBeCloseTo(20, 10);
    expect(handlesOf(turned)).toHaveLength(5);
  });

  it('move the whole', () => {
    expect(places(movedBy(drawn('length', box), 1, -2).points)).toEqual([
      [11, 8],
      [31, 18],
    ]);
  });

  it('of a bidirectional keep its axes at right angles in the body', () => {
    const [a, b] = [
      { x: 10, y: 10 },
      { x: 50, y: 10 },
    ];
    const axes = drawn('bidirectional', [
      [a.x, a.y],
      [b.x, b.y],
      ...shortAxisFor(a, b, 2).map(({ x, y }) => [x, y] as const),
    ]);
    // Half as long as the long one: 20 widths, of which a row is 2.
    expect(places(axes.points.slice(2))).toEqual([
      [30, 5],
      [30, 15],
    ]);
    const turned = withHandleAt(axes, 1, { x: 40, y: 25 }, 2).points;
    const [p, q, r, s] = turned as [ImagePoint, ImagePoint, ImagePoint, ImagePoint];
    const product = (q.x - p.x) * (s.x - r.x) + (q.y - p.y) * 2 * ((s.y - r.y) * 2);
    expect(product).toBeCloseTo(0, 8);
    expect(Math.hypot(s.x - r.x, (s.y - r.y) * 2)).toBeCloseTo(20, 8);
    // Pulled outwards and along: it crosses elsewhere, and its other end keeps its distance.
    const wide = withHandleAt(axes, 3, { x: 20, y: 20 }, 2).points;
    expect(places(wide.slice(2))).toEqual([
      [20, 5],
      [20, 20],
    ]);
  });

  it('of an outline are those that make its shape', () => {
    const line = Array.from({ length: 50 }, (_, i) => ({ x: i, y: i < 25 ? 0 : (i - 25) * 2 }));
    const kept = simplified(line, 0.5);
    expect(kept.length).toBeLessThan(6);
    expect(kept[0]).toEqual({ x: 0, y: 0 });
    expect(kept.at(-1)).toEqual({ x: 49, y: 48 });
  });
});
