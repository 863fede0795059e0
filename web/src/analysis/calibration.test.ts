import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { evaluate } from './evaluate.ts';
import { drawn, frameOf } from './testing/frame.ts';

/** 30 columns to the right and 40 rows down. */
const LINE = drawn('length', [
  [10, 10],
  [40, 50],
]);

const measured = async (fields: Fields, line = LINE) => {
  const { source, quantities } = evaluate(line, await frameOf(fields));
  return { source, quantities: quantities.map(({ name, value, unit }) => [name, value, unit]) };
};

describe('what a line of 30 columns and 40 rows measures', () => {
  const square = ['0.5', '0.5'];
  it.each([
    ['a cross section', { [Tag.Modality]: 'MR', [Tag.PixelSpacing]: square }, 'spacing', 25],
    [
      // 30 · 0.4 = 12 across, 40 · 0.125 = 5 down.
      'a cross section of pixels that aren’t square',
      { [Tag.Modality]: 'MR', [Tag.PixelSpacing]: ['0.125', '0.4'] },
      'spacing',
      13,
    ],
    ['a projection', { [Tag.Modality]: 'DX', [Tag.ImagerPixelSpacing]: square }, 'detector', 25],
    [
      'a projection whose Pixel Spacing is that of its detector',
      { [Tag.Modality]: 'CR', [Tag.PixelSpacing]: square, [Tag.ImagerPixelSpacing]: square },
      'detector',
      25,
    ],
    [
      'a projection corrected by its magnification',
      {
        [Tag.Modality]: 'XA',
        [Tag.ImagerPixelSpacing]: square,
        [Tag.EstimatedRadiographicMagnificationFactor]: '1.25',
      },
      'magnification',
      20,
    ],
    [
      'a projection with a ball of known size in it',
      {
        [Tag.Modality]: 'DX',
        [Tag.PixelSpacing]: ['0.4', '0.4'],
        [Tag.ImagerPixelSpacing]: square,
        [Tag.PixelSpacingCalibrationType]: 'FIDUCIAL',
      },
      'fiducial',
      20,
    ],
    [
      'a projection corrected by geometry',
      {
        [Tag.Modality]: 'XA',
        [Tag.PixelSpacing]: ['0.4', '0.4'],
        [Tag.PixelSpacingCalibrationType]: 'GEOMETRY',
      },
      'geometry',
      20,
    ],
    [
      'a projection corrected, it doesn’t say how',
      {
        [Tag.Modality]: 'DX',
        [Tag.PixelSpacing]: ['0.4', '0.4'],
        [Tag.ImagerPixelSpacing]: square,
      },
      'calibrated',
      20,
    ],
  ] as const)('in %s', async (_, fields, source, millimetres) => {
    const { quantities, ...rest } = await measured(fields);
    expect(rest.source).toBe(source);
    expect(quantities).toEqual([['length', expect.closeTo(millimetres, 10), 'mm']]);
  });

  it('is pixels where nothing is known, of their shape where that is', async () => {
    expect(await measured({ [Tag.Modality]: 'OT' })).toEqual({
      source: 'none',
      quantities: [['length', 50, 'px']],
    });
    // Pixels twice as high as wide: 30 across, 80 down.
    const tall = await measured({ [Tag.Modality]: 'OT', [Tag.PixelAspectRatio]: ['2', '1'] });
    expect(tall.quantities).toEqual([['length', expect.closeTo(Math.sqrt(7300), 10), 'px']]);
  });

  it('is what the user says it is, and the object gives the shape of a pixel', async () => {
    const known = drawn(
      'calibration',
      [
        [0, 0],
        [20, 0],
      ],
      { lengthMm: 10 },
    );
    const projection = { [Tag.Modality]: 'DX', [Tag.ImagerPixelSpacing]: ['0.6', '0.2'] };
    const result = evaluate(LINE, await frameOf(projection), [known]);
    // Half a millimetre a column, and three times that a row: 15 across, 60 down.
    expect(result.source).toBe('manual');
    expect(result.quantities[0]).toEqual({
      name: 'length',
      value: expect.closeTo(Math.sqrt(15 ** 2 + 60 ** 2), 10) as number,
      unit: 'mm',
    });
  });
});

