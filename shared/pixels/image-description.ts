import type { Dataset, Element } from '../dicom/dataset.ts';
import type { ParsedInstance } from '../dicom/read-instance.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { transferSyntaxOf } from '../dicom/uids.ts';
import { nativeFrameBits } from './native-layout.ts';
import { PixelError } from './pixel-error.ts';
import { PHOTOMETRIC_INTERPRETATIONS, type PhotometricInterpretation } from './stored-frame.ts';
import { pixelEncodingOf, type PixelEncoding } from './transfer-syntaxes.ts';

/** The Image Pixel Module (PS3.3 C.7.6.3), checked: what a decoder must know besides the frame's bytes. */
export interface ImageDescription {
  readonly rows: number;
  readonly columns: number;
  readonly numberOfFrames: number;
  readonly samplesPerPixel: 1 | 3;
  readonly photometricInterpretation: PhotometricInterpretation;
  /** 1 where each colour has a plane of its own in native data (PS3.3 C.7.6.3.1.3). */
  readonly planarConfiguration: 0 | 1;
  readonly bitsAllocated: 1 | 8 | 16 | 32 | 64;
  readonly bitsStored: number;
  readonly highBit: number;
  /** Pixel Representation 1: two's complement. */
  readonly signed: boolean;
  readonly sampleKind: 'integer' | 'float32' | 'float64';
  readonly encoding: PixelEncoding;
  /** Of native data. */
  readonly littleEndian: boolean;
  readonly pixelPaddingValue: number | undefined;
  readonly pixelPaddingRangeLimit: number | undefined;
  /** Disagreements that leave the picture right, in words. */
  readonly problems: readonly string[];
}

/** The element that holds the pixels: Pixel Data, Float Pixel Data or Double Float Pixel Data. */
export function pixelElementOf(dataset: Dataset): Element | undefined {
  return (
    dataset.get(Tag.PixelData) ??
    dataset.get(Tag.FloatPixelData) ??
    dataset.get(Tag.DoubleFloatPixelData)
  );
}

/** Whether an instance holds an image at all; whether it can be shown, `describeImage` tells. */
export const hasPixels = (instance: ParsedInstance): boolean =>
  pixelElementOf(instance.dataset) !== undefined;

/** Reads and checks the Image Pixel Module. Throws a PixelError when no picture can be made of it. */
export function describeImage(instance: ParsedInstance): ImageDescription {
  const { dataset } = instance;
  const element = pixelElementOf(dataset);
  if (!element) throw new PixelError('no-pixel-data', 'The object has no pixel data.');
  const encoding = pixelEncodingOf(instance.transferSyntaxUid);
  if (!encoding) {
    const { name } = transferSyntaxOf(instance.transferSyntaxUid || 'unknown');
    throw new PixelError('transfer-syntax', `The transfer syntax ${name} can't be decoded.`);
  }
  const encapsulated = element.fragments !== undefined;
  if (encapsulated !== (encoding !== 'native')) {
    const [is, said] = encapsulated ? ['encapsulated', 'native'] : ['native', 'encapsulated'];
    const message = `The pixel data is ${is}, its transfer syntax says ${said}.`;
    throw new PixelError('transfer-syntax', message);
  }
  const sampleKind = sampleKindOf(element);
  const bits = checkedBits(dataset, sampleKind);
  const colour = checkedColour(dataset);
  const problems: string[] = [];
  const description: ImageDescription = {
    rows: positive(dataset, Tag.Rows, 'Rows'),
    columns: positive(dataset, Tag.Columns, 'Columns'),
    numberOfFrames: checkedFrames(dataset),
    ...colour,
    ...bits,
    sampleKind,
    encoding,
    littleEndian: dataset.littleEndian,
    pixelPaddingValue: paddingOf(dataset, PADDING_VALUE[sampleKind], bits),
    pixelPaddingRangeLimit: paddingOf(dataset, PADDING_LIMIT[sampleKind], bits),
    problems,
  };
  return encoding === 'native' ? checkedLength(description, element, problems) : description;
}

function sampleKindOf(element: Element): ImageDescription['sampleKind'] {
  if (element.tag === Tag.FloatPixelData) return 'float32';
  return element.tag === Tag.DoubleFloatPixelData ? 'float64' : 'integer';
}

function positive(dataset: Dataset, tag: number, name: string): number {
  const value = dataset.number(tag);
  if (value !== undefined && Number.isInteger(value) && value > 0) return value;
  throw new PixelError('attributes', `${name} is missing or not above 0.`);
}

function checkedFrames(dataset: Dataset): number {
  if (dataset.number(Tag.NumberOfFrames) === undefined) return 1;
  return positive(dataset, Tag.NumberOfFrames, 'Number of Frames');
}

type Bits = Pick<ImageDescription, 'bitsAllocated' | 'bitsStored' | 'highBit' | 'signed'>;

