const CODESTREAM = 0x0aff;
/** Boxes that hold the codestream, whole or in parts (ISO 18181-2 section 9). */
const JXLC = 0x6a786c63;
const JXLP = 0x6a786c70;

/**
 * Bits of a JPEG XL stream's samples, from its header (ISO 18181-1 sections D.2 and D.3).
 * @throws Error when it is none, or of a kind that images of DICOM aren't
 */
export function jxlBitDepth(stream: Uint8Array): number {
  const bits = new Bits(codestreamOf(stream));
  skipSize(bits);
  const isDefault = bits.read(1) === 1;
  if (isDefault) return 8;
  const hasExtraFields = bits.read(1) === 1;
  if (hasExtraFields) {
    const orientation = bits.read(3);
    if (bits.read(1) === 1) skipSize(bits);
    const hasPreview = bits.read(1) === 1;
    const isAnimated = bits.read(1) === 1;
    if (orientation !== 0 || hasPreview || isAnimated) throw new Error('It is no plain picture.');
  }
  const isFloat = bits.read(1) === 1;
  const depth = bits.choice([8, 0], [10, 0], [12, 0], [1, 6]);
  if (isFloat || depth > 16) throw new Error('Its samples are no integers of 16 bits.');
  return depth;
}

function codestreamOf(stream: Uint8Array): Uint8Array {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  if (view.getUint16(0, true) === CODESTREAM) return stream.subarray(2);
  for (let at = 0; at + 8 <= stream.length;) {
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    // Parts are numbered before their bytes.
    if (type === JXLC) return stream.subarray(at + 10);
    if (type === JXLP) return stream.subarray(at + 14);
    if (length < 8) break;
    at += length;
  }
  throw new Error('It holds no codestream.');
}

/** Reads bits, the lowest of a byte first. */
class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw new Error('The header is cut short.');
      value += ((byte >> (this.#at & 7)) & 1) * 2 ** i;
    }
    return value;
  }

  /** Two bits say which: an offset, and how many bits are added to it. */
  choice(...ways: readonly (readonly [offset: number, bits: number])[]): number {
    const [offset = 0, count = 0] = ways[this.read(2)] ?? [];
    return offset + this.read(count);
  }
}

function skipSize(bits: Bits): void {
  const isSmall = bits.read(1) === 1;
  const side = () => (isSmall ? bits.read(5) : bits.choice([1, 9], [1, 13], [1, 18], [1, 30]));
  side();
  const ratio = bits.read(3);
  if (ratio === 0) side();
}
