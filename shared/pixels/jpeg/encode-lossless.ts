import type { EncodableFrame } from '../encode/encodable-frame.ts';
import { concatBytes } from '../../dicom/encode.ts';
import { huffmanCodes, type HuffmanCodes } from './huffman-codes.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Categories of differences: 0 to 16 bits (ISO 10918-1 table H.2). */
const CATEGORIES = 17;

/** Component numbers by which decoders tell RGB from YCbCr where no marker does. */
const RGB_IDS = [0x52, 0x47, 0x42];
const OTHER_IDS = [1, 2, 3];

/**
 * Encodes samples of 2 to 16 bits as lossless Huffman JPEG, process 14 with predictor 1 (ISO 10918-1 annex H), all
 * components in one scan, with a Huffman table of its own.
 */
export function encodeLosslessJpeg(frame: EncodableFrame): Bytes {
  const differences = differencesOf(frame);
  const frequencies = new Uint32Array(CATEGORIES);
  for (const difference of differences) {
    const category = categoryOf(difference);
    frequencies[category] = (frequencies[category] ?? 0) + 1;
  }
  const table = huffmanCodes(frequencies);
  let bits = 0;
  for (const [category, count] of frequencies.entries()) {
    bits += count * ((table.length[category] ?? 0) + category);
  }
  return concatBytes([
    header(frame, table),
    entropyCoded(differences, table, Math.ceil(bits / 8)),
    Uint8Array.of(0xff, 0xd9),
  ]);
}

/** What each sample adds to its prediction: the one to the left, at a line's start the one above; modulo 2^16. */
function differencesOf({
  rows,
  columns,
  samplesPerPixel,
  precision,
  cells,
}: EncodableFrame): Int16Array {
  const differences = new Int16Array(cells.length);
  const stride = columns * samplesPerPixel;
  for (let y = 0, at = 0; y < rows; y++) {
    for (let x = 0; x < stride; x++, at++) {
      let prediction: number;
      if (x >= samplesPerPixel) prediction = cells[at - samplesPerPixel] ?? 0;
      else if (y > 0) prediction = cells[at - stride] ?? 0;
      else prediction = 2 ** (precision - 1);
      differences[at] = (cells[at] ?? 0) - prediction;
    }
  }
  return differences;
}

const categoryOf = (difference: number): number => 32 - Math.clz32(Math.abs(difference));

const segment = (marker: number, content: readonly number[]): number[] => {
  const length = content.length + 2;
  return [0xff, marker, length >> 8, length & 0xff, ...content];
};

function header(frame: EncodableFrame, { counts, symbols }: HuffmanCodes): Bytes {
  const { rows, columns, samplesPerPixel, precision } = frame;
  const ids = (frame.photometricInterpretation === 'RGB' ? RGB_IDS : OTHER_IDS).slice(
    0,
    samplesPerPixel,
  );
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xc4, [0, ...counts, ...symbols]),
    ...segment(0xc3, [
      ...[precision, rows >> 8, rows & 0xff, columns >> 8, columns & 0xff, ids.length],
      ...ids.flatMap((id) => [id, 0x11, 0]),
    ]),
    // Predictor 1, no point transform.
    ...segment(0xda, [ids.length, ...ids.flatMap((id) => [id, 0]), 1, 0, 0]),
  ]);
}

/** @param length in bytes, without the zeros that follow bytes of ones */
function entropyCoded(differences: Int16Array, table: HuffmanCodes, length: number): Bytes {
  const out = new Uint8Array(length * 2);
  let at = 0;
  let bits = 0;
  let count = 0;
  // At most 7 + 16 bits are held; what stands above them are bits that have been written.
  const write = (value: number, width: number): void => {
    bits = (bits << width) | value;
    count += width;
    while (count >= 8) {
      count -= 8;
      const byte = (bits >>> count) & 0xff;
      out[at++] = byte;
      if (byte === 0xff) at++;
    }
  };
  for (const difference of differences) {
    const category = categoryOf(difference);
    write(table.code[category] ?? 0, table.length[category] ?? 0);
    // Category 16 stands for 32768 alone, which is −32768 too (table H.2).
    if (category === 0 || category === 16) continue;
    const low = difference > 0 ? difference : difference + 2 ** category - 1;
    write(low, category);
  }
  // The last byte is filled with ones (section F.1.2.3).
  if (count > 0) write(2 ** (8 - count) - 1, 8 - count);
  return out.slice(0, at);
}
