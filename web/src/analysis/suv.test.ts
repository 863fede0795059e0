import { describe, expect, it } from 'vitest';
import { petSeries } from '../../../bridge/src/samples/phantom/pet-series.ts';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import type { Fields } from '../../../shared/dicom/encode.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import { tagOf } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { evaluate } from './evaluate.ts';
import { suvFactor } from './suv.ts';
import { datasetOf, drawn, frameOf } from './testing/frame.ts';

const HALF_LIFE = 6588;

/** 70 kg, 350 MBq given one half-life before the series began: 175 MBq are left. */
const PET: Fields = {
  [Tag.Modality]: 'PT',
  [Tag.PixelSpacing]: ['4', '4'],
  [Tag.CorrectedImage]: ['DECY', 'ATTN', 'SCAT'],
  [Tag.DecayCorrection]: 'START',
  [Tag.Units]: 'BQML',
  [Tag.PatientWeight]: '70',
  [Tag.SeriesDate]: '20240102',
  [Tag.SeriesTime]: '114948',
  [Tag.AcquisitionDate]: '20240102',
  [Tag.AcquisitionTime]: '115500',
};
const radiopharmaceutical = (over: Fields = {}): Fields => ({
  [Tag.RadiopharmaceuticalInformationSequence]: [
    {
      [Tag.RadiopharmaceuticalStartTime]: '100000',
      [Tag.RadionuclideTotalDose]: '350000000',
      [Tag.RadionuclideHalfLife]: String(HALF_LIFE),
      ...over,
    },
  ],
});
/** 70,000 g by 175,000,000 Bq. */
const FACTOR = 0.0004;

const factorOf = async (over: Fields, dose: Fields = {}) =>
  suvFactor(await datasetOf({ ...PET, ...radiopharmaceutical(dose), ...over }));

