import { PixelError } from '../pixel-error.ts';
import { BitReader, type HuffmanTable } from './huffman.ts';
import { inverseDct } from './inverse-dct.ts';
import { readJpegHeader, type JpegHeader } from './jpeg-markers.ts';
import {
  endOfScanData,
  noTables,
  readUpToScan,
  ZIGZAG,
  type JpegScan,
  type JpegTables,
} from './jpeg-tables.ts';

interface ScanComponent {
  readonly index: number;
  readonly quantization: Float64Array;
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
  predictor: number;
}

/**
 * Decodes sequential Huffman JPEG of up to 12 bits (ISO 10918-1 processes 1, 2 and 4), for the 12-bit streams that
 * 8-bit libraries don't read. Components must not be subsampled: 12-bit images of the field are grey.
 * Returns samples side by side. Throws a PixelError for everything else.
 */
export function decodeExtendedJpeg(bytes: Uint8Array): Uint16Array<ArrayBuffer> {
  const header = readJpegHeader(bytes);
  const { rows, columns, components } = header;
  const isSubsampled = components.some((c) => c.horizontalSampling * c.verticalSampling !== 1);
  if (isSubsampled && components.length > 1) {
    throw new PixelError('codec', 'Subsampled colour in JPEG of 12 bits is not supported.');
  }
  const tables = noTables();
  const samples = new Uint16Array(rows * columns * components.length);
  const decoded = new Set<number>();
  for (let from = 0; decoded.size < components.length;) {
    const scan = readUpToScan(bytes, from, tables);
    if (!scan) throw new PixelError('codec', 'The JPEG stream ends before its last scan.');
    const chosen = scanComponents(scan, header, tables);
    const reader = new BitReader(bytes, scan.dataStart);
    decodeScan(reader, header, chosen, tables.restartInterval, samples);
    for (const { index } of chosen) decoded.add(index);
    from = endOfScanData(bytes, scan.dataStart);
  }
  return samples;
}

function scanComponents(scan: JpegScan, header: JpegHeader, tables: JpegTables): ScanComponent[] {
  return scan.components.map(({ id, dcTable, acTable }) => {
    const index = header.components.findIndex((component) => component.id === id);
    const quantizationTable = header.components[index]?.quantizationTable ?? -1;
    const quantization = tables.quantization.get(quantizationTable);
    const dc = tables.dc.get(dcTable);
    const ac = tables.ac.get(acTable);
    if (!quantization || !dc || !ac) {
      throw new PixelError('codec', 'The JPEG stream uses a table that it does not define.');
    }
    return { index, quantization, dc, ac, predictor: 0 };
  });
}

function decodeScan(
  reader: BitReader,
  header: JpegHeader,
  components: readonly ScanComponent[],
  restartInterval: number,
  samples: Uint16Array,
): void {
  const { rows, columns } = header;
  const blocksAcross = Math.ceil(columns / 8);
  const blocks = blocksAcross * Math.ceil(rows / 8);
  const coefficients = new Float64Array(64);
  const block = new Float64Array(64);
  for (let i = 0; i < blocks; i++) {
    if (restartInterval > 0 && i > 0 && i % restartInterval === 0) {
      reader.restart();
      for (const component of components) component.predictor = 0;
    }
    const left = (i % blocksAcross) * 8;
    const top = Math.floor(i / blocksAcross) * 8;
    for (const component of components) {
      readBlock(reader, component, coefficients);
      inverseDct(coefficients, block);
      storeBlock(block, left, top, component.index, header, samples);
    }
  }
  if (reader.endsEarly) throw new PixelError('codec', 'The JPEG stream is cut short.');
}

/** One block of quantized coefficients (ISO 10918-1 section F.2.2), dequantized into natural order. */
function readBlock(reader: BitReader, component: ScanComponent, coefficients: Float64Array): void {
  coefficients.fill(0);
  component.predictor += reader.signed(reader.symbol(component.dc));
  coefficients[0] = component.predictor * (component.quantization[0] ?? 0);
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(component.ac);
    const size = symbol & 15;
    const zeros = symbol >> 4;
    if (size === 0 && zeros !== 15) return; // end of block
    k += zeros;
    const natural = ZIGZAG[k];
    if (natural === undefined) throw new PixelError('codec', 'The JPEG stream is damaged.');
    coefficients[natural] = reader.signed(size) * (component.quantization[natural] ?? 0);
  }
}

/** Level shift and clamping (ISO 10918-1 section A.3.1); what lies beyond the image is dropped. */
function storeBlock(
  block: Float64Array,
  left: number,
  top: number,
  component: number,
  { rows, columns, precision, components }: JpegHeader,
  samples: Uint16Array,
): void {
  const centre = 2 ** (precision - 1);
  const highest = 2 ** precision - 1;
  for (let y = 0; y < 8 && top + y < rows; y++) {
    for (let x = 0; x < 8 && left + x < columns; x++) {
      const value = Math.round((block[y * 8 + x] ?? 0) + centre);
      const at = ((top + y) * columns + left + x) * components.length + component;
      samples[at] = Math.min(highest, Math.max(0, value));
    }
  }
}
