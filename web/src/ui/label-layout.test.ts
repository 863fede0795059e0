import { describe, expect, it } from 'vitest';
import { leaderOf, placeLabels, type Area, type Label } from './label-layout.ts';

const VIEWPORT = { width: 400, height: 300 };
const label = (x: number, y: number): Label => ({
  width: 80,
  height: 30,
  around: { x, y, width: 20, height: 20 },
});

const overlap = (a: Area, b: Area) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe('labels', () => {
  it('stand to the right of what they belong to, else where there is room', () => {
    expect(placeLabels([label(100, 100)], [], [], VIEWPORT)).toEqual([
      { x: 128, y: 95, width: 80, height: 30 },
    ]);
    // The edge of the viewport is near: below.
    expect(placeLabels([label(350, 100)], [], [], VIEWPORT)).toEqual([
      { x: 320, y: 128, width: 80, height: 30 },
    ]);
  });

  it('never cover each other, nor a text, as long as there is room', () => {
    const many = Array.from({ length: 12 }, (_, i) => label(150 + i, 120));
    const corner = { x: 0, y: 0, width: 120, height: 60 };
    const placed = placeLabels(many, [corner], [], VIEWPORT).flatMap((area) => area ?? []);
    expect(placed).toHaveLength(12);
    const all = [corner, ...placed];
    for (const [i, a] of all.entries()) {
      for (const b of all.slice(i + 1)) expect(overlap(a, b)).toBe(false);
    }
  });

  it('are left out where there is none', () => {
    const full = { x: 0, y: 0, width: 400, height: 300 };
    expect(placeLabels([label(10, 10)], [full], [], VIEWPORT)).toEqual([undefined]);
  });

  it('keep clear of lines near by', () => {
    const line = Array.from({ length: 40 }, (_, i): [number, number] => [140, 60 + i * 4]);
    const [place] = placeLabels([label(100, 100)], [], line, VIEWPORT);
    expect(
      place &&
        line.some(([x, y]) => x > place.x && x < place.x + 80 && y > place.y && y < place.y + 30),
    ).toBe(false);
  });

  it('are joined by a line to what they stand apart from', () => {
    const to = { x: 0, y: 0, width: 20, height: 20 };
    expect(leaderOf({ x: 28, y: 0, width: 80, height: 30 }, to)).toBe('');
    expect(leaderOf({ x: 100, y: 100, width: 80, height: 30 }, to)).toBe('M100 100L10 10');
  });
});