describe('SUVbw', () => {
  it('is what the injected dose, decayed to the start of the series, makes of Bq/ml', async () => {
    expect(await factorOf({})).toEqual({
      kind: 'factor',
      factor: expect.closeTo(FACTOR, 12) as number,
    });
  });

  it('is what the sample study was made of', async () => {
    const [slice] = petSeries({ slices: 1, size: 8 });
    const { dataset } = await readInstance(bufferSource(slice!.bytes));
    // 300 MBq of fluorine-18 an hour before, in 74 kg.
    const decayed = 300e6 * 2 ** (-3600 / 6586.2);
    expect(suvFactor(dataset)).toEqual({
      kind: 'factor',
      factor: expect.closeTo(74_000 / decayed, 12) as number,
    });
  });

  it('takes the date of the injection where the object has it, and midnight for granted where not', async () => {
    const dated = { [Tag.RadiopharmaceuticalStartDateTime]: '20240102100000.00' };
    expect(await factorOf({}, dated)).toMatchObject({
      factor: expect.closeTo(FACTOR, 12) as number,
    });
    // 23:00 of the day before: 1 h 49 m 48 s before 00:49:48.
    const night = { [Tag.SeriesTime]: '004948', [Tag.AcquisitionTime]: '005500' };
    const late = { [Tag.RadiopharmaceuticalStartTime]: '230000' };
    expect(await factorOf(night, late)).toMatchObject({
      factor: expect.closeTo(FACTOR, 12) as number,
    });
  });

  it('is not decayed where values are corrected to the injection', async () => {
    expect(await factorOf({ [Tag.DecayCorrection]: 'ADMIN' })).toMatchObject({
      factor: expect.closeTo(FACTOR / 2, 12) as number,
    });
  });

  it('goes by the frames where the series was made later', async () => {
    // The mean activity of a short frame is reached at its middle: 30 s after its start, 90 s after the scan's.
    const later = {
      [Tag.SeriesTime]: '180000',
      [Tag.AcquisitionTime]: '115048',
      [Tag.FrameReferenceTime]: '90000',
      [Tag.ActualFrameDuration]: '60000',
    };
    expect(await factorOf(later)).toMatchObject({ factor: expect.closeTo(FACTOR, 7) as number });
    const withoutFrames = await factorOf({ ...later, [Tag.FrameReferenceTime]: '' });
    expect(withoutFrames).toEqual({ kind: 'none', problem: 'scan-time' });
    const ge = {
      ...later,
      [tagOf(0x0009, 0x10)]: { vr: 'LO' as const, value: 'GEMS_PETD_01' },
      [tagOf(0x0009, 0x100d)]: { vr: 'DT' as const, value: '20240102114948.00' },
    };
    expect(await factorOf(ge)).toMatchObject({ factor: expect.closeTo(FACTOR, 12) as number });
  });

  it('takes what Philips says of its counts', async () => {
    const counts = (element: number, value: string) => ({
      [Tag.Units]: 'CNTS',
      [tagOf(0x7053, 0x11)]: { vr: 'LO' as const, value: 'Philips PET Private Group' },
      [tagOf(0x7053, 0x1100 + element)]: { vr: 'DS' as const, value },
    });
    expect(await factorOf(counts(0x00, '0.0025'))).toEqual({ kind: 'factor', factor: 0.0025 });
    // 3 Bq/ml a count.
    expect(await factorOf(counts(0x09, '3'))).toMatchObject({
      factor: expect.closeTo(3 * FACTOR, 12) as number,
    });
    expect(await factorOf({ [Tag.Units]: 'CNTS' })).toEqual({ kind: 'none', problem: 'units' });
  });

  it('is there already in g/ml by body weight, and not by lean body mass', async () => {
    expect(await factorOf({ [Tag.Units]: 'GML' })).toEqual({ kind: 'factor', factor: 1 });
    expect(await factorOf({ [Tag.Units]: 'GML', [Tag.SUVType]: 'LBM' })).toEqual({
      kind: 'none',
      problem: 'suv-type',
    });
  });

  it.each([
    ['not-corrected', { [Tag.CorrectedImage]: ['DECY'] }, {}],
    ['decay-correction', { [Tag.DecayCorrection]: 'NONE' }, {}],
    ['weight', { [Tag.PatientWeight]: '0' }, {}],
    ['dose', {}, { [Tag.RadionuclideTotalDose]: '' }],
    ['half-life', {}, { [Tag.RadionuclideHalfLife]: '' }],
    ['injection-time', {}, { [Tag.RadiopharmaceuticalStartTime]: '' }],
    ['injection-time', {}, { [Tag.RadiopharmaceuticalStartDateTime]: '20240103' }],
    ['units', { [Tag.Units]: 'PROPCPS' }, {}],
  ] as const)('isn’t there for want of: %s', async (problem, over, dose) => {
    expect(await factorOf(over, dose)).toEqual({ kind: 'none', problem });
  });

  it('is the unit of a region; without it there is Bq/ml, and why', async () => {
    const values = Array.from({ length: 10_000 }, () => 12_500);
    const suv = evaluate(box, await frameOf({ ...PET, ...radiopharmaceutical() }, { values }));
    expect(suv.quantities[0]).toEqual({
      name: 'mean',
      value: expect.closeTo(5, 8) as number,
      unit: 'SUVbw g/ml',
    });
    const fields = { ...PET, ...radiopharmaceutical(), [Tag.PatientWeight]: '' };
    const bare = evaluate(box, await frameOf(fields, { values }));
    expect(bare.quantities[0]).toEqual({ name: 'mean', value: 12_500, unit: 'Bq/ml' });
    expect(bare.suvProblem).toBe('weight');
  });

  it('of Enhanced PET comes from its mapping to Bq/ml, rescaled frame by frame', async () => {
    // Stored 1000, rescaled by 2 to 2000, means 12,500 Bq/ml.
    const values = Array.from({ length: 10_000 }, () => 2000);
    const meanOf = async (over: Fields = {}, mapping: Fields = {}, dose: Fields = {}) => {
      const frame = await frameOf(enhanced(over, mapping, dose), { values, frameIndex: 1 });
      const { quantities, suvProblem } = evaluate(box, frame);
      return { mean: quantities[0], suvProblem };
    };
    const suv = { name: 'mean', value: expect.closeTo(5, 8) as number, unit: 'SUVbw g/ml' };
    const activity = { name: 'mean', value: 12_500, unit: 'Bq/ml' };
    expect(await meanOf()).toEqual({ mean: suv, suvProblem: undefined });
    expect(await meanOf({ [Tag.DecayCorrected]: 'NO' })).toEqual({
      mean: activity,
      suvProblem: 'not-corrected',
    });
    expect(await meanOf({ [Tag.DecayCorrectionDateTime]: '' })).toEqual({
      mean: activity,
      suvProblem: 'decay-correction',
    });
    expect(await meanOf({ [Tag.PatientWeight]: '' })).toEqual({
      mean: activity,
      suvProblem: 'weight',
    });
    // The object's own SUVbw: 0.006 a stored value.
    const own = await meanOf({}, { ...ucum('g/ml{SUVbw}'), [Tag.RealWorldValueSlope]: 0.006 });
    expect(own.mean).toMatchObject({ value: expect.closeTo(6, 8) as number, unit: 'SUVbw g/ml' });
    // Something is added to values: no factor says that.
    const shifted = await meanOf({}, { [Tag.RealWorldValueIntercept]: 100 });
    expect(shifted.mean).toMatchObject({ value: 2000, unit: '' });
  });

  it('of images that were converted to one object comes from the attributes that these brought along', async () => {
    const { [Tag.Units]: units, [Tag.CorrectedImage]: corrected, ...rest } = PET;
    const { [Tag.AcquisitionDate]: _day, [Tag.AcquisitionTime]: _time, ...series } = rest;
    const values = Array.from({ length: 10_000 }, () => 12_500);
    const meanOf = async (over: Fields, acquired: string) => {
      const frame = (stamp: string): Fields => ({
        [Tag.FrameContentSequence]: [
          {
            [Tag.FrameAcquisitionDateTime]: stamp,
            [Tag.FrameAcquisitionDuration]: 120_000,
          },
        ],
        [Tag.UnassignedPerFrameConvertedAttributesSequence]: [
          { [Tag.FrameReferenceTime]: '60000' },
        ],
      });
      const shared = {
        [Tag.Units]: units,
        [Tag.CorrectedImage]: corrected,
        ...radiopharmaceutical(),
      } as Fields;
      const fields: Fields = {
        ...series,
        [Tag.SharedFunctionalGroupsSequence]: [
          { [Tag.UnassignedSharedConvertedAttributesSequence]: [shared] },
        ],
        [Tag.PerFrameFunctionalGroupsSequence]: [frame('20240102100000'), frame(acquired)],
        ...over,
      };
      const measured = await frameOf(fields, { values, frameIndex: 1 });
      return evaluate(box, measured).quantities[0];
    };
    const five = { name: 'mean', value: expect.closeTo(5, 8) as number, unit: 'SUVbw g/ml' };
    expect(await meanOf({}, '20240102115500')).toEqual(five);
    // The series was made in the evening: its decay correction is to when the frame began, but for what the mean is late.
    const late = await meanOf({ [Tag.SeriesTime]: '200000' }, '20240102115048');
    const constant = Math.LN2 / HALF_LIFE;
    const mean = Math.log((constant * 120) / (1 - Math.exp(-constant * 120))) / constant;
    expect(late?.value).toBeCloseTo(5 * 2 ** (mean / HALF_LIFE), 8);
  });

  it('is what the mapping of a single image says, where the injection is not known', async () => {
    const fields: Fields = {
      ...PET,
      [Tag.RescaleSlope]: '2',
      [Tag.RescaleIntercept]: '0',
      [Tag.RealWorldValueMappingSequence]: [
        {
          [Tag.RealWorldValueIntercept]: 0,
          [Tag.RealWorldValueSlope]: 0.001,
          ...ucum('{SUVbw}g/ml'),
        },
      ],
    };
    const values = Array.from({ length: 10_000 }, () => 12_500);
    const [mean] = evaluate(box, await frameOf(fields, { values })).quantities;
    expect(mean).toEqual({
      name: 'mean',
      value: expect.closeTo(6.25, 8) as number,
      unit: 'SUVbw g/ml',
    });
  });

  it('takes the zones of the two moments into account', async () => {
    const inUtc = { [Tag.RadiopharmaceuticalStartDateTime]: '20240102080000.00+0000' };
    const east = { [Tag.TimezoneOffsetFromUTC]: '+0200' };
    const right = { factor: expect.closeTo(FACTOR, 12) as number };
    expect(await factorOf(east, inUtc)).toMatchObject(right);
    const stamp = { [Tag.DecayCorrectionDateTime]: '20240102114948.00+0200' };
    expect(await factorOf(stamp, inUtc)).toMatchObject(right);
  });
});

