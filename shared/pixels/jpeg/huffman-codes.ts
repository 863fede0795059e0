/** Longest code of a JPEG Huffman table. */
const MAX_CODE_LENGTH = 16;

/** A Huffman table to encode with, and as its DHT segment lists it. */
export interface HuffmanCodes {
  /** By symbol. */
  readonly code: Uint16Array;
  /** In bits, by symbol; 0 where it does not occur. */
  readonly length: Uint8Array;
  /** Codes per length, 16 numbers. */
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
}

/** The codes for symbols that occur so often (ISO 10918-1 section K.2): at most 16 bits long, and none of ones alone. */
export function huffmanCodes(frequencies: ArrayLike<number>): HuffmanCodes {
  let weights = Array.from(frequencies);
  let lengths = codeLengths(weights);
  // Weights that differ less give codes that differ less in length.
  while (Math.max(...lengths) > MAX_CODE_LENGTH) {
    weights = weights.map((weight) => Math.ceil(weight / 2));
    lengths = codeLengths(weights);
  }
  const symbols = Array.from(lengths.keys())
    .filter((symbol) => (lengths[symbol] ?? 0) > 0)
    .sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  const code = new Uint16Array(frequencies.length);
  const counts = new Uint8Array(MAX_CODE_LENGTH);
  let next = 0;
  let last = 0;
  for (const symbol of symbols) {
    const length = lengths[symbol] ?? 0;
    next <<= length - last;
    last = length;
    code[symbol] = next++;
    counts[length - 1] = (counts[length - 1] ?? 0) + 1;
  }
  return { code, length: Uint8Array.from(lengths), counts, symbols: Uint8Array.from(symbols) };
}

/**
 * Lengths by merging the two rarest again and again. A symbol that never occurs takes part, so that the code of ones
 * alone, which is reserved, is nobody's.
 */
function codeLengths(frequencies: readonly number[]): number[] {
  const reserved = frequencies.length;
  const lengths = new Array<number>(reserved + 1).fill(0);
  let groups = Array.from({ length: reserved + 1 }, (_, symbol) => ({
    weight: symbol === reserved ? 0 : (frequencies[symbol] ?? 0),
    members: [symbol],
  })).filter(({ weight, members }) => weight > 0 || members[0] === reserved);
  while (groups.length > 1) {
    // The reserved symbol weighs nothing: it is merged first, and ends with a longest code.
    groups.sort((a, b) => a.weight - b.weight);
    const [first, second, ...rest] = groups;
    if (!first || !second) break;
    const members = [...first.members, ...second.members];
    for (const member of members) lengths[member] = (lengths[member] ?? 0) + 1;
    groups = [...rest, { weight: first.weight + second.weight, members }];
  }
  lengths.pop();
  return lengths;
}
