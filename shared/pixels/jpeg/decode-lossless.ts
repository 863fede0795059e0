import { PixelError } from '../pixel-error.ts';
import { BitReader, differenceTable, type DifferenceTable } from './huffman.ts';
import { readJpegHeader, type JpegHeader } from './jpeg-markers.ts';
import { endOfScanData, noTables, readUpToScan, type JpegScan } from './jpeg-tables.ts';

/**
 * Decodes lossless Huffman JPEG of up to 16 bits (ISO 10918-1 process 14, annex H): all predictors, point transform,
 * restarts, components in one scan or in several. Returns samples side by side.
 * Throws a PixelError for streams that are damaged or cut short.
 */
export function decodeLosslessJpeg(bytes: Uint8Array): Uint16Array<ArrayBuffer> {
  const header = readJpegHeader(bytes);
  const { rows, columns, components } = header;
  if (components.some((c) => c.horizontalSampling !== components[0]?.horizontalSampling)) {
    throw new PixelError('codec', 'Subsampled colour in lossless JPEG is not supported.');
  }
  const tables = noTables();
  const samples = new Uint16Array(rows * columns * components.length);
  const decoded = new Set<number>();
  for (let from = 0; decoded.size < components.length;) {
    const scan = readUpToScan(bytes, from, tables);
    if (!scan) throw new PixelError('codec', 'The JPEG stream ends before its last scan.');
    const chosen = scan.components.map(({ id, dcTable }) => {
      const index = components.findIndex((component) => component.id === id);
      const table = tables.dc.get(dcTable);
      if (index < 0 || !table) {
        throw new PixelError('codec', 'The JPEG stream uses a table that it does not define.');
      }
      decoded.add(index);
      return { index, table: differenceTable(table) };
    });
    const reader = new BitReader(bytes, scan.dataStart);
    decodeScan(reader, header, scan, chosen, tables.restartInterval, samples);
    from = endOfScanData(bytes, scan.dataStart);
  }
  return samples;
}

function decodeScan(
  reader: BitReader,
  header: JpegHeader,
  scan: JpegScan,
  components: readonly { index: number; table: DifferenceTable }[],
  restartInterval: number,
  samples: Uint16Array,
): void {
  const { rows, columns, precision } = header;
  const stride = header.components.length;
  const above = columns * stride;
  const initial = 2 ** (precision - scan.pointTransform - 1);
  // The line that began with the scan or a restart knows none above it (ISO 10918-1 section H.1.2.1).
  let firstLine = 0;
  let startOfRun = 0;
  let untilRestart = restartInterval;
  for (let line = 0; line < rows; line++) {
    for (let column = 0; column < columns; column++) {
      const pixel = line * columns + column;
      if (restartInterval > 0 && untilRestart-- === 0) {
        reader.restart();
        firstLine = line;
        startOfRun = pixel;
        untilRestart = restartInterval - 1;
      }
      for (const { index, table } of components) {
        const at = pixel * stride + index;
        let prediction: number;
        if (pixel === startOfRun) prediction = initial;
        else if (line === firstLine) prediction = samples[at - stride] ?? 0;
        else if (column === 0) prediction = samples[at - above] ?? 0;
        else prediction = predict(scan.predictor, samples, at, stride, above);
        samples[at] = prediction + reader.difference(table); // modulo 2^16, as the array does
      }
    }
  }
  if (reader.endsEarly) throw new PixelError('codec', 'The JPEG stream is cut short.');
  if (scan.pointTransform > 0) restoreBits(samples, scan.pointTransform, components, stride);
}

/** The predictors of ISO 10918-1 table H.1: a is to the left, b above, c above and to the left. */
function predict(
  predictor: number,
  samples: Uint16Array,
  at: number,
  stride: number,
  above: number,
): number {
  const a = samples[at - stride] ?? 0;
  const b = samples[at - above] ?? 0;
  const c = samples[at - above - stride] ?? 0;
  switch (predictor) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + ((b - c) >> 1);
    case 6:
      return b + ((a - c) >> 1);
    case 7:
      return (a + b) >> 1;
    default:
      throw new PixelError('codec', 'The lossless JPEG stream names an unknown predictor.');
  }
}

function restoreBits(
  samples: Uint16Array,
  dropped: number,
  components: readonly { index: number }[],
  stride: number,
): void {
  for (const { index } of components) {
    for (let at = index; at < samples.length; at += stride) {
      samples[at] = (samples[at] ?? 0) << dropped;
    }
  }
}