describe('an ultrasound image', () => {
  const region = (
    [left, top, right, bottom]: readonly [number, number, number, number],
    [unitX, deltaX]: readonly [number, number],
    [unitY, deltaY]: readonly [number, number],
    more: Fields = {},
  ): Fields => ({
    [Tag.RegionSpatialFormat]: 1,
    [Tag.RegionDataType]: 1,
    [Tag.RegionFlags]: 0,
    [Tag.RegionLocationMinX0]: left,
    [Tag.RegionLocationMinY0]: top,
    [Tag.RegionLocationMaxX1]: right,
    [Tag.RegionLocationMaxY1]: bottom,
    [Tag.PhysicalUnitsXDirection]: unitX,
    [Tag.PhysicalUnitsYDirection]: unitY,
    [Tag.PhysicalDeltaX]: deltaX,
    [Tag.PhysicalDeltaY]: deltaY,
    ...more,
  });
  const TISSUE = region([0, 0, 99, 59], [3, 0.02], [3, 0.01]);
  /** Its base line is the 20th row of the region; upwards is towards the probe. */
  const DOPPLER = region([0, 60, 99, 99], [4, 0.01], [7, -5], {
    [Tag.ReferencePixelX0]: 0,
    [Tag.ReferencePixelY0]: 19,
    [Tag.ReferencePixelPhysicalValueX]: 0,
    [Tag.ReferencePixelPhysicalValueY]: 0,
  });
  const ULTRASOUND = {
    [Tag.Modality]: 'US',
    // Regions go before it.
    [Tag.PixelSpacing]: ['9', '9'],
    [Tag.SequenceOfUltrasoundRegions]: [TISSUE, DOPPLER],
  };

  it('measures tissue in millimetres, by the deltas of both directions', async () => {
    // 30 · 0.2 mm across, 40 · 0.1 mm down.
    expect(await measured(ULTRASOUND)).toEqual({
      source: 'region',
      quantities: [['length', expect.closeTo(Math.sqrt(52), 10), 'mm']],
    });
  });

  it('measures time, velocity and acceleration on a spectrum', async () => {
    const line = drawn('length', [
      [10, 79.5],
      [35, 69.5],
    ]);
    // 25 · 10 ms, 10 · 5 cm/s.
    expect((await measured(ULTRASOUND, line)).quantities).toEqual([
      ['across', expect.closeTo(0.25, 10), 's'],
      ['down', expect.closeTo(50, 10), 'cm/s'],
      ['slope', expect.closeTo(200, 10), 'cm/s²'],
      ['rate', expect.closeTo(240, 10), '/min'],
    ]);
  });

  it('reads velocity from its base line, and time from its start', async () => {
    const probe = drawn('probe', [[50.5, 69.5]]);
    expect((await measured(ULTRASOUND, probe)).quantities).toEqual([
      ['atX', expect.closeTo(0.5, 10), 's'],
      ['atY', expect.closeTo(50, 10), 'cm/s'],
    ]);
  });

  it('gives the way of the blood for a region of the spectrum', async () => {
    const trace = drawn('freehand', [
      [10, 79.5],
      [30, 79.5],
      [20, 59.5 + 1],
    ]);
    // A triangle of 0.2 s and 95 cm/s.
    expect((await measured(ULTRASOUND, trace)).quantities).toEqual([
      ['area', expect.closeTo((0.2 * 95) / 2, 10), 'cm'],
    ]);
  });

  it('says nothing of angles between time and velocity', async () => {
    const angle = drawn('angle', [
      [10, 70],
      [20, 80],
      [30, 70],
    ]);
    expect((await measured(ULTRASOUND, angle)).quantities).toEqual([]);
  });

  it('measures pixels over two regions, and beyond all', async () => {
    const across = drawn('length', [
      [10, 50],
      [10, 80],
    ]);
    expect(await measured(ULTRASOUND, across)).toEqual({
      source: 'outside',
      quantities: [['length', 30, 'px']],
    });
  });

  it('goes by the region in front where two overlap', async () => {
    const behind = region([0, 0, 99, 99], [3, 0.5], [3, 0.5], { [Tag.RegionFlags]: 1 });
    const fields = { ...ULTRASOUND, [Tag.SequenceOfUltrasoundRegions]: [behind, TISSUE] };
    expect((await measured(fields)).quantities[0]?.[1]).toBeCloseTo(Math.sqrt(52), 10);
  });

  it('takes a region without units for one that isn’t calibrated', async () => {
    const bare = region([0, 0, 99, 99], [0, 1], [0, 1]);
    const fields = { ...ULTRASOUND, [Tag.SequenceOfUltrasoundRegions]: [bare] };
    expect(await measured(fields)).toEqual({
      source: 'outside',
      quantities: [['length', 50, 'px']],
    });
  });
});
