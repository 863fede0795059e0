import { charactersOf, MAX_SHORT, trimPadding } from './ascii.ts';
import { decodeText, type CharacterSet } from './character-set.ts';
import type { TagNumber } from './tag.ts';
import { isSingleText, isText, usesCharacterSet, type Vr } from './vr.ts';

/** A fragment of encapsulated pixel data (PS3.5 section A.4): where its value lies in the source. */
export interface Fragment {
  readonly offset: number;
  readonly length: number;
}

/** An item of a sequence. Offsets are bytes from the start of the source. */
export interface Item {
  /** Offset of the item's tag. */
  readonly start: number;
  readonly valueStart: number;
  /** One past the item, its delimitation included. */
  end: number;
  readonly undefinedLength: boolean;
  readonly dataset: Dataset;
}

/** A data element as it lies in the source. Offsets are bytes from the start of the source. */
export interface Element {
  readonly tag: TagNumber;
  /** The VR that the value is read by: as encoded, or from the dictionary where the encoding has none. */
  readonly vr: Vr;
  /** Offset of the element's tag. */
  readonly start: number;
  readonly valueStart: number;
  /** Bytes of the value; for undefined lengths the bytes up to the delimitation. */
  length: number;
  /** One past the element, its delimitation included. */
  end: number;
  readonly undefinedLength: boolean;
  /** The value, undefined where it was skipped for its size, or is a sequence or encapsulated. */
  bytes: Uint8Array<ArrayBuffer> | undefined;
  /** The items of a sequence. */
  items: Item[] | undefined;
  /** The fragments of encapsulated pixel data; the first is the basic offset table. */
  fragments: Fragment[] | undefined;
}

/**
 * A data set as read, with the enclosing one as its parent: its elements in the order of the source, with their values decoded on request.
 * Getters return undefined (or an empty list) for what is absent, empty or was skipped for its size.
 */
export class Dataset {
  readonly elements: readonly Element[];
  readonly littleEndian: boolean;
  /** False where elements have no VR of their own (Implicit VR, and the content of UN sequences). */
  readonly explicitVr: boolean;
  readonly #parent: Dataset | undefined;
  #index: Map<TagNumber, Element> | undefined;
  #indexed = 0;
  #terms: { readonly bytes: Uint8Array; readonly terms: CharacterSet } | undefined;

  constructor(
    elements: readonly Element[],
    encoding: { littleEndian: boolean; explicitVr: boolean },
    parent?: Dataset,
  ) {
    this.elements = elements;
    this.littleEndian = encoding.littleEndian;
    this.explicitVr = encoding.explicitVr;
    this.#parent = parent;
  }

  get(tag: TagNumber): Element | undefined {
    // Items of references and codes are many: an index would take longer than looking.
    if (this.elements.length <= MAX_UNINDEXED) {
      return this.elements.find((element) => element.tag === tag);
    }
    // A parser goes on adding elements: an index of fewer is out of date.
    if (!this.#index || this.#indexed !== this.elements.length) {
      this.#index = new Map();
      this.#indexed = this.elements.length;
      // Of duplicate elements the first counts, as for DCMTK.
      for (const element of this.elements) {
        if (!this.#index.has(element.tag)) this.#index.set(element.tag, element);
      }
    }
    return this.#index.get(tag);
  }

  has(tag: TagNumber): boolean {
    return this.get(tag) !== undefined;
  }

  /** The terms of Specific Character Set, the enclosing data set's where this one has none (PS3.3 C.12.1.1.2). */
  get characterSet(): CharacterSet {
    // A loop: sequences nest deeper than the stack.
    let dataset = this as Dataset | undefined;
    for (; dataset; dataset = dataset.#parent) {
      const own = dataset.get(0x00080005)?.bytes;
      if (own) return dataset.#termsOf(own);
    }
    return [];
  }

  /** Each text asks for them. */
  #termsOf(bytes: Uint8Array<ArrayBuffer>): CharacterSet {
    if (this.#terms?.bytes !== bytes) {
      const terms = trimPadding(asciiOf(bytes)).split('\\');
      this.#terms = { bytes, terms: terms.map((term) => term.trim()) };
    }
    return this.#terms.terms;
  }

