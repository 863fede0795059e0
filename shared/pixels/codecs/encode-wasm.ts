import { PixelError } from '../pixel-error.ts';
import type { Codecs, EncoderName } from './codecs.ts';
import type { WasmEncoder, WasmImageInfo, WasmModule } from './wasm-module.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Encodes samples, side by side and little endian, with a codec in WebAssembly.
 * @param make makes the encoder, with its settings
 * @throws PixelError when the codec refuses them
 */
export async function encodeWithWasm(
  codecs: Codecs<EncoderName>,
  name: EncoderName,
  info: WasmImageInfo,
  samples: Uint8Array,
  make: (module: WasmModule) => WasmEncoder | undefined,
): Promise<Bytes> {
  const module = await codecs.module(name);
  try {
    const encoder = make(module);
    if (!encoder) throw new Error(`The codec ${name} has no encoder.`);
    try {
      encoder.getDecodedBuffer(info).set(samples);
      encoder.encode();
      return new Uint8Array(encoder.getEncodedBuffer());
    } finally {
      encoder.delete();
    }
  } catch (error) {
    // As for decoding: what was thrown in WebAssembly leaves its memory as it was.
    codecs.discard(name);
    throw new PixelError('codec', 'The encoder refused the frame.', { cause: error });
  }
}
