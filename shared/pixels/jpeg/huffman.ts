import { PixelError } from '../pixel-error.ts';

const MAX_CODE_LENGTH = 16;
/** Codes up to this length are found with one look-up. */
const QUICK_BITS = 9;

/** A Huffman table as its DHT segment lists it, ready to decode (ISO 10918-1 annex C and section F.2.2.3). */
export interface HuffmanTable {
  /** For each start of `QUICK_BITS` bits: code length × 256 + symbol; 0 where the code is longer. */
  readonly quick: Uint16Array;
  /** Per code length: the smallest code, the largest (−1 where there is none), the index of its first symbol. */
  readonly minCode: Int32Array;
  readonly maxCode: Int32Array;
  readonly firstIndex: Int32Array;
  readonly symbols: Uint8Array;
}

/** Builds a table from the counts of codes per length (16 bytes) and the symbols in order. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const quick = new Uint16Array(2 ** QUICK_BITS);
  const minCode = new Int32Array(MAX_CODE_LENGTH + 1);
  const maxCode = new Int32Array(MAX_CODE_LENGTH + 1).fill(-1);
  const firstIndex = new Int32Array(MAX_CODE_LENGTH + 1);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= MAX_CODE_LENGTH; length++) {
    const count = counts[length - 1] ?? 0;
    minCode[length] = code;
    firstIndex[length] = index;
    if (count > 0) maxCode[length] = code + count - 1;
    if (length <= QUICK_BITS) {
      const spare = QUICK_BITS - length;
      for (let i = 0; i < count; i++) {
        const from = (code + i) << spare;
        quick.fill(length * 256 + (symbols[index + i] ?? 0), from, from + 2 ** spare);
      }
    }
    code = (code + count) << 1;
    index += count;
  }
  return { quick, minCode, maxCode, firstIndex, symbols };
}

/** Codes with the bits behind them, up to this length together, are found with one look-up. */
const DIFFERENCE_BITS = 12;

const QUICK_MASK = (1 << DIFFERENCE_BITS) - 1;

/** A table for lossless JPEG, whose symbols say how many bits of a difference follow. */
export interface DifferenceTable {
  readonly table: HuffmanTable;
  /** For each start of `DIFFERENCE_BITS` bits: difference × 16 + length of code and bits; 0 where these are longer. */
  readonly quick: Int32Array;
}

export function differenceTable(table: HuffmanTable): DifferenceTable {
  const quick = new Int32Array(1 << DIFFERENCE_BITS);
  for (let ahead = 0; ahead < quick.length; ahead++) {
    const found = table.quick[ahead >> (DIFFERENCE_BITS - QUICK_BITS)] ?? 0;
    const category = found & 0xff;
    const length = (found >> 8) + category;
    if (found === 0 || length > DIFFERENCE_BITS) continue;
    const bits = (ahead >> (DIFFERENCE_BITS - length)) & ((1 << category) - 1);
    quick[ahead] = extend(bits, category) * 16 + length;
  }
  return { table, quick };
}

/** The sign rule of ISO 10918-1 table F.1 (EXTEND): without the highest bit a number is negative. */
function extend(value: number, length: number): number {
  if (length === 0) return 0;
  return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
}

/** Reads the bits of entropy-coded segments. Beyond a segment's end come zeros, which `endsEarly` tells. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  /** The lowest `#count` bits are still to be read. */
  #bits = 0;
  #count = 0;
  /** Bits among those that no byte stands behind. */
  #padding = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** Whether more bits were read than the segment has. */
  get endsEarly(): boolean {
    return this.#padding > this.#count;
  }

  /** An unsigned number of up to 16 bits. */
  bits(length: number): number {
    if (this.#count < length) this.#fill();
    this.#count -= length;
    return (this.#bits >>> this.#count) & ((1 << length) - 1);
  }

  /** A number of `length` bits, signed by EXTEND. */
  signed(length: number): number {
    return length === 0 ? 0 : extend(this.bits(length), length);
  }

  /** A difference of lossless JPEG (ISO 10918-1 section H.1.2.2). */
  difference({ table, quick }: DifferenceTable): number {
    if (this.#count < MAX_CODE_LENGTH) this.#fill();
    const found = quick[(this.#bits >>> (this.#count - DIFFERENCE_BITS)) & QUICK_MASK] ?? 0;
    if (found !== 0) {
      this.#count -= found & 15;
      return found >> 4;
    }
    // Category 16 has no further bits: it stands for 32768 alone (table H.2).
    const category = this.symbol(table);
    return category === 16 ? 32768 : this.signed(category);
  }

  symbol(table: HuffmanTable): number {
    if (this.#count < MAX_CODE_LENGTH) this.#fill();
    const ahead = (this.#bits >>> (this.#count - MAX_CODE_LENGTH)) & 0xffff;
    const found = table.quick[ahead >> (MAX_CODE_LENGTH - QUICK_BITS)] ?? 0;
    if (found !== 0) {
      this.#count -= found >> 8;
      return found & 0xff;
    }
    for (let length = QUICK_BITS + 1; length <= MAX_CODE_LENGTH; length++) {
      const code = ahead >> (MAX_CODE_LENGTH - length);
      if (code > (table.maxCode[length] ?? -1)) continue;
      this.#count -= length;
      const index = (table.firstIndex[length] ?? 0) + code - (table.minCode[length] ?? 0);
      return table.symbols[index] ?? 0;
    }
    throw new PixelError('codec', 'The JPEG stream has a code that its Huffman table lacks.');
  }

  /** Drops what is left before the next marker and steps over it: a restart marker, or the stream is damaged. */
  restart(): void {
    while (this.#at < this.#bytes.length && !this.#isAtMarker()) this.#at += 1;
    const marker = this.#bytes[this.#at + 1] ?? 0;
    if (this.endsEarly || marker < 0xd0 || marker > 0xd7) {
      throw new PixelError('codec', 'The JPEG stream lacks a restart marker.');
    }
    this.#at += 2;
    this.#count = 0;
    this.#bits = 0;
    this.#padding = 0;
  }

  /** Brings at least 16 bits, of which some may be padding. */
  #fill(): void {
    const bytes = this.#bytes;
    while (this.#count <= 16) {
      let byte = bytes[this.#at];
      if (byte !== undefined && byte !== 0xff) {
        this.#at += 1;
      } else if (byte === undefined || this.#isAtMarker()) {
        byte = 0;
        this.#padding += 8;
      } else {
        // A byte of ones in the data is followed by a zero, so that it is no marker.
        this.#at += 2;
      }
      this.#bits = (this.#bits << 8) | byte;
      this.#count += 8;
    }
  }

  #isAtMarker(): boolean {
    return this.#bytes[this.#at] === 0xff && this.#bytes[this.#at + 1] !== 0;
  }
}
