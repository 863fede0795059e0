import type { ByteSource } from '../dicom/byte-source.ts';
import type { Dataset } from '../dicom/dataset.ts';
import type { TagNumber } from '../dicom/tag.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { elementBytes, swapWords } from './element-bytes.ts';
import { PixelError } from './pixel-error.ts';

/** A look-up table of PS3.3 section C.11.1 or C.11.2, or one colour of a palette (C.7.6.3.1.5). */
export interface LookupTable {
  /** The input that the first entry stands for; lower inputs get the first entry, higher ones the last. */
  readonly firstMapped: number;
  /** Bits of an entry: outputs run from 0 to 2^bits − 1. */
  readonly bits: number;
  readonly entries: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
}

/** The output for an input value. */
export function lookUp(table: LookupTable, value: number): number {
  const last = table.entries.length - 1;
  const index = Math.min(last, Math.max(0, Math.round(value) - table.firstMapped));
  return table.entries[index] ?? 0;
}

/** Number of entries, first input and bits of a LUT Descriptor, whichever VR it came with. */
export interface LutDescriptor {
  readonly count: number;
  readonly firstMapped: number;
  readonly bits: number;
}

/** @param signed whether the inputs are: then so is the first input mapped (PS3.3 C.11.1.1.1) */
export function lutDescriptor(dataset: Dataset, tag: TagNumber, signed: boolean): LutDescriptor {
  const [count, first, bits] = dataset.numbers(tag);
  if (count === undefined || first === undefined || bits === undefined) {
    throw new PixelError('attributes', 'The descriptor of a look-up table is incomplete.');
  }
  return {
    // 0 stands for 65536, which 16 bits don't hold.
    count: count & 0xffff || 0x10000,
    firstMapped: signed ? (first << 16) >> 16 : first & 0xffff,
    bits: bits & 0xffff,
  };
}

/** The entries of a look-up table's data: bytes or words, as many as the descriptor says. */
export async function lutEntries(
  source: ByteSource,
  dataset: Dataset,
  tag: TagNumber,
  descriptor: LutDescriptor,
): Promise<LookupTable['entries']> {
  const element = dataset.get(tag);
  if (!element) throw new PixelError('attributes', 'A look-up table has no data.');
  const stored = await elementBytes(source, element);
  const bytes = dataset.littleEndian || element.vr === 'OB' ? stored : swapWords(stored);
  const { count } = descriptor;
  if (bytes.length >= count * 2) return new Uint16Array(new Uint8Array(bytes).buffer, 0, count);
  // Entries of 8 bits may be packed, two in a word.
  if (bytes.length >= count && descriptor.bits <= 8) return bytes.slice(0, count);
  throw new PixelError('length', 'A look-up table is shorter than its descriptor says.');
}

/** The look-up table in an item of Modality LUT Sequence or VOI LUT Sequence. */
export async function readLookupTable(
  source: ByteSource,
  item: Dataset,
  signed: boolean,
): Promise<LookupTable> {
  const descriptor = lutDescriptor(item, Tag.LUTDescriptor, signed);
  const entries = await lutEntries(source, item, Tag.LUTData, descriptor);
  return { firstMapped: descriptor.firstMapped, bits: entryBits(entries, descriptor), entries };
}

/** Bits of an entry, by the entries themselves where the descriptor says less than they need, or none. */
function entryBits(entries: LookupTable['entries'], { bits }: LutDescriptor): number {
  let highest = 1;
  for (const entry of entries) highest = Math.max(highest, entry);
  const needed = Math.ceil(Math.log2(highest + 1));
  return bits >= needed && bits <= 16 ? bits : Math.max(8, needed);
}
