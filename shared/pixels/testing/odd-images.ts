// Images of every way that PS3.3 sections C.7.6, C.9 and C.11 have to change what is seen, small enough to compare whole.
import { concatBytes, elementHeader, itemHeader, type Fields } from '../../dicom/encode.ts';
import { ITEM, SEQUENCE_DELIMITATION } from '../../dicom/tag.ts';
import * as Tag from '../../dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../dicom/uids.ts';
import {
  COLUMNS,
  oddImage,
  overlay,
  PIXELS,
  plane,
  ramp,
  square,
  window,
  words,
} from './image-builder.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface OddImage {
  readonly name: string;
  readonly bytes: Bytes;
  /** Why dcm2pnm draws something else, or nothing. */
  readonly notByDcmtk?: string;
}

const lut = (
  first: number,
  bits: number,
  entries: readonly number[],
  more: Fields = {},
): Fields => ({
  [Tag.LUTDescriptor]: { vr: 'US', value: [entries.length, first, bits] },
  [Tag.LUTData]: { vr: 'US', value: entries },
  ...more,
});

const palette = (count: number, first: number): Fields => {
  const descriptor = { vr: 'US' as const, value: [count, first, 16] };
  const entries = (of: (i: number) => number) =>
    words(Array.from({ length: count }, (_, i) => (of(i) & 255) * 257));
  return {
    [Tag.RedPaletteColorLookupTableDescriptor]: descriptor,
    [Tag.GreenPaletteColorLookupTableDescriptor]: descriptor,
    [Tag.BluePaletteColorLookupTableDescriptor]: descriptor,
    [Tag.RedPaletteColorLookupTableData]: entries((i) => i),
    [Tag.GreenPaletteColorLookupTableData]: entries((i) => 255 - i),
    [Tag.BluePaletteColorLookupTableData]: entries((i) => i * 3),
  };
};

const shutter = (shape: string, more: Fields, value = 0x8000): Fields => ({
  ...window('2048', '4096'),
  [Tag.ShutterShape]: shape,
  [Tag.ShutterPresentationValue]: value,
  ...more,
});

const RECTANGLE: Fields = {
  [Tag.ShutterLeftVerticalEdge]: '11',
  [Tag.ShutterRightVerticalEdge]: '80',
  [Tag.ShutterUpperHorizontalEdge]: '6',
  [Tag.ShutterLowerHorizontalEdge]: '50',
};

const NO_SHUTTERS = 'it draws no shutters without a presentation state';
const curve = Array.from({ length: 4096 }, (_, i) => Math.round(4095 * (i / 4095) ** 2));

