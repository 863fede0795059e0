// Images whose attributes contradict each other, their data, or reason; and what the viewer is to say of each.
import type { Fields } from '../../shared/dicom/encode.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { COLUMNS, oddImage, ROWS } from '../../shared/pixels/testing/image-builder.ts';

export interface HostileImage {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `shown`, or what the message in its place says; with what else is said of it. */
  readonly outcome: 'shown' | RegExp;
  readonly warning?: RegExp;
}

const FRAME = ROWS * COLUMNS * 2;
const zeros = (length: number) => ({ vr: 'OW' as const, value: new Uint8Array(length) });
const lut = (descriptor: number[], entries: number[]): Fields => ({
  [Tag.LUTDescriptor]: { vr: 'US', value: descriptor },
  [Tag.LUTData]: { vr: 'US', value: entries },
});

const float = (values: number[]) => {
  const all = Float32Array.from(
    { length: ROWS * COLUMNS },
    (_, i) => values[i % values.length] ?? 0,
  );
  return { vr: 'OF' as const, value: new Uint8Array(all.buffer) };
};

const plane = (orientation: string[], position: string[]): Fields => ({
  [Tag.Modality]: 'CT',
  [Tag.ImageOrientationPatient]: orientation,
  [Tag.ImagePositionPatient]: position,
  [Tag.PixelSpacing]: ['1', '1'],
});

/** Text as it would stand in a file, whatever the rules say. */
const raw = (vr: 'DS' | 'IS' | 'CS', text: string) => ({
  vr,
  value: new TextEncoder().encode(text.length % 2 === 0 ? text : `${text} `),
});

