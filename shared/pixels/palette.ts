import type { ByteSource } from '../dicom/byte-source.ts';
import type { Dataset } from '../dicom/dataset.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { lutDescriptor, lutEntries, type LutDescriptor } from './lookup-table.ts';
import { expandSegments } from './palette-segments.ts';
import { PixelError } from './pixel-error.ts';

/** The colours of PALETTE COLOR, of 8 bits each (PS3.3 section C.7.6.3.1.5). */
export interface Palette {
  readonly firstMapped: number;
  readonly red: Uint8Array;
  readonly green: Uint8Array;
  readonly blue: Uint8Array;
}

const COLOURS = [
  {
    descriptor: Tag.RedPaletteColorLookupTableDescriptor,
    data: Tag.RedPaletteColorLookupTableData,
    segmented: Tag.SegmentedRedPaletteColorLookupTableData,
  },
  {
    descriptor: Tag.GreenPaletteColorLookupTableDescriptor,
    data: Tag.GreenPaletteColorLookupTableData,
    segmented: Tag.SegmentedGreenPaletteColorLookupTableData,
  },
  {
    descriptor: Tag.BluePaletteColorLookupTableDescriptor,
    data: Tag.BluePaletteColorLookupTableData,
    segmented: Tag.SegmentedBluePaletteColorLookupTableData,
  },
] as const;

/** Reads the palette of an image with Photometric Interpretation PALETTE COLOR. */
export async function readPalette(
  source: ByteSource,
  dataset: Dataset,
  signed: boolean,
): Promise<Palette> {
  const tables = await Promise.all(
    COLOURS.map(async ({ descriptor: tag, data, segmented }) => {
      const descriptor = lutDescriptor(dataset, tag, signed);
      const entries = dataset.has(data)
        ? await lutEntries(source, dataset, data, descriptor)
        : await expandSegments(source, dataset, segmented, descriptor);
      return { firstMapped: descriptor.firstMapped, colours: eightBits(entries, descriptor) };
    }),
  );
  const [red, green, blue] = tables;
  if (!red || !green || !blue) throw new PixelError('attributes', 'The palette is incomplete.');
  return {
    firstMapped: red.firstMapped,
    red: red.colours,
    green: green.colours,
    blue: blue.colours,
  };
}

/** Entries of 16 bits are scaled over the whole range of 16 bits, so that the high byte is the colour. */
function eightBits(entries: Uint8Array | Uint16Array, descriptor: LutDescriptor): Uint8Array {
  // Some writers say 16 bits and store values of 8.
  const isNarrow = descriptor.bits <= 8 || entries.every((entry) => entry < 256);
  return Uint8Array.from(entries, (entry) => (isNarrow ? entry : entry >> 8));
}
