import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { encodePart10, type Fields } from '../../../shared/dicom/encode.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { cornerTexts, personName } from './corner-texts.ts';
import { frameGeometry } from './frame-geometry.ts';
import { lossyWarning } from './lossy-warning.ts';
import { edgeLetters, lettersOf } from './orientation-letters.ts';
import { pixelScaleOf } from './pixel-scale.ts';
import { prefetchOrder } from './prefetch-order.ts';
import { scaleBar } from './scale-bar.ts';
import { sortStack } from './stack-order.ts';
import { mirrored, turned, UPRIGHT } from './view-orientation.ts';

async function datasetOf(fields: Fields): Promise<Dataset> {
  const { uid } = ExplicitVrLittleEndian;
  const meta = { sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid: uid };
  const bytes = encodePart10(
    meta,
    { [Tag.InstanceNumber]: '1', ...fields },
    ExplicitVrLittleEndian,
  );
  return (await readInstance(bufferSource(bytes))).dataset;
}

describe('stack order', () => {
  const geometry = (z: number, row: readonly [number, number, number] = [1, 0, 0]) => ({
    rowDirection: row,
    columnDirection: [0, 1, 0] as const,
    position: [0, 0, z] as const,
    scale: { kind: 'patient' as const, rowSpacing: 1, columnSpacing: 1 },
    sliceThicknessMm: undefined,
  });

  it('goes by position along the normal, against instance numbers', () => {
    const frames = [30, -10, 10].map((z, i) => ({
      geometry: geometry(z),
      instanceNumber: i,
      frameIndex: 0,
    }));
    expect(sortStack(frames).map(({ instanceNumber }) => instanceNumber)).toEqual([1, 2, 0]);
  });

  it('goes by instance number, then frame, within a place, without a place, and when not parallel', () => {
    const mixed = [
      { geometry: geometry(-5), instanceNumber: 2, frameIndex: 0 },
      { geometry: geometry(1, [0, 0, 1]), instanceNumber: 1, frameIndex: 1 },
      { geometry: undefined, instanceNumber: 1, frameIndex: 0 },
    ];
    const order = (frames: typeof mixed) =>
      sortStack(frames).map(({ instanceNumber, frameIndex }) => [instanceNumber, frameIndex]);
    const askew = mixed.slice(0, 2);
    expect(order(askew)).toEqual([
      [1, 1],
      [2, 0],
    ]);
    expect(order(mixed)).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
    ]);
    const same = [3, 1, 2].map((instanceNumber) => ({
      geometry: geometry(5),
      instanceNumber,
      frameIndex: 0,
    }));
    expect(sortStack(same).map(({ instanceNumber }) => instanceNumber)).toEqual([1, 2, 3]);
  });
});

describe('orientation letters', () => {
  it.each([
    [[1, 0, 0], 'L'],
    [[-1, 0, 0], 'R'],
    [[0, 1, 0], 'P'],
    [[0, -1, 0], 'A'],
    [[0, 0, 1], 'H'],
    [[0, 0, -1], 'F'],
    [[0, 0.9, -0.43], 'PF'],
    [[-0.5, 0.05, 0.86], 'HR'],
  ] as const)('of %j are %s', (direction, letters) => {
    expect(lettersOf(direction)).toBe(letters);
  });

  const along = (alongRow: number, alongColumn: number) => ({ alongRow, alongColumn });

  it('of a projection turn with it', () => {
    const terms = { row: 'L', column: 'F' };
    const upright = edgeLetters(terms, along(1, 0), along(0, 1));
    expect(upright).toEqual({ right: 'L', left: 'R', bottom: 'F', top: 'H' });
    // Turned clockwise by a quarter: what was at the top is at the right.
    const turned = edgeLetters(terms, along(0, -1), along(1, 0));
    expect(turned).toEqual({ right: 'H', left: 'F', bottom: 'L', top: 'R' });
    const mirrored = edgeLetters(terms, along(-1, 0), along(0, 1));
    expect(mirrored).toEqual({ right: 'R', left: 'L', bottom: 'F', top: 'H' });
  });
});

describe('pixel scale', () => {
  const spacing = { [Tag.PixelSpacing]: ['0.5', '0.25'] };
  const imager = { [Tag.ImagerPixelSpacing]: ['0.5', '0.25'] };
  const size = { rowSpacing: 0.5, columnSpacing: 0.25 };
  it.each([
    ['a cross section', { [Tag.Modality]: 'CT', ...spacing }, { kind: 'patient', ...size }],
    ['a projection', { [Tag.Modality]: 'DX', ...imager }, { kind: 'detector', ...size }],
    [
      'an uncalibrated projection',
      { [Tag.Modality]: 'CR', ...spacing, ...imager },
      { kind: 'detector', ...size },
    ],
    [
      'a calibrated projection',
      {
        [Tag.Modality]: 'DX',
        ...spacing,
        ...imager,
        [Tag.PixelSpacingCalibrationType]: 'FIDUCIAL',
      },
      { kind: 'patient', ...size },
    ],
    [
      'a corrected projection',
      { [Tag.Modality]: 'XA', ...imager, [Tag.EstimatedRadiographicMagnificationFactor]: '2' },
      { kind: 'patient', rowSpacing: 0.25, columnSpacing: 0.125 },
    ],
    [
      'a photograph',
      { [Tag.PixelAspectRatio]: ['4', '3'] },
      { kind: 'none', rowSpacing: 4 / 3, columnSpacing: 1 },
    ],
  ])('of %s', async (_what, fields, expected) => {
    const dataset = await datasetOf(fields);
    expect(pixelScaleOf(dataset, dataset)).toEqual(expected);
  });
});

