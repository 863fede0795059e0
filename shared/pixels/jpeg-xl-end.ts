import type { Codecs } from './codecs/codecs.ts';
import { CUT_SHORT, decodeWithWasm } from './codecs/decode-wasm.ts';
import { PixelError } from './pixel-error.ts';

/**
 * Whether a JPEG XL frame ends with its samples, zeros aside. Nothing in it says how long it is (ISO 18181-1): without its last byte
 * it must lack something.
 */
export async function endsWithSamples(
  stream: Uint8Array<ArrayBuffer>,
  codecs: Codecs,
): Promise<boolean> {
  let end = stream.length;
  while (end > 0 && stream[end - 1] === 0) end--;
  try {
    await decodeWithWasm(codecs, 'jxl-oxide', stream.slice(0, Math.max(0, end - 1)));
    return false;
  } catch (error) {
    if (!(error instanceof PixelError)) throw error;
    return error.cause instanceof Error && error.cause.message === CUT_SHORT;
  }
}
