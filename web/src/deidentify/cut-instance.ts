import {
  isRange,
  pieceLength,
  type ByteSource,
  type Piece,
} from '../../../shared/dicom/byte-source.ts';
import { Dataset, type Element } from '../../../shared/dicom/dataset.ts';
import { concatBytes, itemHeader } from '../../../shared/dicom/encode.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import { ITEM } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { CutPixels } from './cut-fragments.ts';
import { basicOffsets, extendedOffsets } from './offset-tables.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const ITEM_HEADER = 8;

/** An instance after something was cut out of its pixel data, as if it were read from a file: its frames can be decoded. */
export interface CutInstance {
  readonly instance: ParsedInstance;
  /** What a range of the instance is made of. */
  readonly pieces: (from: number, to: number) => Piece[];
}

/** @param element the encapsulated pixel data that was cut */
export async function cutInstance(
  instance: ParsedInstance,
  element: Element,
  cut: CutPixels,
): Promise<CutInstance> {
  const { source, dataset } = instance;
  const [table] = element.fragments ?? [];
  const basic = table ? await basicOffsets(table, cut.fragments, source) : new Uint8Array();
  const longer = new LongerSource(source, [
    itemHeader(ITEM, basic.length, true),
    basic,
    ...cut.pieces,
  ]);
  const first = source.size + ITEM_HEADER;
  const fragments = [
    { offset: first, length: basic.length },
    ...cut.fragments.map(({ after }) => ({
      offset: first + basic.length + after.offset + ITEM_HEADER,
      length: after.length,
    })),
  ];
  const [offsets, lengths] = [
    dataset.get(Tag.ExtendedOffsetTable),
    dataset.get(Tag.ExtendedOffsetTableLengths),
  ];
  const tables = await extendedOffsets(offsets, lengths, cut.fragments, source);
  const elements = dataset.elements.flatMap((one): Element[] => {
    if (one === element) return [{ ...one, fragments }];
    if (one !== offsets && one !== lengths) return [one];
    const bytes = one === offsets ? tables?.offsets : tables?.lengths;
    return bytes ? [{ ...one, bytes }] : [];
  });
  return {
    instance: { ...instance, source: longer, dataset: new Dataset(elements, dataset) },
    pieces: (from, to) => longer.piecesOf(from, to),
  };
}

/** A source with pieces behind its end, made of bytes and ranges of itself. */
class LongerSource implements ByteSource {
  readonly size: number;
  readonly #source: ByteSource;
  readonly #pieces: readonly Piece[];
  /** Where each piece begins, and the end. */
  readonly #starts: readonly number[];

  constructor(source: ByteSource, pieces: readonly Piece[]) {
    this.#source = source;
    this.#pieces = pieces;
    let at = source.size;
    this.#starts = [at, ...pieces.map((piece) => (at += pieceLength(piece)))];
    this.size = at;
  }

  async read(offset: number, length: number): Promise<Bytes> {
    if (offset + length <= this.#source.size) return this.#source.read(offset, length);
    const parts: Bytes[] = [];
    for (const piece of this.piecesOf(offset, Math.min(offset + length, this.size))) {
      parts.push(isRange(piece) ? await this.#source.read(piece.from, pieceLength(piece)) : piece);
    }
    const [only] = parts;
    return only && parts.length === 1 ? only : concatBytes(parts);
  }

  piecesOf(from: number, to: number): Piece[] {
    const { size } = this.#source;
    const found: Piece[] = from < size ? [{ from, to: Math.min(to, size) }] : [];
    for (let i = this.#indexAt(from); i < this.#pieces.length; i++) {
      const [piece, start] = [this.#pieces[i], this.#starts[i] ?? 0];
      if (!piece || start >= to) break;
      const [first, last] = [
        Math.max(from, start) - start,
        Math.min(to - start, pieceLength(piece)),
      ];
      if (first >= last) continue;
      found.push(
        isRange(piece)
          ? { from: piece.from + first, to: piece.from + last }
          : piece.subarray(first, last),
      );
    }
    return found;
  }

  /** The piece that a place lies in; the first for one before them. */
  #indexAt(at: number): number {
    let [low, high] = [0, this.#pieces.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
