// Comments and metadata cut out of encapsulated pixel data (PS3.5 section A.4): the samples stay as they are, and every
// length and offset that counts what is gone is made right.
import {
  isRange,
  pieceLength,
  type ByteSource,
  type Piece,
} from '../../../shared/dicom/byte-source.ts';
import type { Element, Fragment } from '../../../shared/dicom/dataset.ts';
import { itemHeader } from '../../../shared/dicom/encode.ts';
import { ITEM } from '../../../shared/dicom/tag.ts';
import { picturesIn, type Beside, type LengthField, type Picture } from './codestream.ts';
import { FragmentStream } from './fragment-stream.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const ITEM_HEADER = 8;

/** Bytes of the stream that become others. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly value: Bytes;
}

/** A fragment as it was and as it is now, offsets counted from the first item behind the table. */
export interface CutFragment {
  readonly before: { readonly offset: number; readonly length: number };
  readonly after: { readonly offset: number; readonly length: number };
  /** The same without the byte that makes its length even. */
  readonly lengthUnpadded: number;
}

export interface CutPixels {
  /** Fragments with their items, in order: new bytes, and ranges of the source. */
  readonly pieces: readonly Piece[];
  readonly fragments: readonly CutFragment[];
  /** Whether anything is other than before. */
  readonly isCut: boolean;
}

/**
 * The fragments of an element without what stands beside their samples. Memory grows with the number of fragments and
 * comments, not with their length.
 * @throws CodestreamError where nobody can tell what stands there
 */
export async function cutFragments(
  { fragments: all = [] }: Element,
  source: ByteSource,
  transferSyntaxUid: string,
): Promise<CutPixels> {
  const fragments = all.slice(1);
  const stream = new FragmentStream(source, fragments);
  const out = new Fragments(fragments);
  for await (const picture of picturesIn(transferSyntaxUid, stream)) {
    const ends = out.endsOf(picture);
    out.add(ends, editsOf(picture, ends) ?? zeros(picture.beside));
  }
  out.finish();
  return out;
}

/** What of the edits lies between two places. */
const within = (edits: readonly Edit[], from: number, to: number): Edit[] =>
  edits.flatMap((edit) => {
    const [first, last] = [Math.max(edit.from, from), Math.min(edit.to, to)];
    if (first >= last) return [];
    if (edit.value.length === edit.to - edit.from) {
      const value = edit.value.slice(first - edit.from, last - edit.from);
      return [{ from: first, to: last, value }];
    }
    // What takes the place of a part stands where that begins.
    return [{ from: first, to: last, value: first === edit.from ? edit.value : NOTHING }];
  });

const NOTHING: Bytes = new Uint8Array();

/** How many bytes fewer. */
const saved = (edits: readonly Edit[]): number =>
  edits.reduce((sum, { from, to, value }) => sum + to - from - value.length, 0);

/**
 * What is cut out of a picture; undefined where it can't be, so that it becomes zero in its place.
 * @param ends where the picture's fragments end
 */
function editsOf(
  { from, end: codeEnd, to, beside, emptyComment }: Picture,
  ends: readonly number[],
): readonly Edit[] | undefined {
  if (beside.length === 0) return [];
  if (beside.some(({ mustStay }) => mustStay)) return undefined;
  const edits: Edit[] = beside.map((one) => ({ from: one.from, to: one.to, value: NOTHING }));
  // Padding is made anew.
  const isPadded = codeEnd < to && beside.at(-1)?.from !== codeEnd;
  if (isPadded) edits.push({ from: codeEnd, to, value: NOTHING });
  for (const [field, less] of changedLengths(beside)) {
    const value = new Uint8Array(field.bytes);
    const view = new DataView(value.buffer);
    if (field.bytes === 4) view.setUint32(0, field.value - less);
    else view.setBigUint64(0, BigInt(field.value - less));
    edits.push({ from: field.at, to: field.at + field.bytes, value });
  }
  edits.sort((a, b) => a.from - b.from);
  // Each fragment has an even length; only behind the end of a codestream there is room for a byte more.
  const even: Edit[] = [];
  let start = from;
  for (const [i, end] of ends.entries()) {
    const inside = within(edits, start, end);
    const left = end - start - saved(inside);
    const isLast = i === ends.length - 1;
    const isOdd = !isLast && left % 2 === 1;
    if (isOdd || left === 0) {
      const filling = isOdd ? emptyComment : longerByOne(emptyComment);
      const index = inside.findIndex((edit) => hasRoom(edit, filling.length));
      const edit = inside[index];
      // What is counted elsewhere would be counted wrong.
      if (!edit || filling.length <= 1 || beside.some(({ lengths }) => lengths.length > 0))
        return undefined;
      inside[index] = { ...edit, value: Uint8Array.from(filling) };
    }
    even.push(...inside);
    start = end;
  }
  return even;
}

