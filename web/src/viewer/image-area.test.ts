import { describe, expect, it } from 'vitest';
import { framePlane } from './frame-geometry.ts';
import {
  nearestToPoint,
  patientPoint,
  pointOn,
  referenceLine,
  type ImageArea,
} from './image-area.ts';

const AXIAL = [1, 0, 0, 0, 1, 0];
const SAGITTAL = [0, 1, 0, 0, 0, -1];
const CORONAL = [1, 0, 0, 0, 0, -1];
const HALF = Math.SQRT1_2;

/** By default 100 columns of 2 mm and 50 rows of 4 mm: 200 mm each way. */
function area(orientation: number[], position: number[], change: Partial<ImageArea> = {}) {
  const scale = { kind: 'patient', columnSpacing: 2, rowSpacing: 4 } as const;
  const plane = { ...framePlane(orientation, position), scale, sliceThicknessMm: 5 };
  return { frameOfReferenceUid: '2.25.1', plane, rows: 50, columns: 100, ...change };
}

describe('A reference line', () => {
  // Pixels reach half their size beyond their centres: x from -100 to 100, y from -100 to 100.
  const axial = area(AXIAL, [-99, -98, 0]);

  it('of a sagittal image stands in an axial one where its plane is', () => {
    // x = 21 mm is 121 mm from the left edge at 2 mm a column; y from -60 to 60 mm is 40 to 160 mm at 4 mm a row.
    const sagittal = area(SAGITTAL, [21, -59, 98], { columns: 60 });
    const [from, to] = referenceLine(axial, sagittal)!;
    expect([from.x, to.x]).toEqual([60.5, 60.5]);
    expect([from.y, to.y].sort((a, b) => a - b)).toEqual([10, 40]);
  });

  it('ends where the image that it is drawn in does', () => {
    const coronal = area(CORONAL, [-999, 30, 98], { columns: 2000 });
    const [from, to] = referenceLine(axial, coronal)!;
    expect([from.x, to.x].sort((a, b) => a - b)).toEqual([0, 100]);
    expect([from.y, to.y]).toEqual([32.5, 32.5]);
  });

  it('of an oblique image runs obliquely', () => {
    // The plane x = y, from 80 mm before the axis to 120 mm behind it: cut at x = y = -56.57 and 84.85.
    const oblique = area([HALF, HALF, 0, 0, 0, -1], [-79 * HALF, -79 * HALF, 98]);
    const points = referenceLine(axial, oblique)!.toSorted((a, b) => a.x - b.x);
    expect(points[0]!.x).toBeCloseTo((100 - 80 * HALF) / 2, 9);
    expect(points[0]!.y).toBeCloseTo((100 - 80 * HALF) / 4, 9);
    expect(points[1]!.x).toBeCloseTo((100 + 120 * HALF) / 2, 9);
    expect(points[1]!.y).toBeCloseTo((100 + 120 * HALF) / 4, 9);
  });

  it('of a tilted image stands where the tilt brings it', () => {
    // 30° about x through (0, 0, 20): it meets z = 0 at y = -20 / tan 30°.
    const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const tilted = area([1, 0, 0, 0, cos, sin], [-99, -98 * cos, 20 - 98 * sin]);
    const [from, to] = referenceLine(axial, tilted)!;
    expect(from.y).toBeCloseTo((100 - 20 * Math.sqrt(3)) / 4, 9);
    expect(to.y).toBeCloseTo(from.y, 9);
  });

  it('isn’t there for parallel planes, other frames of reference, and images that don’t meet', () => {
    const sagittal = area(SAGITTAL, [21, -59, 98]);
    expect(referenceLine(axial, area(AXIAL, [0, 0, 10]))).toBeUndefined();
    expect(referenceLine(axial, { ...sagittal, frameOfReferenceUid: '2.25.2' })).toBeUndefined();
    const [a, b] = [axial, sagittal].map((one) => ({ ...one, frameOfReferenceUid: '' }));
    expect(referenceLine(a!, b!)).toBeUndefined();
    expect(referenceLine(axial, area(SAGITTAL, [21, -59, -20]))).toBeUndefined();
    expect(referenceLine(axial, area(SAGITTAL, [140, -59, 98]))).toBeUndefined();
    expect(referenceLine(axial, area(SAGITTAL, []))).toBeUndefined();
  });
});

describe('A point', () => {
  it('goes from an oblique image to the patient and back', () => {
    const oblique = area([HALF, HALF, 0, 0, 0, -1], [10, 20, 30]);
    // The centre of the first pixel is the position; three columns on are 6 mm along the row, two rows 8 mm down.
    expect(patientPoint(oblique, { x: 0.5, y: 0.5 })?.at).toEqual([10, 20, 30]);
    const point = patientPoint(oblique, { x: 3.5, y: 2.5 })!;
    expect(point.at[0]).toBeCloseTo(10 + 6 * HALF, 9);
    expect(point.at[1]).toBeCloseTo(20 + 6 * HALF, 9);
    expect(point.at[2]).toBeCloseTo(22, 9);
    const back = pointOn(oblique, point)!;
    expect([back.x, back.y, back.distanceMm].map((value) => Number(value.toFixed(9)))).toEqual([
      3.5, 2.5, 0,
    ]);
  });

  it('is found on another image, with how far it lies before it', () => {
    const point = { frameOfReferenceUid: '2.25.1', at: [21, -59, 7] } as const;
    expect(pointOn(area(AXIAL, [-99, -98, 0]), point)).toEqual({
      x: 60.5,
      y: 39 / 4 + 0.5,
      distanceMm: 7,
    });
    expect(pointOn(area(AXIAL, [0, 0, 0]), { ...point, frameOfReferenceUid: '1' })).toBeUndefined();
  });

  it('is nearest to the image whose plane it is nearest to, oblique too', () => {
    const stack = [0, 5, 10].map((z) => framePlane(AXIAL, [0, 0, z]));
    expect(nearestToPoint(stack, [500, -500, 6], 0)).toBe(1);
    // Of images at one place the one that is seen stays.
    expect(nearestToPoint([...stack, ...stack], [0, 0, 6], 4)).toBe(4);
    // Along the normal (1, -1, 0) / √2 the point (8, 0, 0) lies at 5.66 mm.
    const oblique = [0, 3, 6, 9].map((step) =>
      framePlane([HALF, HALF, 0, 0, 0, -1], [step * HALF, -step * HALF, 40]),
    );
    expect(nearestToPoint([undefined, ...oblique], [8, 0, 0], 0)).toBe(3);
    expect(nearestToPoint([undefined], [8, 0, 0], 0)).toBeUndefined();
  });
});
