import { huffmanTable, type HuffmanTable } from './huffman.ts';
import { jpegSegments } from './jpeg-markers.ts';

/** Natural position of the coefficients in the order of the stream (ISO 10918-1 figure A.6). */
export const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
] as const; // prettier-ignore

/** The tables that hold at a point of the stream, by their destination number. */
export interface JpegTables {
  /** In natural order. */
  readonly quantization: Map<number, Float64Array>;
  readonly dc: Map<number, HuffmanTable>;
  readonly ac: Map<number, HuffmanTable>;
  /** In units of the scan; 0 where there are no restarts. */
  restartInterval: number;
}

/** A scan's header (ISO 10918-1 section B.2.3). */
export interface JpegScan {
  readonly components: readonly {
    readonly id: number;
    readonly dcTable: number;
    readonly acTable: number;
  }[];
  /** Of lossless processes: which of the seven predictors. */
  readonly predictor: number;
  /** Of lossless processes: how many low bits were dropped. */
  readonly pointTransform: number;
  /** Offset of the entropy-coded data. */
  readonly dataStart: number;
}

export const noTables = (): JpegTables => ({
  quantization: new Map(),
  dc: new Map(),
  ac: new Map(),
  restartInterval: 0,
});

/** Reads tables from `from` on, up to the next scan, whose header it returns; undefined at the stream's end. */
export function readUpToScan(
  bytes: Uint8Array,
  from: number,
  tables: JpegTables,
): JpegScan | undefined {
  for (const { marker, start, end } of jpegSegments(bytes, from)) {
    const content = bytes.subarray(start, end);
    if (marker === 0xdb) readQuantization(content, tables);
    if (marker === 0xc4) readHuffman(content, tables);
    if (marker === 0xdd) tables.restartInterval = ((content[0] ?? 0) << 8) | (content[1] ?? 0);
    if (marker === 0xda) return readScan(content, end);
  }
  return undefined;
}

function readScan(content: Uint8Array, dataStart: number): JpegScan {
  const count = content[0] ?? 0;
  const components = Array.from({ length: count }, (_, i) => {
    const tables = content[2 + i * 2] ?? 0;
    return { id: content[1 + i * 2] ?? 0, dcTable: tables >> 4, acTable: tables & 15 };
  });
  const predictor = content[1 + count * 2] ?? 0;
  const pointTransform = (content[3 + count * 2] ?? 0) & 15;
  return { components, predictor, pointTransform, dataStart };
}

function readQuantization(content: Uint8Array, tables: JpegTables): void {
  for (let at = 0; at < content.length;) {
    const head = content[at++] ?? 0;
    const width = head >> 4 === 0 ? 1 : 2;
    const table = new Float64Array(64);
    for (const natural of ZIGZAG) {
      const high = content[at] ?? 0;
      table[natural] = width === 1 ? high : (high << 8) | (content[at + 1] ?? 0);
      at += width;
    }
    tables.quantization.set(head & 15, table);
  }
}

function readHuffman(content: Uint8Array, tables: JpegTables): void {
  for (let at = 0; at < content.length;) {
    const head = content[at] ?? 0;
    const counts = content.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const table = huffmanTable(counts, content.subarray(at + 17, at + 17 + total));
    (head >> 4 === 0 ? tables.dc : tables.ac).set(head & 15, table);
    at += 17 + total;
  }
}

/** The offset of the marker that follows entropy-coded data, restart markers aside. */
export function endOfScanData(bytes: Uint8Array, start: number): number {
  for (let at = start; at + 1 < bytes.length; at++) {
    const next = bytes[at + 1] ?? 0;
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7))
      return at;
  }
  return bytes.length;
}
