import { concatBytes } from '../encode.ts';
import type { Encoding } from '../element-header.ts';
import { elementHeader, itemHeader } from '../encode.ts';
import { ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, type TagNumber } from '../tag.ts';
import { ExplicitVrLittleEndian } from '../uids.ts';
import type { Vr } from '../vr.ts';

/** Elements as an odd writer would make them: nothing is sorted, padded or made right. */
export const ascii = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const bytesOf = (value: string | Uint8Array) => (typeof value === 'string' ? ascii(value) : value);

export function raw(
  tag: TagNumber,
  vr: Vr,
  value: string | Uint8Array,
  encoding: Encoding = ExplicitVrLittleEndian,
): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(value);
  return concatBytes([elementHeader(tag, vr, bytes.byteLength, encoding), bytes]);
}

export interface SequenceForm {
  readonly vr?: 'SQ' | 'UN';
  /** Delimited instead of counted. */
  readonly open?: boolean;
  readonly encoding?: Encoding;
}

/** A sequence of one or more items, each given as its encoded elements. */
export function rawSequence(
  tag: TagNumber,
  items: readonly Uint8Array[],
  { vr = 'SQ', open = false, encoding = ExplicitVrLittleEndian }: SequenceForm = {},
): Uint8Array<ArrayBuffer> {
  const littleEndian = vr === 'UN' || encoding.littleEndian;
  const content = items.flatMap((item) =>
    open
      ? [
          itemHeader(ITEM, 0xffffffff, littleEndian),
          item,
          itemHeader(ITEM_DELIMITATION, 0, littleEndian),
        ]
      : [itemHeader(ITEM, item.byteLength, littleEndian), item],
  );
  const length = content.reduce((sum, part) => sum + part.byteLength, 0);
  return concatBytes([
    elementHeader(tag, vr, open ? 0xffffffff : length, encoding),
    ...content,
    ...(open ? [itemHeader(SEQUENCE_DELIMITATION, 0, littleEndian)] : []),
  ]);
}
