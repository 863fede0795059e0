import type { Dataset, Element } from './dataset.ts';
import { groupOf, type TagNumber } from './tag.ts';
import * as Tag from './tags.generated.ts';
import type { Vr } from './vr.ts';

/** "US or SS" in PS3.6, a choice that Pixel Representation makes (PS3.5 section A.1). */
const US_OR_SS: ReadonlySet<TagNumber> = new Set([
  Tag.ZeroVelocityPixelValue,
  Tag.MappedPixelValue,
  // Perimeter Value, Smallest and Largest Valid Pixel Value, retired.
  0x00280071,
  0x00280104,
  0x00280105,
  Tag.SmallestImagePixelValue,
  Tag.LargestImagePixelValue,
  Tag.SmallestPixelValueInSeries,
  Tag.LargestPixelValueInSeries,
  // Smallest and Largest Image Pixel Value in Plane, retired.
  0x00280110,
  0x00280111,
  Tag.PixelPaddingValue,
  Tag.PixelPaddingRangeLimit,
  // Gray Lookup Table Descriptor, retired.
  0x00281100,
  Tag.RedPaletteColorLookupTableDescriptor,
  Tag.GreenPaletteColorLookupTableDescriptor,
  Tag.BluePaletteColorLookupTableDescriptor,
  // Large Palette Color Lookup Table Descriptors, retired.
  0x00281111,
  0x00281112,
  0x00281113,
  Tag.LUTDescriptor,
  Tag.RealWorldValueLastValueMapped,
  Tag.RealWorldValueFirstValueMapped,
  Tag.HistogramFirstBinValue,
  Tag.HistogramLastBinValue,
]);

/** Whether PS3.6 leaves the choice between US and SS to Pixel Representation. */
export const isUsOrSs = (tag: TagNumber): boolean => US_OR_SS.has(tag);

/** Retired "OB or OW" that the dictionary leaves to bytes: Variable Pixel Data of groups 7F01 to 7FDF. */
const isVariablePixelData = (tag: TagNumber): boolean =>
  (tag & 0xffff) === 0x0010 && groupOf(tag) >= 0x7f00 && groupOf(tag) < 0x7fe0;

/** The highest number that a signed word and an unsigned one have in common. */
const MAX_COMMON = 0x7fff;

/**
 * The VR to write for an element that was read without one (PS3.5 section A.1 and 6.2.2): the one it was read by, but where the
 * dictionary leaves a choice. Words whose sign nothing tells become UN, unless they are the same either way.
 *
 * @param isSigned whether pixels are, by the Pixel Representation that holds here; undefined when nothing says
 */
export function explicitVrOf(element: Element, dataset: Dataset, isSigned?: boolean): Vr {
  const { tag, vr, bytes } = element;
  if (isVariablePixelData(tag)) return 'OW';
  if (!US_OR_SS.has(tag)) return vr;
  if (isSigned !== undefined) return isSigned ? 'SS' : 'US';
  const isCommon = bytes !== undefined && dataset.numbers(tag).every((word) => word <= MAX_COMMON);
  return isCommon ? 'US' : 'UN';
}