const hasRoom = ({ from, to, value }: Edit, length: number): boolean =>
  value.length === 0 && to - from >= length;

/** The length of a segment is its third and fourth byte. */
const longerByOne = (comment: readonly number[]): readonly number[] =>
  comment.map((byte, i) => (i === 3 ? byte + 1 : byte)).concat(0);

/** By how much each length is less. */
function changedLengths(beside: readonly Beside[]): Iterable<readonly [LengthField, number]> {
  const less = new Map<number, [LengthField, number]>();
  for (const { from, to, lengths } of beside) {
    for (const field of lengths) {
      const known = less.get(field.at);
      less.set(field.at, [field, (known?.[1] ?? 0) + to - from]);
    }
  }
  return less.values();
}

const zeros = (beside: readonly Beside[]): Edit[] =>
  beside.map(({ content, to }) => ({ from: content, to, value: new Uint8Array(to - content) }));

/** Fragments under way, written anew where they have edits. */
class Fragments implements CutPixels {
  readonly pieces: Piece[] = [];
  readonly fragments: CutFragment[] = [];
  readonly #source: readonly Fragment[];
  /** Where each fragment ends in the stream. */
  readonly #ends: readonly number[];
  readonly #origin: number;
  #next = 0;
  #written = 0;
  isCut = false;

  constructor(source: readonly Fragment[]) {
    this.#source = source;
    let at = 0;
    this.#ends = source.map(({ length }) => (at += length));
    this.#origin = (source[0]?.offset ?? ITEM_HEADER) - ITEM_HEADER;
  }

  endsOf({ to }: Picture): number[] {
    const ends: number[] = [];
    for (let i = this.#next; i < this.#ends.length && (this.#ends[i] ?? 0) <= to; i++) {
      ends.push(this.#ends[i] ?? 0);
    }
    return ends;
  }

  add(ends: readonly number[], edits: readonly Edit[]): void {
    for (const end of ends) {
      const fragment = this.#source[this.#next++];
      if (!fragment) return;
      const start = end - fragment.length;
      this.#write(fragment, start, within(edits, start, end));
    }
  }

  /** What no picture was found in stays. */
  finish(): void {
    while (this.#next < this.#source.length) this.add([this.#ends[this.#next] ?? 0], []);
  }

  #write({ offset, length }: Fragment, start: number, edits: readonly Edit[]): void {
    const unpadded = length - saved(edits);
    const padded = unpadded + (edits.length > 0 ? unpadded % 2 : 0);
    this.fragments.push({
      before: { offset: offset - ITEM_HEADER - this.#origin, length },
      after: { offset: this.#written, length: padded },
      lengthUnpadded: unpadded,
    });
    this.#written += ITEM_HEADER + padded;
    if (edits.length === 0) {
      this.#push({ from: offset - ITEM_HEADER, to: offset + length });
      return;
    }
    this.isCut = true;
    this.#push(itemHeader(ITEM, padded, true));
    let at = start;
    for (const edit of edits) {
      this.#push({ from: offset + at - start, to: offset + edit.from - start });
      this.#push(edit.value);
      at = edit.to;
    }
    this.#push({ from: offset + at - start, to: offset + length });
    this.#push(new Uint8Array(padded - unpadded));
  }

  #push(piece: Piece): void {
    if (pieceLength(piece) === 0) return;
    const last = this.pieces.at(-1);
    if (last && isRange(last) && isRange(piece) && last.to === piece.from) {
      this.pieces[this.pieces.length - 1] = { from: last.from, to: piece.to };
    } else {
      this.pieces.push(piece);
    }
  }
}
