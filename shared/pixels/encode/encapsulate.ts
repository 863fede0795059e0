import { concatBytes, elementHeader, encodeValue, itemHeader } from '../../dicom/encode.ts';
import { UNDEFINED_LENGTH } from '../../dicom/element-header.ts';
import type { NewElement } from '../../dicom/splice.ts';
import { ITEM, SEQUENCE_DELIMITATION } from '../../dicom/tag.ts';
import * as Tag from '../../dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../dicom/uids.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const ITEM_HEADER = 8;
const MAX_OFFSET = 0xffffffff;

/** Pixel Data with a fragment for each frame (PS3.5 section A.4), all but the fragments. */
export interface Encapsulation {
  /** The Extended Offset Table, where the offsets outgrow the 32 bits of a basic one (PS3.3 C.7.6.3.1.8). */
  readonly extended: readonly NewElement[];
  /** The header of Pixel Data, and its Basic Offset Table. */
  readonly start: Bytes;
  readonly end: Bytes;
  /** Of the whole element, in bytes. */
  readonly length: number;
}

const even = (length: number): number => length + (length % 2);

/** @param lengths of the streams, in bytes */
export function encapsulation(lengths: readonly number[]): Encapsulation {
  const offsets: number[] = [];
  let at = 0;
  for (const length of lengths) {
    offsets.push(at);
    at += ITEM_HEADER + even(length);
  }
  const isExtended = (offsets.at(-1) ?? 0) > MAX_OFFSET;
  const table = isExtended ? new Uint8Array() : encodeValue('UL', offsets, true);
  const start = concatBytes([
    elementHeader(Tag.PixelData, 'OB', UNDEFINED_LENGTH, ExplicitVrLittleEndian),
    itemHeader(ITEM, table.length, true),
    table,
  ]);
  const end = itemHeader(SEQUENCE_DELIMITATION, 0, true);
  const ov = (tag: number, values: readonly number[]): NewElement => ({
    tag,
    vr: 'OV',
    value: encodeValue('OV', values, true),
  });
  const extended = isExtended
    ? [ov(Tag.ExtendedOffsetTable, offsets), ov(Tag.ExtendedOffsetTableLengths, lengths.map(even))]
    : [];
  return { extended, start, end, length: start.length + at + end.length };
}

/** A stream as a fragment: an item of even length. */
export const fragment = (stream: Bytes): Bytes =>
  concatBytes([
    itemHeader(ITEM, even(stream.length), true),
    stream,
    new Uint8Array(stream.length % 2),
  ]);
