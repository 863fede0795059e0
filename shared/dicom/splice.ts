import { isRange, pieceLength, type ByteSource, type Piece } from './byte-source.ts';
import type { Dataset, Element, Item } from './dataset.ts';
import { UNDEFINED_LENGTH } from './element-header.ts';
import { concatBytes, elementHeader, encodeElement, itemHeader } from './encode.ts';
import { ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, type TagNumber } from './tag.ts';
import type { Vr } from './vr.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What happens to an element: it stays byte for byte, goes, gets another value, or its items are looked into. */
export type Edit =
  | { readonly kind: 'keep' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'replace'; readonly value: Bytes }
  | { readonly kind: 'enter' };

/** An element that the data set doesn't have yet; a sequence comes as its encoded items. */
export interface NewElement {
  readonly tag: TagNumber;
  readonly vr: Vr;
  readonly value: Bytes;
}

/** Decides over an element; called in the order of the source, at every depth that is entered. */
export type Decide = (element: Element, dataset: Dataset, depth: number) => Edit;

/**
 * Writes a data set with changes: what is kept stays a range of the source, only what changes is encoded, in the
 * encoding of the source. Lengths of enclosing items and sequences are made right; whether they are defined or
 * delimited stays as it was.
 *
 * @param added elements for the top level; one whose tag the data set has takes its place.
 */
export function spliceDataset(
  dataset: Dataset,
  decide: Decide,
  added: readonly NewElement[] = [],
): Piece[] {
  return new Splicer(decide).dataset(dataset, added, 0);
}

class Splicer {
  readonly #decide: Decide;

  constructor(decide: Decide) {
    this.#decide = decide;
  }

  dataset(dataset: Dataset, added: readonly NewElement[], depth: number): Piece[] {
    const out = new PieceList();
    const waiting = [...added].sort((a, b) => a.tag - b.tag);
    const replaced = new Set(waiting.map((element) => element.tag));
    for (const element of dataset.elements) {
      while (waiting[0] && waiting[0].tag <= element.tag)
        out.add(encodeNew(waiting.shift(), dataset));
      if (replaced.has(element.tag)) continue;
      const edit = this.#decide(element, dataset, depth);
      if (edit.kind === 'keep') {
        out.add({ from: element.start, to: element.end });
      } else if (edit.kind === 'replace') {
        out.add(encodeElement(element.tag, element.vr, edit.value, dataset));
      } else if (edit.kind === 'enter') {
        for (const piece of this.#sequence(element, dataset, depth)) out.add(piece);
      }
    }
    for (const element of waiting) out.add(encodeNew(element, dataset));
    return out.pieces;
  }

  #sequence(element: Element, dataset: Dataset, depth: number): Piece[] {
    const out = new PieceList();
    for (const item of element.items ?? []) {
      for (const piece of this.#item(item, depth)) out.add(piece);
    }
    const length = element.undefinedLength ? UNDEFINED_LENGTH : out.length;
    const header = elementHeader(element.tag, element.vr, length, dataset);
    const end = element.undefinedLength ? [delimitation(SEQUENCE_DELIMITATION, dataset)] : [];
    return [header, ...out.pieces, ...end];
  }

  #item(item: Item, depth: number): Piece[] {
    const pieces = this.dataset(item.dataset, [], depth + 1);
    const length = pieces.reduce((sum, piece) => sum + pieceLength(piece), 0);
    const { littleEndian } = item.dataset;
    if (!item.undefinedLength) return [itemHeader(ITEM, length, littleEndian), ...pieces];
    return [
      itemHeader(ITEM, UNDEFINED_LENGTH, littleEndian),
      ...pieces,
      delimitation(ITEM_DELIMITATION, item.dataset),
    ];
  }
}

const delimitation = (tag: TagNumber, { littleEndian }: Dataset): Bytes =>
  itemHeader(tag, 0, littleEndian);

const encodeNew = (element: NewElement | undefined, dataset: Dataset): Bytes =>
  element ? encodeElement(element.tag, element.vr, element.value, dataset) : new Uint8Array();

/** Pieces in order; neighbouring ranges become one. */
class PieceList {
  readonly pieces: Piece[] = [];
  length = 0;

  add(piece: Piece): void {
    const length = pieceLength(piece);
    if (length === 0) return;
    this.length += length;
    const last = this.pieces[this.pieces.length - 1];
    if (last && isRange(last) && isRange(piece) && last.to === piece.from) {
      this.pieces[this.pieces.length - 1] = { from: last.from, to: piece.to };
    } else {
      this.pieces.push(piece);
    }
  }
}

/**
 * Reads the short ranges into memory and joins what is neighbouring, so that few pieces are left: new headers,
 * and the large values that stream from the source.
 *
 * @param maxRange ranges up to this many bytes are read.
 */
export async function materialise(
  pieces: readonly Piece[],
  source: ByteSource,
  maxRange: number,
): Promise<Piece[]> {
  const out: Piece[] = [];
  let pending: Bytes[] = [];
  const flush = () => {
    if (pending.length > 0)
      out.push(pending.length === 1 ? (pending[0] ?? new Uint8Array()) : concatBytes(pending));
    pending = [];
  };
  for (const piece of pieces) {
    if (!isRange(piece)) {
      pending.push(piece);
    } else if (pieceLength(piece) <= maxRange) {
      const bytes = await source.read(piece.from, pieceLength(piece));
      if (bytes.byteLength !== pieceLength(piece)) throw new Error('The source became shorter.');
      pending.push(bytes);
    } else {
      flush();
      out.push(piece);
    }
  }
  flush();
  return out;
}