export function hostileImages(): HostileImage[] {
  const window: Fields = { [Tag.WindowCenter]: '2048', [Tag.WindowWidth]: '4096' };
  return [
    {
      name: 'pixel data cut short',
      bytes: oddImage({ [Tag.PixelData]: zeros(FRAME - 10) }),
      outcome: /ends before frame 1 does: 10 bytes are missing/,
    },
    {
      name: 'a frame too much',
      bytes: oddImage({ [Tag.PixelData]: zeros(FRAME * 2) }),
      outcome: /has 24576 bytes, its attributes describe 12288/,
    },
    {
      name: 'a few bytes too many',
      bytes: oddImage({ ...window, [Tag.PixelData]: zeros(FRAME + 6) }),
      outcome: 'shown',
      warning: /6 bytes longer than described/,
    },
    {
      name: 'the second of two frames missing',
      bytes: oddImage({ ...window, [Tag.NumberOfFrames]: '2' }),
      outcome: 'shown',
      warning: /12288 bytes shorter than described/,
    },
    {
      name: 'more frames than a list can hold',
      bytes: oddImage({ ...window, [Tag.NumberOfFrames]: '2147483647' }),
      outcome: 'shown',
      warning: /shorter than described/,
    },
    {
      name: 'Bits Stored beyond Bits Allocated',
      bytes: oddImage({ [Tag.BitsStored]: 20, [Tag.HighBit]: 19 }),
      outcome: /20 bits up to bit 19 of 16/,
    },
    {
      name: 'no rows',
      bytes: oddImage({ [Tag.Rows]: 0 }),
      outcome: /Rows is missing or not above 0/,
    },
    {
      name: 'cells of 12 bits',
      bytes: oddImage({ [Tag.BitsAllocated]: 12 }),
      outcome: /Bits Allocated is 12/,
    },
    {
      name: 'four samples, ARGB',
      bytes: oddImage({ [Tag.SamplesPerPixel]: 4, [Tag.PhotometricInterpretation]: 'ARGB' }),
      outcome: /ARGB is retired/,
    },
    {
      name: 'a palette without colours',
      bytes: oddImage({ [Tag.PhotometricInterpretation]: 'PALETTE COLOR' }),
      outcome: /descriptor of a look-up table is incomplete/,
    },
    {
      name: 'subsampled colour of an odd width',
      bytes: oddImage({
        [Tag.SamplesPerPixel]: 3,
        [Tag.PhotometricInterpretation]: 'YBR_FULL_422',
        [Tag.PlanarConfiguration]: 0,
        [Tag.Columns]: 95,
        [Tag.BitsAllocated]: 8,
        [Tag.BitsStored]: 8,
        [Tag.HighBit]: 7,
        [Tag.PixelData]: zeros(ROWS * 95 * 2),
      }),
      outcome: /even number of columns/,
    },
    {
      name: 'a VOI look-up table that says nothing of its bits',
      bytes: oddImage({ [Tag.VOILUTSequence]: [lut([4, 0, 0], [0, 100, 200, 255])] }),
      outcome: 'shown',
    },
    {
      name: 'a VOI look-up table cut short',
      bytes: oddImage({ ...window, [Tag.VOILUTSequence]: [lut([0, 0, 16], [0, 100])] }),
      outcome: /look-up table is shorter/,
    },
    {
      name: 'a window of no width, and one without a centre',
      bytes: oddImage({
        [Tag.WindowCenter]: raw('DS', '40\\'),
        [Tag.WindowWidth]: raw('DS', '0\\100'),
      }),
      outcome: 'shown',
    },
    {
      name: 'numbers that are none',
      bytes: oddImage({
        [Tag.RescaleSlope]: raw('DS', 'one'),
        [Tag.RescaleIntercept]: raw('DS', 'NaN'),
        [Tag.WindowCenter]: raw('DS', '1E400'),
        [Tag.WindowWidth]: raw('DS', '-3'),
        [Tag.PixelAspectRatio]: raw('IS', '0\\0'),
      }),
      outcome: 'shown',
    },
    {
      name: 'a slope of 0',
      bytes: oddImage({ ...window, [Tag.RescaleSlope]: '0', [Tag.RescaleIntercept]: '0' }),
      outcome: 'shown',
    },
    {
      name: 'real numbers that are none',
      bytes: oddImage(
        {
          [Tag.BitsAllocated]: 32,
          [Tag.FloatPixelData]: float([Number.NaN, Infinity, -Infinity, 1, 2]),
        },
        { without: [Tag.PixelData, Tag.BitsStored, Tag.HighBit, Tag.PixelRepresentation] },
      ),
      outcome: 'shown',
    },
    {
      name: 'rows and columns along one line',
      bytes: oddImage({ ...window, ...plane(['1', '0', '0', '1', '0', '0'], ['0', '0', '0']) }),
      outcome: 'shown',
    },
    {
      name: 'directions of no length',
      bytes: oddImage({ ...window, ...plane(['0', '0', '0', '0', '0', '0'], ['0', '0', '0']) }),
      outcome: 'shown',
    },
    {
      name: 'a place far out of the world',
      bytes: oddImage({
        ...window,
        ...plane(['1', '0', '0', '0', '1', '0'], ['1e30', '-1e30', '0']),
      }),
      outcome: 'shown',
    },
    {
      name: 'pixels a million times as high as wide',
      bytes: oddImage({ ...window, [Tag.PixelSpacing]: ['1000000', '1'] }),
      outcome: 'shown',
    },
    {
      name: 'one pixel',
      bytes: oddImage({ ...window, [Tag.Rows]: 1, [Tag.Columns]: 1, [Tag.PixelData]: zeros(2) }),
      outcome: 'shown',
    },
    {
      name: 'a single row, wider than textures may be',
      bytes: oddImage({
        ...window,
        [Tag.Rows]: 1,
        [Tag.Columns]: 65535,
        [Tag.PixelData]: zeros(65535 * 2),
      }),
      outcome: 'shown',
    },
    {
      name: 'a shutter without edges and one of no radius',
      bytes: oddImage({
        ...window,
        [Tag.ShutterShape]: ['RECTANGULAR', 'CIRCULAR'],
        [Tag.CenterOfCircularShutter]: ['10', '10'],
        [Tag.RadiusOfCircularShutter]: '0',
      }),
      outcome: 'shown',
    },
    {
      name: 'an overlay in a bit of the pixels themselves',
      bytes: oddImage({
        ...window,
        [0x60000010]: { vr: 'US', value: ROWS },
        [0x60000011]: { vr: 'US', value: COLUMNS },
        [0x60000040]: { vr: 'CS', value: 'G' },
        [0x60000100]: { vr: 'US', value: 16 },
        [0x60000102]: { vr: 'US', value: 3 },
      }),
      outcome: 'shown',
      warning: /Overlay 6000 can’t be drawn|Overlay 6000 can't be drawn/,
    },
  ];
}
