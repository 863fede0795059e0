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
  | {
      readonly kind: 'enter';
      /** The sequence is delimited from now on, however it was written. */
      readonly isOpen?: boolean;
    };

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
  return new Splicer(decide).run(dataset, added);
}

interface Order {
  readonly littleEndian: boolean;
}

/** A header whose length is known once its content has been written. */
interface Container extends Order {
  readonly header: Bytes;
  readonly contentStart: number;
  readonly undefinedLength: boolean;
}

/** A data set under way. */
interface Frame {
  readonly dataset: Dataset;
  /** Of the item that this data set is; the root has none. */
  readonly item: Container | undefined;
  readonly waiting: NewElement[];
  readonly replaced: ReadonlySet<TagNumber>;
  next: number;
  /** Of a sequence that is entered. */
  sequence:
    | (Container & { readonly items: readonly Item[]; readonly content: Order; next: number })
    | undefined;
}

/** Goes through a data set without recursion: sequences may nest deeper than the stack. */
class Splicer {
  readonly #decide: Decide;
  readonly #out = new PieceList();
  readonly #stack: Frame[] = [];

  constructor(decide: Decide) {
    this.#decide = decide;
  }

  run(dataset: Dataset, added: readonly NewElement[]): Piece[] {
    this.#enter(dataset, undefined, added);
    for (let frame = this.#stack.at(-1); frame; frame = this.#stack.at(-1)) {
      if (frame.sequence) this.#nextItem(frame, frame.sequence);
      else this.#nextElement(frame);
    }
    return this.#out.pieces;
  }

  #enter(dataset: Dataset, item: Container | undefined, added: readonly NewElement[]): void {
    const waiting = [...added].sort((a, b) => a.tag - b.tag);
    const replaced = new Set(waiting.map(({ tag }) => tag));
    this.#stack.push({ dataset, item, waiting, replaced, next: 0, sequence: undefined });
  }

  #nextItem(frame: Frame, sequence: NonNullable<Frame['sequence']>): void {
    const item = sequence.items[sequence.next++];
    if (!item) {
      this.#close(sequence, SEQUENCE_DELIMITATION, sequence.content);
      frame.sequence = undefined;
      return;
    }
    const header = itemHeader(ITEM, UNDEFINED_LENGTH, item.dataset.littleEndian);
    this.#enter(item.dataset, this.#open(header, item.undefinedLength, item.dataset), []);
  }

  #nextElement(frame: Frame): void {
    const { dataset, waiting } = frame;
    const element = dataset.elements[frame.next++];
    while (waiting[0] && (!element || waiting[0].tag <= element.tag)) {
      this.#out.add(encodeNew(waiting.shift(), dataset));
    }
    if (!element) {
      if (frame.item) this.#close(frame.item, ITEM_DELIMITATION, dataset);
      this.#stack.pop();
    } else if (!frame.replaced.has(element.tag)) {
      this.#element(element, frame);
    }
  }

  #element(element: Element, frame: Frame): void {
    const { dataset } = frame;
    const edit = this.#decide(element, dataset, this.#stack.length - 1);
    if (edit.kind === 'keep') {
      this.#out.add({ from: element.start, to: element.end });
    } else if (edit.kind === 'replace') {
      this.#out.add(encodeElement(element.tag, element.vr, edit.value, dataset));
    } else if (edit.kind === 'enter') {
      const header = elementHeader(element.tag, element.vr, UNDEFINED_LENGTH, dataset);
      const isOpen = element.undefinedLength || edit.isOpen === true;
      const container = this.#open(header, isOpen, dataset);
      // A sequence in UN is little endian within, its end included, whatever surrounds it (PS3.5 section 6.2.2).
      const content = element.vr === 'UN' ? { littleEndian: true } : dataset;
      frame.sequence = { ...container, items: element.items ?? [], content, next: 0 };
    }
  }

  #open(header: Bytes, undefinedLength: boolean, { littleEndian }: Order): Container {
    this.#out.add(header);
    return { header, contentStart: this.#out.length, undefinedLength, littleEndian };
  }

  /** The length, of 4 bytes, ends the header of sequences and items in each encoding. */
  #close(container: Container, tag: TagNumber, content: Order): void {
    const { header, contentStart, undefinedLength, littleEndian } = container;
    const length = this.#out.length - contentStart;
    if (undefinedLength || length >= UNDEFINED_LENGTH) {
      this.#out.add(itemHeader(tag, 0, content.littleEndian));
      return;
    }
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    view.setUint32(header.byteLength - 4, length, littleEndian);
  }
}

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
