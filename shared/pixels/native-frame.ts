import type { ByteSource } from '../dicom/byte-source.ts';
import type { Element } from '../dicom/dataset.ts';
import { readExactly, swapWords } from './element-bytes.ts';
import type { ImageDescription } from './image-description.ts';
import { nativeFrameBits } from './native-layout.ts';
import { PixelError } from './pixel-error.ts';

/** Where a native frame lies in the value of Pixel Data. */
export interface NativeRange {
  /** Bytes from the start of the value. */
  readonly offset: number;
  readonly length: number;
  /** Bits to skip in the first byte: frames of 1-bit data need not begin with a byte. */
  readonly bitOffset: number;
}

/** The range of a native frame (PS3.5 section 8.1). Throws when the value ends before the frame does. */
export function nativeRange(
  image: ImageDescription,
  valueLength: number,
  frameIndex: number,
): NativeRange {
  const bits = nativeFrameBits(image);
  const first = bits * frameIndex;
  const offset = Math.floor(first / 8);
  const end = Math.ceil((first + bits) / 8);
  if (end > valueLength) {
    const message = `The pixel data ends before frame ${frameIndex + 1} does: ${end - valueLength} bytes are missing.`;
    throw new PixelError('length', message);
  }
  return { offset, length: end - offset, bitOffset: first % 8 };
}

/** Reads a native frame and puts it in little endian, 1-bit data from bit 0 on. */
export async function readNativeFrame(
  source: ByteSource,
  element: Element,
  image: ImageDescription,
  frameIndex: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const range = nativeRange(image, element.length, frameIndex);
  if (image.littleEndian) {
    const bytes = await readExactly(source, element.valueStart + range.offset, range.length);
    return shiftBits(bytes, range.bitOffset);
  }
  if (image.bitsAllocated >= 16) {
    const bytes = await readExactly(source, element.valueStart + range.offset, range.length);
    return reverseCells(bytes, image.bitsAllocated / 8);
  }
  // Big endian turns the words of OW, not the bytes of OB: two samples of 8 bits share a word (PS3.5 section 7.3).
  const lead = element.vr === 'OB' ? 0 : range.offset % 2;
  const wanted = lead + range.length;
  const padded = Math.min(wanted + (wanted % 2), element.length - (range.offset - lead));
  const bytes = await readExactly(source, element.valueStart + range.offset - lead, padded);
  const ordered = element.vr === 'OB' ? bytes : swapWords(bytes);
  return shiftBits(ordered.subarray(lead, lead + range.length), range.bitOffset);
}

function reverseCells(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  if (width === 2) return swapWords(bytes);
  const reversed = new Uint8Array(bytes.length);
  for (let at = 0; at + width <= bytes.length; at += width) {
    for (let i = 0; i < width; i++) reversed[at + i] = bytes[at + width - 1 - i] ?? 0;
  }
  return reversed;
}

function shiftBits(bytes: Uint8Array<ArrayBuffer>, by: number): Uint8Array<ArrayBuffer> {
  if (by === 0) return bytes;
  const shifted = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    shifted[i] = ((bytes[i] ?? 0) >> by) | ((bytes[i + 1] ?? 0) << (8 - by));
  }
  return shifted;
}