  bytes(tag: TagNumber): Uint8Array<ArrayBuffer> | undefined {
    return this.get(tag)?.bytes;
  }

  /** The value as one string, padding removed; undefined when absent or empty. */
  text(tag: TagNumber): string | undefined {
    const element = this.get(tag);
    if (!element?.bytes || element.bytes.length === 0) return undefined;
    const text = textOf(element, this);
    return text === '' ? undefined : text;
  }

  /** The values of a text element, split at backslashes, each trimmed. Empty when absent. */
  strings(tag: TagNumber): string[] {
    const element = this.get(tag);
    const text = this.text(tag);
    if (!element || text === undefined) return [];
    return isSingleText(element.vr) ? [text] : text.split('\\').map((value) => value.trim());
  }

  /** The first value of a text element; undefined when absent or empty. */
  string(tag: TagNumber): string | undefined {
    return this.strings(tag)[0] ?? undefined;
  }

  /**
   * The values of a binary or numeric text element (DS, IS); NaN for a text that is no number. Those of 64 bits lose
   * figures beyond 2^53: none of the attributes that Gantry computes with come near.
   */
  numbers(tag: TagNumber): number[] {
    const element = this.get(tag);
    if (!element?.bytes) return [];
    if (isText(element.vr)) {
      return this.strings(tag).map((value) => (value === '' ? Number.NaN : Number(value)));
    }
    return binaryValues(element.bytes, element.vr, this.littleEndian).map(Number);
  }

  number(tag: TagNumber): number | undefined {
    const value = this.numbers(tag)[0];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  /** The data sets of a sequence's items. */
  items(tag: TagNumber): Dataset[] {
    return this.get(tag)?.items?.map((item) => item.dataset) ?? [];
  }
}

/** Data sets of no more elements are looked through one by one. */
const MAX_UNINDEXED = 8;

const asciiDecoder = new TextDecoder('iso-8859-1');
const asciiOf = (bytes: Uint8Array<ArrayBuffer>): string =>
  bytes.length <= MAX_SHORT && bytes.every((byte) => byte < 0x80)
    ? charactersOf(bytes)
    : asciiDecoder.decode(bytes);

/** The text of an element's value, all values with their backslashes, trailing padding removed. */
export function textOf(element: Element, dataset: Dataset): string {
  const bytes = element.bytes ?? new Uint8Array();
  const text = usesCharacterSet(element.vr)
    ? decodeText(bytes, dataset.characterSet, element.vr)
    : asciiOf(bytes);
  return trimPadding(text);
}

/** The numbers of a binary value, those of 64 bits exactly; a tag (AT) as one number. Empty for other VRs. */
export function binaryValues(
  bytes: Uint8Array,
  vr: Vr,
  littleEndian: boolean,
): (number | bigint)[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (width: number, get: (offset: number) => number | bigint) =>
    Array.from({ length: Math.floor(bytes.byteLength / width) }, (_, i) => get(i * width));
  switch (vr) {
    case 'US':
    case 'OW':
      return read(2, (at) => view.getUint16(at, littleEndian));
    case 'SS':
      return read(2, (at) => view.getInt16(at, littleEndian));
    case 'UL':
    case 'OL':
      return read(4, (at) => view.getUint32(at, littleEndian));
    case 'SL':
      return read(4, (at) => view.getInt32(at, littleEndian));
    case 'FL':
    case 'OF':
      return read(4, (at) => view.getFloat32(at, littleEndian));
    case 'FD':
    case 'OD':
      return read(8, (at) => view.getFloat64(at, littleEndian));
    case 'UV':
    case 'OV':
      return read(8, (at) => view.getBigUint64(at, littleEndian));
    case 'SV':
      return read(8, (at) => view.getBigInt64(at, littleEndian));
    case 'AT':
      return read(4, (at) => {
        const group = view.getUint16(at, littleEndian);
        return ((group << 16) | view.getUint16(at + 2, littleEndian)) >>> 0;
      });
    case 'OB':
    case 'UN':
      return Array.from(bytes);
    default:
      return [];
  }
}
