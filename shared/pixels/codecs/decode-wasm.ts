import { PixelError } from '../pixel-error.ts';
import type { Codecs, DecoderName } from './codecs.ts';
import type { WasmDecoder, WasmModule } from './wasm-module.ts';

/** A decoded stream, before the object's attributes are held against it. */
export interface DecodedStream {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  /** Bits that the stream says its samples have. */
  readonly precision: number;
  readonly signed: boolean;
  /** Each colour has a plane of its own. */
  readonly planar: boolean;
  /** Little endian samples of 8 or 16 bits (by precision). */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the cause of an error says of a stream that lacks a part, where a codec can tell. */
export const CUT_SHORT = 'The stream is cut short.';

const CLASS_NAMES = {
  charls: 'JpegLSDecoder',
  openjpeg: 'J2KDecoder',
  openjph: 'HTJ2KDecoder',
  'libjpeg-turbo': 'JPEGDecoder',
  'jxl-oxide': 'JXLDecoder',
} as const satisfies Record<DecoderName, keyof WasmModule>;

const STREAM_NAMES = {
  charls: 'JPEG-LS',
  openjpeg: 'JPEG 2000',
  openjph: 'High-Throughput JPEG 2000',
  'libjpeg-turbo': 'JPEG',
  'jxl-oxide': 'JPEG XL',
} as const satisfies Record<DecoderName, string>;

/** Decodes a stream with a codec in WebAssembly. Throws a PixelError when the codec refuses it. */
export async function decodeWithWasm(
  codecs: Codecs,
  name: DecoderName,
  stream: Uint8Array,
): Promise<DecodedStream> {
  const module = await codecs.module(name);
  const Decoder = module[CLASS_NAMES[name]];
  if (!Decoder) throw new Error(`The codec ${name} has no decoder.`);
  try {
    const decoder = new Decoder();
    try {
      return decode(decoder, stream);
    } finally {
      decoder.delete();
    }
  } catch (error) {
    if (error instanceof PixelError) throw error;
    // C++ exceptions leak what they held, and traps leave the memory as it was: start afresh.
    codecs.discard(name);
    throw new PixelError('codec', `The ${STREAM_NAMES[name]} stream is damaged.`, { cause: error });
  }
}

function decode(decoder: WasmDecoder, stream: Uint8Array): DecodedStream {
  decoder.getEncodedBuffer(stream.length).set(stream);
  decoder.decode();
  const info = decoder.getFrameInfo();
  const bytes = new Uint8Array(decoder.getDecodedBuffer());
  const samples = info.width * info.height * info.componentCount;
  if (samples === 0 || bytes.length < samples * (info.bitsPerSample > 8 ? 2 : 1)) {
    throw new PixelError('codec', 'The compressed stream gives no whole picture.');
  }
  return {
    rows: info.height,
    columns: info.width,
    components: info.componentCount,
    precision: info.bitsPerSample,
    signed: info.isSigned === true,
    planar: info.componentCount > 1 && decoder.getInterleaveMode?.() === 0,
    bytes,
  };
}