/** All of them. */
export function oddImages(): OddImage[] {
  const XA = '1.2.840.10008.5.1.4.1.1.12.1';
  const modalityLut = (more: Fields = {}): Fields => ({
    [Tag.ModalityLUTSequence]: [lut(0, 16, curve, { [Tag.ModalityLUTType]: 'US', ...more })],
  });
  return [
    {
      name: 'a rescale and a window',
      bytes: oddImage({
        ...window('-500.5', '1501'),
        [Tag.RescaleSlope]: '0.5',
        [Tag.RescaleIntercept]: '-1024',
      }),
    },
    {
      name: 'an exact window',
      bytes: oddImage(window('1000.25', '999.5', 'LINEAR_EXACT')),
      notByDcmtk: 'its version here takes it for LINEAR',
    },
    { name: 'a sigmoid', bytes: oddImage(window('1500', '900', 'SIGMOID')) },
    {
      name: 'a VOI look-up table',
      bytes: oddImage({ [Tag.VOILUTSequence]: [lut(500, 12, curve.slice(0, 3000))] }),
    },
    {
      name: 'a modality look-up table',
      bytes: oddImage({ ...modalityLut(), ...window('2048', '4096') }),
    },
    {
      name: 'an angiogram whose Modality LUT leads back to intensity',
      bytes: oddImage(
        {
          ...modalityLut(),
          ...window('2048', '4096'),
          [Tag.PixelIntensityRelationship]: 'LOG',
          [Tag.Modality]: 'XA',
        },
        { sopClassUid: XA },
      ),
    },
    {
      name: 'MONOCHROME1',
      bytes: oddImage({
        ...window('2048', '4096'),
        [Tag.PhotometricInterpretation]: 'MONOCHROME1',
      }),
    },
    {
      name: 'Presentation LUT Shape INVERSE',
      bytes: oddImage({ ...window('2048', '4096'), [Tag.PresentationLUTShape]: 'INVERSE' }),
      notByDcmtk: 'it takes the shape from the command line',
    },
    {
      name: 'no window',
      bytes: oddImage({}),
      notByDcmtk: 'without one it takes the range of the stored values, as asked',
    },
    {
      name: 'an overlay beside its corner',
      bytes: oddImage({
        ...window('2048', '4096'),
        ...overlay({ rows: 44, columns: 44, origin: [15, 50], data: square(44) }),
      }),
    },
    {
      name: 'an overlay that begins outside',
      bytes: oddImage({
        ...window('2048', '4096'),
        ...overlay({ group: 0x601e, rows: 31, columns: 31, origin: [-9, -4], data: square(31) }),
      }),
    },
    {
      name: 'overlays in the high bits of signed pixels',
      bytes: oddImage({
        ...window('0', '4096'),
        [Tag.PixelRepresentation]: 1,
        ...overlay({ bit: 12 }),
        ...overlay({ group: 0x6002, bit: 15 }),
        [Tag.PixelData]: words(
          ramp.map((value, i) => {
            const marks = (i % 5 === 0 ? 0x1000 : 0) | (i > 4000 && i < 4050 ? 0x8000 : 0);
            return ((value - 2048) & 0x0fff) | marks;
          }),
        ),
      }),
    },
    {
      name: 'a region of interest',
      bytes: oddImage({
        ...window('2048', '4096'),
        ...overlay({ type: 'R', rows: 44, columns: 44, origin: [15, 50], data: square(44) }),
      }),
      notByDcmtk: 'it draws regions in grey',
    },
    {
      name: 'a rectangular and a circular shutter',
      bytes: oddImage(
        shutter('RECTANGULAR\\CIRCULAR', {
          ...RECTANGLE,
          [Tag.CenterOfCircularShutter]: ['30', '40'],
          [Tag.RadiusOfCircularShutter]: '30',
        }),
      ),
      notByDcmtk: NO_SHUTTERS,
    },
    {
      name: 'a polygonal shutter',
      bytes: oddImage(
        shutter(
          'POLYGONAL',
          {
            [Tag.VerticesOfThePolygonalShutter]: [
              '5',
              '5',
              '60',
              '10',
              '30',
              '50',
              '55',
              '90',
              '2',
              '80',
            ],
          },
          0xffff,
        ),
      ),
      notByDcmtk: NO_SHUTTERS,
    },
    {
      name: 'a bitmap shutter',
      bytes: oddImage({
        ...shutter('BITMAP', { [Tag.ShutterOverlayGroup]: 0x6002 }),
        ...overlay({ group: 0x6002, data: plane(PIXELS, (at) => at % COLUMNS > 60) }),
      }),
      notByDcmtk: NO_SHUTTERS,
    },
    {
      name: 'a range of padding under MONOCHROME1',
      bytes: oddImage({
        ...window('2048', '4096'),
        [Tag.PhotometricInterpretation]: 'MONOCHROME1',
        [Tag.PixelPaddingValue]: { vr: 'US', value: 0 },
        [Tag.PixelPaddingRangeLimit]: { vr: 'US', value: 900 },
      }),
      notByDcmtk: 'it knows no padding',
    },
    {
      name: 'pixels twice as high as wide',
      bytes: oddImage({ ...window('2048', '4096'), [Tag.PixelAspectRatio]: ['2', '1'] }),
      notByDcmtk: 'it makes square pixels of them',
    },
    {
      name: 'a supplemental palette',
      bytes: oddImage({
        ...window('1000', '2000'),
        [Tag.PixelPresentation]: 'COLOR',
        ...palette(256, 2000),
      }),
      notByDcmtk: 'it knows no supplemental palette',
    },
    {
      name: 'a palette of 16 bits that begins above 0',
      bytes: oddImage({
        [Tag.PhotometricInterpretation]: 'PALETTE COLOR',
        [Tag.BitsStored]: 16,
        [Tag.HighBit]: 15,
        ...palette(256, 700),
      }),
    },
    {
      name: 'real numbers',
      bytes: floats({ [Tag.FloatPixelData]: float32(ramp.map((v) => v / 4096 - 0.25)) }, 32),
      notByDcmtk: 'it reads no Float Pixel Data',
    },
    {
      name: 'real numbers of double width',
      bytes: floats({ [Tag.DoubleFloatPixelData]: float64(ramp.map((v) => v * 1e-7)) }, 64),
      notByDcmtk: 'it reads no Double Float Pixel Data',
    },
    {
      name: 'pixels in the high bits of their cells',
      bytes: oddImage({
        ...window('2048', '4096'),
        [Tag.HighBit]: 15,
        [Tag.PixelData]: words(ramp.map((value, i) => (value << 4) | (i & 15))),
      }),
    },
    {
      name: 'numbers of 32 bits, big endian',
      bytes: oddImage(
        {
          ...window('2000000', '4000000'),
          [Tag.BitsAllocated]: 32,
          [Tag.BitsStored]: 32,
          [Tag.HighBit]: 31,
          [Tag.PixelData]: { vr: 'OW', value: bigEndian32(ramp.map((value) => value * 1000)) },
        },
        { littleEndian: false },
      ),
      notByDcmtk: 'it turns the halves of 32-bit numbers in big endian OW',
    },
    {
      name: 'a Real World Value Mapping, which is for measuring',
      bytes: oddImage({
        ...window('2048', '4096'),
        [Tag.RealWorldValueMappingSequence]: [
          {
            [Tag.RealWorldValueFirstValueMapped]: { vr: 'US', value: 0 },
            [Tag.RealWorldValueLastValueMapped]: { vr: 'US', value: 4095 },
            [Tag.RealWorldValueIntercept]: 7,
            [Tag.RealWorldValueSlope]: 0.01,
          },
        ],
      }),
    },
  ];
}

