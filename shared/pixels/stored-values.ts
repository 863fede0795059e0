import type { ImageDescription } from './image-description.ts';
import { PixelError } from './pixel-error.ts';
import type { SampleArray } from './stored-frame.ts';

/** Pixel cells as unsigned numbers, of 8, 16 or 32 bits. */
export type Cells = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

type Layout = Pick<ImageDescription, 'bitsAllocated' | 'bitsStored' | 'highBit' | 'signed'>;

/** Little endian bytes as cells. `count` cells are wanted; more bytes may be there, fewer are an error. */
export function cellsOf(
  bytes: Uint8Array<ArrayBuffer>,
  bitsAllocated: number,
  count: number,
): Cells {
  const width = Math.ceil(bitsAllocated / 8);
  const needed = bitsAllocated === 1 ? Math.ceil(count / 8) : count * width;
  if (bytes.byteLength < needed) {
    const message = `The frame has ${bytes.byteLength} bytes, its attributes describe ${needed}.`;
    throw new PixelError('length', message);
  }
  if (bitsAllocated === 1) return unpackBits(bytes, count);
  if (width === 1) return bytes.subarray(0, count);
  // Typed arrays want an aligned start. All platforms that run JavaScript are little endian.
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset } = aligned;
  return width === 2
    ? new Uint16Array(buffer, byteOffset, count)
    : new Uint32Array(buffer, byteOffset, count);
}

/** 1-bit pixels fill bytes from the least significant bit on (PS3.5 section 8.1.1). */
function unpackBits(bytes: Uint8Array, count: number): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array(count);
  for (let i = 0; i < count; i++) bits[i] = ((bytes[i >> 3] ?? 0) >> (i & 7)) & 1;
  return bits;
}

/**
 * The stored values in cells: Bits Stored bits up to High Bit, sign extended by Pixel Representation (PS3.5 section
 * 8.1.1). What lies outside these bits, overlays of old objects for instance, is dropped.
 */
export function storedValues(cells: Cells, layout: Layout): SampleArray {
  const { bitsStored, highBit, signed } = layout;
  const width = cells.BYTES_PER_ELEMENT * 8;
  const low = highBit + 1 - bitsStored;
  const whole = low === 0 && bitsStored >= width;
  if (whole) return signed ? asSigned(cells) : cells;
  if (signed) {
    const values = asSigned(new (cells.constructor as Uint32ArrayConstructor)(cells.length));
    const up = 31 - highBit;
    for (let i = 0; i < cells.length; i++) values[i] = ((cells[i] ?? 0) << up) >> (32 - bitsStored);
    return values;
  }
  const mask = bitsStored >= 32 ? 0xffffffff : 2 ** bitsStored - 1;
  const values = new (cells.constructor as Uint32ArrayConstructor)(cells.length);
  for (let i = 0; i < cells.length; i++) values[i] = ((cells[i] ?? 0) >>> low) & mask;
  return values;
}

/** The same bits, read as two's complement. */
function asSigned(
  cells: Cells,
): Int8Array<ArrayBuffer> | Int16Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = cells;
  if (cells instanceof Uint8Array) return new Int8Array(buffer, byteOffset, length);
  if (cells instanceof Uint16Array) return new Int16Array(buffer, byteOffset, length);
  return new Int32Array(buffer, byteOffset, length);
}
