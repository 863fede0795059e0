import { PixelError } from '../pixel-error.ts';

/** A component of a frame header (ISO 10918-1 section B.2.2). */
export interface JpegComponent {
  readonly id: number;
  readonly horizontalSampling: number;
  readonly verticalSampling: number;
  readonly quantizationTable: number;
}

/** What a JPEG stream says of itself before its first scan. */
export interface JpegHeader {
  /** The start-of-frame marker's second byte: 0xc0 baseline, 0xc1 extended, 0xc3 lossless. */
  readonly process: number;
  readonly precision: number;
  readonly rows: number;
  readonly columns: number;
  readonly components: readonly JpegComponent[];
  /** A JFIF or Adobe marker says how colour is coded; without one, only the object around it can. */
  readonly saysColour: boolean;
}

/** A marker segment: `start` is the offset of its content, past marker and length. */
export interface JpegSegment {
  readonly marker: number;
  readonly start: number;
  readonly end: number;
}

const SOI = 0xd8;
const EOI = 0xd9;
const START_OF_SCAN = 0xda;

const damaged = (): PixelError => new PixelError('codec', 'The JPEG stream is damaged.');

/** The segments from `from` on, up to and including the next start of scan. */
export function* jpegSegments(bytes: Uint8Array, from = 0): Generator<JpegSegment> {
  let at = from;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) throw damaged();
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1; // a fill byte
      continue;
    }
    if (marker === SOI) {
      at += 2;
      continue;
    }
    if (marker === EOI) return;
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    const end = at + 2 + length;
    if (length < 2 || end > bytes.length) throw damaged();
    yield { marker, start: at + 4, end };
    if (marker === START_OF_SCAN) return;
    at = end;
  }
}

const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

const startsWith = (bytes: Uint8Array, at: number, text: string): boolean =>
  String.fromCharCode(...bytes.subarray(at, at + text.length)) === text;

/** Reads the frame header. Throws a PixelError when there is none. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  let saysColour = false;
  for (const { marker, start } of jpegSegments(bytes)) {
    if (marker === 0xe0 && startsWith(bytes, start, 'JFIF')) saysColour = true;
    if (marker === 0xee && startsWith(bytes, start, 'Adobe')) saysColour = true;
    if (!isStartOfFrame(marker)) continue;
    const at = (offset: number) => bytes[start + offset] ?? 0;
    const components = Array.from({ length: at(5) }, (_, i) => ({
      id: at(6 + i * 3),
      horizontalSampling: at(7 + i * 3) >> 4,
      verticalSampling: at(7 + i * 3) & 15,
      quantizationTable: at(8 + i * 3),
    }));
    return {
      process: marker,
      precision: at(0),
      rows: (at(1) << 8) | at(2),
      columns: (at(3) << 8) | at(4),
      components,
      saysColour,
    };
  }
  throw damaged();
}

/**
 * The stream with an Adobe marker that says whether its three components are RGB or YCbCr, so that a decoder needn't
 * guess from component numbers (it would take RGB with the numbers 1, 2, 3 for YCbCr).
 */
export function withColourMarker(
  bytes: Uint8Array<ArrayBuffer>,
  isRgb: boolean,
): Uint8Array<ArrayBuffer> {
  const transform = isRgb ? 0 : 1;
  const adobe = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform];
  const marked = new Uint8Array(bytes.length + adobe.length);
  marked.set(bytes.subarray(0, 2));
  marked.set(adobe, 2);
  marked.set(bytes.subarray(2), 2 + adobe.length);
  return marked;
}