const box = drawn('rectangle', [
  [10, 10],
  [20, 20],
]);

const ucum = (code: string): Fields => ({
  [Tag.MeasurementUnitsCodeSequence]: [
    { [Tag.CodeValue]: code, [Tag.CodingSchemeDesignator]: 'UCUM', [Tag.CodeMeaning]: code },
  ],
});

/** The same injection; the mapping and the rescale that hold are those of the second frame. */
function enhanced(over: Fields, mapping: Fields, dose: Fields): Fields {
  const frame = (slope: number, rescale: string): Fields => ({
    [Tag.RealWorldValueMappingSequence]: [
      {
        [Tag.RealWorldValueIntercept]: 0,
        [Tag.RealWorldValueSlope]: slope,
        ...ucum('Bq/ml'),
        ...mapping,
      },
    ],
    [Tag.PixelValueTransformationSequence]: [
      { [Tag.RescaleIntercept]: '0', [Tag.RescaleSlope]: rescale, [Tag.RescaleType]: 'US' },
    ],
  });
  return {
    [Tag.Modality]: 'PT',
    [Tag.AttenuationCorrected]: 'YES',
    [Tag.DecayCorrected]: 'YES',
    [Tag.DecayCorrectionDateTime]: '20240102114948.00',
    [Tag.PatientWeight]: '70',
    ...radiopharmaceutical({
      [Tag.RadiopharmaceuticalStartDateTime]: '20240102100000.00',
      ...dose,
    }),
    [Tag.PerFrameFunctionalGroupsSequence]: [frame(1, '1'), frame(12.5, '2')],
    ...over,
  };
}
