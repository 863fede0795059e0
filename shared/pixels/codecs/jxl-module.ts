import { unzlibSync } from 'fflate';
import type * as jxlOxide from 'jxl-oxide-wasm';
import { CUT_SHORT } from './decode-wasm.ts';
import { jxlBitDepth } from './jxl-bit-depth.ts';
import type { WasmDecoder, WasmFactory, WasmFrameInfo } from './wasm-module.ts';

type JxlOxide = typeof jxlOxide;

/**
 * jxl-oxide in the shape of the other codecs. It gives pictures as PNG, of 8 or 16 bits whatever the stream has: these
 * are unpacked, and scaled back to the stream's own depth, which loses nothing.
 */
const jxlModule: WasmFactory = async (options) => {
  const oxide = await import('jxl-oxide-wasm');
  const where = options.wasmBinary ? new Uint8Array(options.wasmBinary) : options.locateFile?.('');
  if (where === undefined) throw new Error('The JPEG XL decoder has no place to load from.');
  await oxide.default({ module_or_path: where });
  return {
    JXLDecoder: class extends JxlDecoder {
      constructor() {
        super(oxide);
      }
    },
  };
};
export default jxlModule;

class JxlDecoder implements WasmDecoder {
  readonly #oxide: JxlOxide;
  #stream = new Uint8Array(0);
  #samples: Uint8Array | Uint16Array = new Uint8Array(0);
  #info: WasmFrameInfo = { width: 0, height: 0, bitsPerSample: 8, componentCount: 1 };

  constructor(oxide: JxlOxide) {
    this.#oxide = oxide;
  }

  getEncodedBuffer(length: number): Uint8Array {
    this.#stream = new Uint8Array(length);
    return this.#stream;
  }

  decode(): void {
    const bitsPerSample = jxlBitDepth(this.#stream);
    const image = new this.#oxide.JxlImage();
    try {
      image.feedBytes(this.#stream);
      if (!image.tryInit() || !image.loaded) throw new Error(CUT_SHORT);
      // Writing it frees what was rendered.
      const png = readPng(image.render().encodeToPng());
      this.#samples = scaled(png, bitsPerSample);
      const { width, height, componentCount } = png;
      this.#info = { width, height, bitsPerSample, componentCount };
    } finally {
      image.free();
    }
  }

  getFrameInfo(): WasmFrameInfo {
    return this.#info;
  }

  getDecodedBuffer(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.#samples;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  delete(): void {
    this.#samples = new Uint8Array(0);
  }
}

interface Png {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly componentCount: number;
  /** Rows without their filters, big endian. */
  readonly rows: Uint8Array;
}

function scaled({ rows, depth }: Png, bits: number): Uint8Array | Uint16Array {
  const top = 2 ** bits - 1;
  if (depth === 8) {
    return bits === 8 ? rows : rows.map((value) => Math.round((value * top) / 255));
  }
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const values = new Uint16Array(rows.length / 2);
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.round((view.getUint16(i * 2) * top) / 0xffff);
  }
  return bits > 8 ? values : Uint8Array.from(values);
}

/** Samples of a pixel by PNG's colour type: grey, colour, and both with alpha (ISO 15948 section 11.2.2). */
const COMPONENTS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };

/** Reads a PNG without interlacing and palette, as the decoder writes them. */
function readPng(png: Uint8Array): Png {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height, depth] = [view.getUint32(16), view.getUint32(20), view.getUint8(24)];
  const componentCount = COMPONENTS[view.getUint8(25)] ?? 0;
  const data: Uint8Array[] = [];
  // Chunks follow a signature of 8 bytes: length, type, data, check sum.
  for (let at = 8; at + 12 <= png.length;) {
    const length = view.getUint32(at);
    const isData = view.getUint32(at + 4) === 0x49444154; // IDAT
    if (isData) data.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const joined = new Uint8Array(data.reduce((sum, part) => sum + part.length, 0));
  data.reduce((at, part) => (joined.set(part, at), at + part.length), 0);
  const bytesPerPixel = (componentCount * depth) / 8;
  const rows = withoutFilters(unzlibSync(joined), width * bytesPerPixel, height, bytesPerPixel);
  return { width, height, depth, componentCount, rows };
}

/** Each row begins with the number of its filter (ISO 15948 section 9.2). */
function withoutFilters(
  filtered: Uint8Array,
  rowBytes: number,
  height: number,
  step: number,
): Uint8Array {
  const rows = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (rowBytes + 1)] ?? 0;
    const row = y * rowBytes;
    for (let x = 0; x < rowBytes; x++) {
      const left = x >= step ? (rows[row + x - step] ?? 0) : 0;
      const above = y > 0 ? (rows[row + x - rowBytes] ?? 0) : 0;
      const corner = x >= step && y > 0 ? (rows[row + x - rowBytes - step] ?? 0) : 0;
      const raw = filtered[row + y + 1 + x] ?? 0;
      rows[row + x] = raw + predicted(filter, left, above, corner);
    }
  }
  return rows;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4: {
      const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
      const toCorner = Math.abs(left + above - 2 * corner);
      if (toLeft <= toAbove && toLeft <= toCorner) return left;
      return toAbove <= toCorner ? above : corner;
    }
    default:
      return 0;
  }
}
