// From one uncompressed encoding to another: PS3.5 sections 6.2.2, 7 and A.1 to A.5, edition 2026d.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part05.html#chapter_A
import { swapBytes } from './byte-order.ts';
import type { ByteSource, SourceRange } from './byte-source.ts';
import type { Dataset, Element, Item } from './dataset.ts';
import { deflateDataset } from './deflate.ts';
import { describeTag } from './dictionary.ts';
import { UNDEFINED_LENGTH, type Encoding } from './element-header.ts';
import { concatBytes, elementHeader, itemHeader } from './encode.ts';
import { explicitVrOf } from './explicit-vr.ts';
import type { ParsedInstance } from './read-instance.ts';
import { isGroupLength, ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION } from './tag.ts';
import * as Tag from './tags.generated.ts';
import {
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  type TransferSyntax,
} from './uids.ts';
import { hasLongLength, isText, swapWidth, type Vr } from './vr.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What every instance that isn't encapsulated can be sent in, what loses least first. */
export const UNCOMPRESSED_SYNTAXES = [
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  ExplicitVrBigEndian,
];

/** A range of the source whose numbers are turned on the way; it holds whole numbers of `swap` bytes, but for its end. */
interface SwappedRange extends SourceRange {
  readonly swap: 1 | 2 | 4 | 8;
}

export type TranscodedPiece = Bytes | SwappedRange;

/** A data set in another encoding, as pieces of which large values stay in the source until they are read. */
export interface Transcoded {
  readonly pieces: readonly TranscodedPiece[];
  /** Bytes of all pieces; always even. */
  readonly length: number;
}

export class TranscodeError extends Error {
  override readonly name = 'TranscodeError';
  readonly code: 'encapsulated' | 'damaged';

  constructor(code: TranscodeError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Longest value of a VR whose length has 2 bytes. */
const MAX_SHORT_LENGTH = 0xfffe;

/** Retired: the length from here to the end of a message, which another encoding makes wrong. */
const LENGTH_TO_END = 0x00080001;

/** What a data set has to be for a change of syntax. */
interface Source {
  readonly dataset: Dataset;
  readonly isComplete: boolean;
}

/**
 * Writes a data set in another of the encodings without compression. Sequences keep the form of their lengths; group lengths,
 * retired and right for one encoding alone, are left out; odd values are padded. UN stays as it is, content and all (PS3.5
 * section 6.2.2). From Implicit VR, what the dictionary doesn't know becomes UN.
 *
 * @param isSigned Pixel Representation where an earlier part of the data set has it
 * @throws TranscodeError for encapsulated pixel data, and for a data set that is cut off or can't be taken apart
 */
export function transcodeDataset(source: Source, target: Encoding, isSigned?: boolean): Transcoded {
  if (!source.isComplete) {
    throw new TranscodeError('damaged', 'A data set that is damaged is not written anew.');
  }
  return new Transcoder(target).run(source.dataset, isSigned);
}

/** Whether pixels are signed, as far as a data set says so itself. */
export const pixelSign = (dataset: Dataset): boolean | undefined => {
  const representation = dataset.number(Tag.PixelRepresentation);
  return representation === undefined ? undefined : representation === 1;
};

/** A header whose length is known once its content has been written. */
interface Container {
  readonly header: Bytes;
  readonly contentStart: number;
  readonly undefinedLength: boolean;
}

interface Frame {
  readonly dataset: Dataset;
  readonly isSigned: boolean | undefined;
  /** Of the item that this data set is; the root has none. */
  readonly item: Container | undefined;
  next: number;
  /** Of a sequence whose items are under way. */
  sequence:
    { readonly container: Container; readonly items: readonly Item[]; next: number } | undefined;
}

/** Goes through a data set without recursion: sequences may nest deeper than the stack. */
class Transcoder {
  readonly #target: Encoding;
  readonly #pieces: TranscodedPiece[] = [];
  readonly #stack: Frame[] = [];
  #length = 0;

  constructor(target: Encoding) {
    this.#target = target;
  }

  run(dataset: Dataset, isSigned: boolean | undefined): Transcoded {
    this.#enter(dataset, isSigned, undefined);
    for (let frame = this.#stack.at(-1); frame; frame = this.#stack.at(-1)) {
      if (frame.sequence) this.#nextItem(frame, frame.sequence);
      else this.#nextElement(frame);
    }
    return { pieces: this.#pieces, length: this.#length };
  }

  #enter(dataset: Dataset, isSigned: boolean | undefined, item: Container | undefined): void {
    const own = pixelSign(dataset) ?? isSigned;
    this.#stack.push({ dataset, isSigned: own, item, next: 0, sequence: undefined });
  }

  #nextItem(frame: Frame, sequence: NonNullable<Frame['sequence']>): void {
    const item = sequence.items[sequence.next++];
    if (!item) {
      this.#close(sequence.container, SEQUENCE_DELIMITATION);
      frame.sequence = undefined;
      return;
    }
    const header = itemHeader(ITEM, UNDEFINED_LENGTH, this.#target.littleEndian);
    this.#enter(item.dataset, frame.isSigned, this.#open(header, item.undefinedLength));
  }

  #nextElement(frame: Frame): void {
    const element = frame.dataset.elements[frame.next++];
    if (!element) {
      if (frame.item) this.#close(frame.item, ITEM_DELIMITATION);
      this.#stack.pop();
      return;
    }
    const { tag, vr, items } = element;
    if (isGroupLength(tag) || tag === LENGTH_TO_END) return;
    if (element.fragments) {
      throw new TranscodeError('encapsulated', `${describeTag(tag)} is encapsulated.`);
    }
    if (items && vr === 'UN') {
      this.#content(element);
    } else if (items) {
      const header = elementHeader(tag, 'SQ', UNDEFINED_LENGTH, this.#target);
      const container = this.#open(header, element.undefinedLength);
      frame.sequence = { container, items, next: 0 };
    } else {
      this.#value(element, frame);
    }
  }

  #open(header: Bytes, undefinedLength: boolean): Container {
    this.#add(header);
    return { header, contentStart: this.#length, undefinedLength };
  }

  /** The length, of 4 bytes, ends the header of sequences and items in each encoding. */
  #close({ header, contentStart, undefinedLength }: Container, delimitation: number): void {
    const length = this.#length - contentStart;
    const { littleEndian } = this.#target;
    if (undefinedLength || length >= UNDEFINED_LENGTH) {
      this.#add(itemHeader(delimitation, 0, littleEndian));
      return;
    }
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    view.setUint32(header.byteLength - 4, length, littleEndian);
  }

  /** The items of UN are implicit and little endian wherever they stand (PS3.5 section 6.2.2): they stay as they are. */
  #content({ tag, valueStart, end, undefinedLength }: Element): void {
    const length = undefinedLength ? UNDEFINED_LENGTH : end - valueStart;
    this.#add(elementHeader(tag, 'UN', length, this.#target));
    this.#addRange({ from: valueStart, to: end, swap: 1 });
  }

