import type { Vr } from './vr.ts';
import { valueWidth } from './vr.ts';

/**
 * Turns the byte order of a value in place: numbers of 2, 4 or 8 bytes, tags as two of 2. Text and bytes stay. A
 * number that is cut off at the end stays too.
 */
export function swapByteOrder(bytes: Uint8Array, vr: Vr): void {
  const width = vr === 'AT' ? 2 : valueWidth(vr);
  if (width === 1) return;
  for (let at = 0; at + width <= bytes.length; at += width) {
    bytes.subarray(at, at + width).reverse();
  }
}