const float32 = (values: number[]) => ({
  vr: 'OF' as const,
  value: new Uint8Array(Float32Array.from(values).buffer),
});
const float64 = (values: number[]) => ({
  vr: 'OD' as const,
  value: new Uint8Array(Float64Array.from(values).buffer),
});

function bigEndian32(values: readonly number[]): Bytes {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value);
  return bytes;
}

/** Parametric maps have no Bits Stored, High Bit and Pixel Representation. */
function floats(data: Fields, bits: 32 | 64): Bytes {
  const without = [Tag.PixelData, Tag.BitsStored, Tag.HighBit, Tag.PixelRepresentation];
  const parametricMap = '1.2.840.10008.5.1.4.1.1.30';
  return oddImage({ [Tag.BitsAllocated]: bits, ...data }, { sopClassUid: parametricMap, without });
}

/** The ramp as libjxl's cjxl compresses it without loss, of 12 bits. */
const JPEG_XL = ['/woPYVBcCAgCAQCcAEsoMt2Mxuu2Q9sW4YOSNDDh5S1A/yP9/1ei/Nw/OANAupBNGS41HA=='].join(
  '',
);

/** The ramp in JPEG XL Lossless. */
export function jpegXlImage(): Bytes {
  const stream = Uint8Array.from(atob(JPEG_XL), (character) => character.charCodeAt(0));
  const even = concatBytes([stream, new Uint8Array(stream.length % 2)]);
  const native = oddImage(window('2048', '4096'), {
    transferSyntaxUid: '1.2.840.10008.1.2.4.110',
    without: [Tag.PixelData],
  });
  return concatBytes([
    native,
    elementHeader(Tag.PixelData, 'OB', 0xffffffff, ExplicitVrLittleEndian),
    itemHeader(ITEM, 0, true),
    itemHeader(ITEM, even.length, true),
    even,
    itemHeader(SEQUENCE_DELIMITATION, 0, true),
  ]);
}

/** Two frames, each with its own rescale and window, and an overlay over the second alone. */
export function perFrameImage(): Bytes {
  const groups = [
    ['1', '0', '2048', '4096'],
    ['2', '-1000', '1000', '3000'],
  ] as const;
  return oddImage({
    [Tag.NumberOfFrames]: '2',
    [Tag.PixelData]: words([...ramp, ...ramp]),
    [Tag.PerFrameFunctionalGroupsSequence]: groups.map(([slope, intercept, center, width]) => ({
      [Tag.PixelValueTransformationSequence]: [
        {
          [Tag.RescaleSlope]: slope,
          [Tag.RescaleIntercept]: intercept,
          [Tag.RescaleType]: 'US',
        },
      ],
      [Tag.FrameVOILUTSequence]: [window(center, width)],
    })),
    ...overlay({
      rows: 60,
      columns: 60,
      origin: [4, 30],
      data: square(60),
      frames: {
        [0x60000015]: { vr: 'IS', value: '1' },
        [0x60000051]: { vr: 'US', value: 2 },
      },
    }),
  });
}