  #value(element: Element, { dataset, isSigned }: Frame): void {
    const { tag, length, bytes, valueStart } = element;
    const read = dataset.explicitVr ? element.vr : explicitVrOf(element, dataset, isSigned);
    const padding = length % 2;
    const isTooLong = !hasLongLength(read) && length + padding > MAX_SHORT_LENGTH;
    const vr: Vr = this.#target.explicitVr && isTooLong ? 'UN' : read;
    // The bytes of UN are never turned: they are those of Implicit VR Little Endian.
    const littleEndian = vr === 'UN' || this.#target.littleEndian;
    const swap = dataset.littleEndian === littleEndian ? 1 : swapWidth(read);
    this.#add(elementHeader(tag, vr, length + padding, this.#target));
    if (bytes) this.#add(swap === 1 ? bytes : swapBytes(bytes.slice(), swap));
    else this.#addRange({ from: valueStart, to: valueStart + length, swap });
    if (padding > 0) this.#add(Uint8Array.of(isText(vr) && vr !== 'UI' ? 0x20 : 0));
  }

  #add(bytes: Bytes): void {
    if (bytes.byteLength > 0) this.#pieces.push(bytes);
    this.#length += bytes.byteLength;
  }

  #addRange(range: SwappedRange): void {
    if (range.to > range.from) this.#pieces.push(range);
    this.#length += range.to - range.from;
  }
}

/** Bytes that are read, turned and given on at once: numbers of 8 bytes don't cross its end. */
const WINDOW = 1024 * 1024;
/** Small pieces are joined to chunks of at least this many bytes. */
const MIN_CHUNK = 64 * 1024;

/**
 * The bytes of pieces, in chunks; large values pass in windows. They are read in ascending order, each once.
 * @param onRead called with the offset up to which nothing will be read any more
 * @throws Error when the source became shorter, and what `read` throws
 */
export async function* transcodedBytes(
  { pieces }: Pick<Transcoded, 'pieces'>,
  source: ByteSource,
  onRead: (offset: number) => void = () => undefined,
): AsyncGenerator<Bytes, void, undefined> {
  let pending: Bytes[] = [];
  let length = 0;
  for (const piece of pieces) {
    for (let at = 0, end = lengthOf(piece); at < end; at += WINDOW) {
      const bytes =
        piece instanceof Uint8Array
          ? piece.subarray(at, at + WINDOW)
          : await readSwapped(piece, piece.from + at, source);
      if (!(piece instanceof Uint8Array)) onRead(piece.from + at + bytes.byteLength);
      pending.push(bytes);
      length += bytes.byteLength;
      if (length < MIN_CHUNK) continue;
      yield pending.length === 1 ? bytes : concatBytes(pending);
      pending = [];
      length = 0;
    }
  }
  if (length > 0) yield concatBytes(pending);
}

const lengthOf = (piece: TranscodedPiece): number =>
  piece instanceof Uint8Array ? piece.byteLength : piece.to - piece.from;

async function readSwapped(range: SwappedRange, from: number, source: ByteSource): Promise<Bytes> {
  const length = Math.min(WINDOW, range.to - from);
  const bytes = await source.read(from, length);
  if (bytes.byteLength !== length) throw new Error('The source became shorter.');
  // A copy: what a source gives may be its own memory.
  return range.swap === 1 ? bytes : swapBytes(bytes.slice(), range.swap);
}

/**
 * The bytes of an instance's data set in another transfer syntax without encapsulation, deflated ones included.
 * @throws TranscodeError as `transcodeDataset`, before the first byte
 */
export function transcodeInstance(
  instance: ParsedInstance,
  target: TransferSyntax,
): AsyncIterable<Bytes> {
  const bytes = transcodedBytes(transcodeDataset(instance, target), instance.source);
  return target.deflated ? deflateDataset(bytes) : bytes;
}