it('makes scale bars of a round length, and says when they measure the detector', () => {
  expect(scaleBar('patient', 0.5, 150)).toEqual({ lengthMm: 50, lengthPx: 100, label: '5 cm' });
  expect(scaleBar('detector', 0.02, 150)?.label).toBe('2 mm at detector');
  expect(scaleBar('none', 1, 150)).toBeUndefined();
});

it('loads ahead in the direction of scrolling first, within the stack', () => {
  expect([...prefetchOrder(1, 5, 1, 5)]).toEqual([2, 0, 3, 4]);
  expect([...prefetchOrder(3, 5, -1, 5)]).toEqual([2, 4, 1, 0]);
  expect([...prefetchOrder(50, 100, 1, 4)]).toEqual([51, 49, 52, 53, 54, 48, 47, 46]);
  expect(new Set(prefetchOrder(30, 100, -1, 100)).size).toBe(99);
});

describe('texts', () => {
  it('name the patient, the study, the view and the series in their corners', async () => {
    const dataset = await datasetOf({
      [Tag.PatientName]: 'PHANTOM^ANNA^^DR=x',
      [Tag.PatientID]: 'P1',
      [Tag.PatientBirthDate]: '19610305',
      [Tag.PatientSex]: 'F',
      [Tag.InstitutionName]: 'Hospital',
      [Tag.StudyDescription]: 'Abdomen',
      [Tag.AccessionNumber]: 'A7',
      [Tag.AcquisitionDate]: '20260517',
      [Tag.AcquisitionTime]: '140509.25',
      [Tag.SeriesNumber]: '2',
      [Tag.SeriesDescription]: 'Axial',
      [Tag.Modality]: 'CT',
      [Tag.SliceThickness]: '1.25',
      [Tag.ImageOrientationPatient]: ['1', '0', '0', '0', '1', '0'],
      [Tag.ImagePositionPatient]: ['0', '0', '-12.34'],
    });
    const shown = {
      index: 4,
      count: 9,
      window: { center: 40, width: 400 },
      zoom: 1.5,
      geometry: frameGeometry(dataset, 0),
    };
    expect(cornerTexts(dataset, shown)).toEqual({
      topLeft: ['PHANTOM, ANNA DR', 'P1', '1961-03-05 F'],
      topRight: ['Hospital', 'Abdomen', 'A7', '2026-05-17 14:05:09'],
      bottomLeft: ['W 400 C 40', '150 %', '5/9', '-12.3 mm'],
      bottomRight: ['2 Axial', 'CT', '1.25 mm thick'],
    });
  });

  it('take the first written group of a name', () => {
    expect(personName('=山田^太郎=やまだ^たろう')).toBe('山田, 太郎');
    expect(personName('Mononym')).toBe('Mononym');
    expect(personName(undefined)).toBeUndefined();
  });

  it('warn of what was lost, with the product of all ratios', async () => {
    const lossless = '1.2.840.10008.1.2.1';
    const twice = {
      [Tag.LossyImageCompression]: '01',
      [Tag.LossyImageCompressionRatio]: ['5', '3'],
    };
    expect(lossyWarning(await datasetOf(twice), lossless)).toBe('Lossy compressed 15:1');
    expect(lossyWarning(await datasetOf({}), '1.2.840.10008.1.2.4.50')).toBe('Lossy compressed');
    expect(lossyWarning(await datasetOf({}), lossless)).toBeUndefined();
  });
});

it('turns and mirrors what is seen', () => {
  // Where the image's right and lower edge come to lie on screen, x to the right and y down.
  const seen = ({ rotation, flipHorizontal, flipVertical }: typeof UPRIGHT) => {
    const place = (x: number, y: number) => {
      const angle = (rotation * Math.PI) / 180;
      const [fx, fy] = [flipHorizontal ? -x : x, flipVertical ? -y : y];
      const turn = [
        fx * Math.cos(angle) - fy * Math.sin(angle),
        fx * Math.sin(angle) + fy * Math.cos(angle),
      ];
      return turn.map((part) => Math.round(part)).join();
    };
    return [place(1, 0), place(0, 1)].map((text) => text.replaceAll('-0', '0'));
  };
  // Turned, the right edge is below and the lower one left; mirrored, the lower one is right.
  expect(seen(turned(UPRIGHT, 90))).toEqual(['0,1', '-1,0']);
  expect(seen(mirrored(turned(UPRIGHT, 90), 'horizontal'))).toEqual(['0,1', '1,0']);
  expect(seen(turned(mirrored(UPRIGHT, 'vertical'), 90))).toEqual(['0,1', '1,0']);
  expect(seen(mirrored(mirrored(UPRIGHT, 'vertical'), 'horizontal'))).toEqual(['-1,0', '0,-1']);
});
