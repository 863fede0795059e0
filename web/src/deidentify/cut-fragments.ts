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
import { CodestreamError, type Beside, type LengthField, type Picture } from './beside.ts';
import { picturesIn } from './codestream.ts';
import { FragmentStream } from './fragment-stream.ts';
import type { FrameSize } from './in-rle.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const ITEM_HEADER = 8;

/** Lengths of items have 32 bits; the highest stands for an undefined one. */
const MAX_FRAGMENT = 0xfffffffe;

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
 * The fragments of an element without what stands beside their samples. Those of a picture that something is cut out of
 * become one, so that its length is even. Memory grows with the number of fragments and comments, not with their length.
 * @throws CodestreamError where nobody can tell what stands there
 */
export async function cutFragments(
  { fragments: all = [] }: Element,
  source: ByteSource,
  transferSyntaxUid: string,
  size: FrameSize | undefined,
): Promise<CutPixels> {
  const fragments = all.slice(1);
  const stream = new FragmentStream(source, fragments);
  const out = new Fragments(fragments, stream);
  for await (const picture of picturesIn(transferSyntaxUid, stream, size)) {
    if (picture.beside.length === 0) out.keepUpTo(picture.to);
    else out.cut(picture);
  }
  // What no picture was looked for in stays.
  out.keepUpTo(stream.length);
  return out;
}

/** What becomes of a picture, in the order of its bytes. */
function editsOf({ end, to, beside }: Picture): readonly Edit[] {
  const edits: Edit[] = [...beside];
  // Padding is made anew.
  if (end < to && beside.at(-1)?.from !== end) edits.push({ from: end, to, value: NOTHING });
  for (const [field, less] of changedLengths(beside)) {
    const value = new Uint8Array(field.bytes);
    const view = new DataView(value.buffer);
    if (field.bytes === 2) view.setUint16(0, field.value - less);
    else if (field.bytes === 4) view.setUint32(0, field.value - less);
    else view.setBigUint64(0, BigInt(field.value - less));
    edits.push({ from: field.at, to: field.at + field.bytes, value });
  }
  return edits.sort((a, b) => a.from - b.from);
}

const NOTHING: Bytes = new Uint8Array();

/** By how much each length is less. */
function changedLengths(beside: readonly Beside[]): Iterable<readonly [LengthField, number]> {
  const less = new Map<number, [LengthField, number]>();
  for (const { from, to, value, lengths } of beside) {
    for (const field of lengths) {
      const known = less.get(field.at)?.[1] ?? 0;
      less.set(field.at, [field, known + to - from - value.length]);
    }
  }
  return less.values();
}

/** Fragments under way. */
class Fragments implements CutPixels {
  readonly pieces: Piece[] = [];
  readonly fragments: CutFragment[] = [];
  readonly #source: readonly Fragment[];
  readonly #stream: FragmentStream;
  readonly #origin: number;
  #next = 0;
  /** Where the next fragment begins in the stream. */
  #at = 0;
  #written = 0;
  isCut = false;

  constructor(source: readonly Fragment[], stream: FragmentStream) {
    this.#source = source;
    this.#stream = stream;
    this.#origin = (source[0]?.offset ?? ITEM_HEADER) - ITEM_HEADER;
  }

  /** Fragments that stay as they are. */
  keepUpTo(to: number): void {
    for (const fragment of this.#taken(to)) {
      const { offset, length } = fragment;
      this.#count(fragment, length, 0);
      this.#push({ from: offset - ITEM_HEADER, to: offset + length });
    }
  }

  /** A picture's fragments, as one. */
  cut(picture: Picture): void {
    const { from, to } = picture;
    const [first] = this.#taken(to);
    if (!first) return;
    this.isCut = true;
    const edits = editsOf(picture);
    const saved = edits.reduce((sum, edit) => sum + edit.to - edit.from - edit.value.length, 0);
    const unpadded = to - from - saved;
    const padding = unpadded % 2;
    if (unpadded + padding > MAX_FRAGMENT) {
      throw new CodestreamError('A frame is too long for one fragment.');
    }
    this.#count(first, unpadded, padding);
    this.#push(itemHeader(ITEM, unpadded + padding, true));
    let at = from;
    for (const edit of edits) {
      for (const range of this.#stream.ranges(at, edit.from)) this.#push(range);
      this.#push(edit.value);
      at = edit.to;
    }
    for (const range of this.#stream.ranges(at, to)) this.#push(range);
    this.#push(new Uint8Array(padding));
  }

  /** The next fragments, up to a place in the stream. */
  #taken(to: number): Fragment[] {
    const taken: Fragment[] = [];
    for (
      let fragment = this.#source[this.#next];
      fragment && this.#at + fragment.length <= to;
      fragment = this.#source[this.#next]
    ) {
      taken.push(fragment);
      this.#at += fragment.length;
      this.#next++;
    }
    return taken;
  }

  #count({ offset, length }: Fragment, unpadded: number, padding: number): void {
    const padded = unpadded + padding;
    this.fragments.push({
      before: { offset: offset - ITEM_HEADER - this.#origin, length },
      after: { offset: this.#written, length: padded },
      lengthUnpadded: unpadded,
    });
    this.#written += ITEM_HEADER + padded;
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