function checkedBits(dataset: Dataset, kind: ImageDescription['sampleKind']): Bits {
  if (kind !== 'integer') {
    const width = kind === 'float32' ? 32 : 64;
    return { bitsAllocated: width, bitsStored: width, highBit: width - 1, signed: true };
  }
  const bitsAllocated = positive(dataset, Tag.BitsAllocated, 'Bits Allocated');
  if (![1, 8, 16, 32].includes(bitsAllocated)) {
    const message = `Bits Allocated is ${bitsAllocated}: 1, 8, 16 and 32 can be shown.`;
    throw new PixelError('attributes', message);
  }
  const bitsStored = dataset.number(Tag.BitsStored) ?? bitsAllocated;
  const highBit = dataset.number(Tag.HighBit) ?? bitsStored - 1;
  if (bitsStored < 1 || highBit >= bitsAllocated || highBit + 1 < bitsStored) {
    const bits = `${bitsStored} bits up to bit ${highBit} of ${bitsAllocated}`;
    throw new PixelError('attributes', `Bits Stored and High Bit contradict each other: ${bits}.`);
  }
  return {
    bitsAllocated: bitsAllocated as ImageDescription['bitsAllocated'], // one of the four checked above
    bitsStored,
    highBit,
    signed: dataset.number(Tag.PixelRepresentation) === 1 && bitsAllocated > 1,
  };
}

type Colour = Pick<
  ImageDescription,
  'samplesPerPixel' | 'photometricInterpretation' | 'planarConfiguration'
>;

/** Terms of PS3.3 C.7.6.3.1.2 that no picture is made of; messages name no other value. */
const REFUSED_TERMS = ['ARGB', 'CMYK', 'HSV', 'YBR_PARTIAL_420'] as const;

const isMonochrome = (term: string): boolean =>
  term === 'MONOCHROME1' || term === 'MONOCHROME2' || term === 'PALETTE COLOR';

function checkedColour(dataset: Dataset): Colour {
  const term = dataset.string(Tag.PhotometricInterpretation);
  if (!term) throw new PixelError('attributes', 'Photometric Interpretation is missing.');
  const photometricInterpretation = PHOTOMETRIC_INTERPRETATIONS.find((known) => known === term);
  if (!photometricInterpretation) {
    const known = REFUSED_TERMS.find((refused) => refused === term);
    const message = known
      ? `Photometric Interpretation ${known} is retired, or for video: it can't be shown.`
      : 'Photometric Interpretation is no term of the standard.';
    throw new PixelError('attributes', message);
  }
  const samplesPerPixel = dataset.number(Tag.SamplesPerPixel) ?? 1;
  const wanted = isMonochrome(photometricInterpretation) ? 1 : 3;
  if (samplesPerPixel !== wanted) {
    const message = `Samples per Pixel is ${samplesPerPixel}, ${photometricInterpretation} has ${wanted}.`;
    throw new PixelError('attributes', message);
  }
  const planarConfiguration = dataset.number(Tag.PlanarConfiguration) === 1 && wanted === 3 ? 1 : 0;
  return { samplesPerPixel: wanted, photometricInterpretation, planarConfiguration };
}

const PADDING_VALUE = {
  integer: Tag.PixelPaddingValue,
  float32: Tag.FloatPixelPaddingValue,
  float64: Tag.DoubleFloatPixelPaddingValue,
} as const;

const PADDING_LIMIT = {
  integer: Tag.PixelPaddingRangeLimit,
  float32: Tag.FloatPixelPaddingRangeLimit,
  float64: Tag.DoubleFloatPixelPaddingRangeLimit,
} as const;

/** Pixel Padding Value is of the pixels' own kind, whatever VR it came with (PS3.3 C.7.5.1.1.2). */
function paddingOf(dataset: Dataset, tag: number, bits: Bits): number | undefined {
  const value = dataset.number(tag);
  if (value === undefined || bits.bitsAllocated !== 16) return value;
  return bits.signed ? (value << 16) >> 16 : value & 0xffff;
}

/** Native data must be as long as its attributes say: else a picture would be made of the wrong bytes. */
function checkedLength(
  description: ImageDescription,
  element: Element,
  problems: string[],
): ImageDescription {
  const expectedBytes = (image: ImageDescription) =>
    Math.ceil((nativeFrameBits(image) * image.numberOfFrames) / 8);
  const surplusOf = (image: ImageDescription) => element.length - expectedBytes(image);
  let image = description;
  if (image.photometricInterpretation === 'YBR_FULL_422') {
    const full: ImageDescription = { ...image, photometricInterpretation: 'YBR_FULL' };
    // Some ultrasound scanners write all chrominance samples and still call it 4:2:2.
    if (surplusOf(full) === 0 || surplusOf(full) === 1) {
      problems.push('The pixel data is not subsampled, though Photometric Interpretation says so.');
      image = full;
    }
  }
  const surplus = surplusOf(image);
  if (surplus >= Math.max(2, Math.ceil(nativeFrameBits(image) / 8))) {
    const message = `The pixel data has ${element.length} bytes, its attributes describe ${expectedBytes(image)}.`;
    throw new PixelError('length', message);
  }
  if (surplus > 1) problems.push(`The pixel data is ${surplus} bytes longer than described.`);
  if (surplus < 0) problems.push(`The pixel data is ${-surplus} bytes shorter than described.`);
  return image;
}

export const hasPadding = ({ pixelPaddingValue }: ImageDescription): boolean =>
  pixelPaddingValue !== undefined;

/** Whether a stored value stands for "no pixel here" (PS3.3 section C.7.5.1.1.2). */
export function isPadding(image: ImageDescription, stored: number): boolean {
  const value = image.pixelPaddingValue;
  if (value === undefined) return false;
  const limit = image.pixelPaddingRangeLimit ?? value;
  return stored >= Math.min(value, limit) && stored <= Math.max(value, limit);
}
