import { describe, expect, it } from 'vitest';
import { faceBoxes } from './face-boxes.ts';
import { findFace, type FaceSearch } from './find-face.ts';
import { cross, headGrid, pointOf, reduced, type SlicePlane, type Vector } from './head-grid.ts';
import { headAt, type HeadOptions, type HeadTissue } from '../testing/head-model.ts';

const HOUNSFIELD: Readonly<Record<HeadTissue, number>> = {
  air: -1000,
  tube: 100,
  skin: 40,
  bone: 900,
  brain: 35,
  nose: 30,
  mouth: 45,
};
const MR: Readonly<Record<HeadTissue, number>> = {
  air: 8,
  tube: 4,
  skin: 420,
  bone: 60,
  brain: 300,
  nose: 380,
  mouth: 350,
};

interface Acquisition {
  readonly along: Vector;
  readonly down: Vector;
  readonly spacing: number;
  readonly gap: number;
  /** Gantry tilt: each slice begins so far behind the one before. */
  readonly shear?: number;
}

const FIELD = 260;

function volume(acquisition: Acquisition, options: HeadOptions, of: Record<HeadTissue, number>) {
  const { along, down, spacing, gap, shear = 0 } = acquisition;
  const normal = cross(along, down);
  const pixels = Math.round(FIELD / spacing);
  const slices = Math.round(FIELD / gap);
  const noise = (n: number) => ((Math.sin(n * 12.9898) * 43758.5453) % 1) * 6;
  return Array.from({ length: slices }, (_, n) => {
    const at = (axis: 0 | 1 | 2) =>
      (-FIELD / 2) * (along[axis] + down[axis] + normal[axis]) + n * gap * normal[axis];
    const origin: Vector = [at(0), at(1) + shear * n, at(2)];
    const plane: SlicePlane = {
      ...{ origin, along, down, rows: pixels, columns: pixels },
      ...{ columnSpacing: spacing, rowSpacing: spacing },
    };
    const tissue: HeadTissue[] = [];
    const values = new Float32Array(pixels * pixels);
    for (let i = 0; i < values.length; i++) {
      const is = headAt(pointOf(plane, i % pixels, Math.floor(i / pixels)), options);
      tissue.push(is);
      values[i] = of[is] + noise(i + n);
    }
    return { plane, tissue, values };
  });
}

function defaced(
  acquisition: Acquisition,
  options: HeadOptions = {},
  modality: 'CT' | 'MR' = 'CT',
) {
  const slices = volume(acquisition, options, modality === 'CT' ? HOUNSFIELD : MR);
  const grid = headGrid(slices.map(({ plane, values }) => reduced(plane, values)));
  if (!grid) throw new Error('No grid.');
  const search: FaceSearch = findFace(grid, modality);
  if (search.kind === 'none') return search.why;
  const counts = {
    brain: 0,
    brainGone: 0,
    nose: 0,
    noseGone: 0,
    mouth: 0,
    mouthGone: 0,
    backGone: 0,
  };
  for (const { plane, tissue } of slices) {
    const gone = new Uint8Array(tissue.length);
    for (const { column, row, columns, rows } of faceBoxes(plane, grid, search.cut, 0)) {
      for (let y = row; y < row + rows; y++)
        gone.fill(1, y * plane.columns + column, y * plane.columns + column + columns);
    }
    for (const [i, is] of tissue.entries()) {
      if (is === 'brain' || is === 'nose' || is === 'mouth') {
        counts[is]++;
        if (gone[i]) counts[`${is}Gone`]++;
      }
      const [, y] = pointOf(plane, i % plane.columns, Math.floor(i / plane.columns));
      if (y > 0 && gone[i]) counts.backGone++;
    }
  }
  return counts;
}

const AXIAL: Acquisition = { along: [1, 0, 0], down: [0, 1, 0], spacing: 2, gap: 3 };
const tilted = (degrees: number): Acquisition => {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return { ...AXIAL, down: [0, c, s] };
};

describe('The face of a head', () => {
  it.each<[string, Acquisition, HeadOptions, 'CT' | 'MR']>([
    ['axial CT', AXIAL, {}, 'CT'],
    ['thick slices', { ...AXIAL, gap: 6 }, {}, 'CT'],
    ['fine pixels', { ...AXIAL, spacing: 0.9, gap: 4 }, {}, 'CT'],
    ['a gantry that was tilted', tilted(18), {}, 'CT'],
    ['slices that are sheared', { ...AXIAL, shear: 0.4 }, { shear: 0.4 / 3 }, 'CT'],
    ['sagittal MR', { along: [0, 1, 0], down: [0, 0, -1], spacing: 2, gap: 3 }, {}, 'MR'],
    ['coronal MR', { along: [1, 0, 0], down: [0, 0, -1], spacing: 2, gap: 3 }, {}, 'MR'],
    ['a child', AXIAL, { scale: 0.72 }, 'MR'],
    ['a chin on the chest', AXIAL, { nod: 15 }, 'CT'],
    ['a head thrown back', AXIAL, { nod: -15 }, 'CT'],
    ['a head that is turned', AXIAL, { turn: 15 }, 'MR'],
    ['a tube in the mouth', AXIAL, { tube: true }, 'CT'],
  ])('goes, and the brain stays: %s', (_, acquisition, options, modality) => {
    const counts = defaced(acquisition, options, modality);
    if (typeof counts === 'string') throw new Error(counts);
    expect(counts.brain).toBeGreaterThan(1000);
    expect(counts.brainGone).toBe(0);
    expect(counts.noseGone / counts.nose).toBeGreaterThan(0.97);
    expect(counts.mouthGone / counts.mouth).toBeGreaterThan(0.95);
    expect(counts.backGone).toBe(0);
  });

  it.each<[string, HeadOptions, RegExp]>([
    ['the top is missing', { shift: [0, 0, 60] }, /top/],
    ['there is nothing', { scale: 0.2 }, /head/],
  ])('is not looked for where %s', (_, options, why) => {
    expect(defaced(AXIAL, options)).toMatch(why);
  });
});
