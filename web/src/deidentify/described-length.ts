import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';

/** Tables and what describes them (PS3.3 C.11.1 and C.7.6.3.1.5). */
const DESCRIPTORS: ReadonlyMap<TagNumber, TagNumber> = new Map([
  [Tag.LUTData, Tag.LUTDescriptor],
  [Tag.RedPaletteColorLookupTableData, Tag.RedPaletteColorLookupTableDescriptor],
  [Tag.GreenPaletteColorLookupTableData, Tag.GreenPaletteColorLookupTableDescriptor],
  [Tag.BluePaletteColorLookupTableData, Tag.BluePaletteColorLookupTableDescriptor],
]);

/** An entry has one byte or two; those of one may stand in words. */
const MAX_ENTRY_BYTES = 2;

/** Written for 2^16 entries, which 16 bits can't hold. */
const MOST_ENTRIES = 65_536;

/**
 * How many bytes of a value its neighbours account for: entries of a lookup table, samples of a waveform
 * (PS3.3 C.10.9.1). What stands behind them no reader looks at.
 *
 * @returns 0 where they describe nothing; undefined for all other attributes
 */
export function describedLength(tag: TagNumber, dataset: Dataset): number | undefined {
  if (tag === Tag.WaveformData) {
    const [channels = 0] = dataset.numbers(Tag.NumberOfWaveformChannels);
    const [samples = 0] = dataset.numbers(Tag.NumberOfWaveformSamples);
    const [bits = 0] = dataset.numbers(Tag.WaveformBitsAllocated);
    return even(Math.ceil((channels * samples * bits) / 8));
  }
  const descriptor = DESCRIPTORS.get(tag);
  if (descriptor === undefined) return undefined;
  const [entries] = dataset.numbers(descriptor);
  if (entries === undefined) return 0;
  return (entries & 0xffff || MOST_ENTRIES) * MAX_ENTRY_BYTES;
}

/** Values have an even length (PS3.5 section 7.1). */
const even = (length: number): number => length + (length % 2);
