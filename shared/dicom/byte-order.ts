import { swapWidth, type Vr } from './vr.ts';

/**
 * Turns the byte order of a value in place: numbers of 2, 4 or 8 bytes, tags as two of 2. Text and bytes stay. A
 * number that is cut off at the end stays too.
 */
export function swapByteOrder(bytes: Uint8Array, vr: Vr): void {
  swapBytes(bytes, swapWidth(vr));
}

/** Turns numbers of `width` bytes in place, and gives their bytes back. */
export function swapBytes<Bytes extends Uint8Array>(bytes: Bytes, width: 1 | 2 | 4 | 8): Bytes {
  for (let start = 0; width > 1 && start + width <= bytes.length; start += width) {
    // In a loop of our own: a view for each number of a large value would cost 50 times as much.
    for (let low = start, high = start + width - 1; low < high; low++, high--) {
      const byte = bytes[low] ?? 0;
      bytes[low] = bytes[high] ?? 0;
      bytes[high] = byte;
    }
  }
  return bytes;
}
