import type { ByteSource } from '../dicom/byte-source.ts';
import type { Element } from '../dicom/dataset.ts';
import { PixelError } from './pixel-error.ts';

/** The bytes from `offset`, all of them: a source that ends earlier is an error. */
export async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.read(offset, length);
  if (bytes.byteLength === length) return bytes;
  const missing = length - bytes.byteLength;
  throw new PixelError(
    'length',
    `The file ends inside the pixel data: ${missing} bytes are missing.`,
  );
}

/** The value of an element, read from the source where the reader skipped it for its size. */
export function elementBytes(
  source: ByteSource,
  element: Element,
): Promise<Uint8Array<ArrayBuffer>> {
  return element.bytes
    ? Promise.resolve(element.bytes)
    : readExactly(source, element.valueStart, element.length);
}

/** Exchanges the bytes of each 16-bit word. Bytes of an odd length keep their last one. */
export function swapWords(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const swapped = new Uint8Array(bytes);
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    swapped[at] = bytes[at + 1] ?? 0;
    swapped[at + 1] = bytes[at] ?? 0;
  }
  return swapped;
}
