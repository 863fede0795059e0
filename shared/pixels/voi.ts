import { lookUp, type LookupTable } from './lookup-table.ts';
import type { ValueRange } from './modality.ts';

/** The defined terms of VOI LUT Function (PS3.3 section C.11.2.1.3). */
export type VoiFunction = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';

/** A window, in the units of the modality. */
export interface Window {
  readonly center: number;
  readonly width: number;
  readonly function: VoiFunction;
}

/** From modality values to values of interest (PS3.3 section C.11.2). */
export type VoiTransform =
  ({ readonly kind: 'window' } & Window) | { readonly kind: 'lut'; readonly table: LookupTable };

/** The formulas of PS3.3 sections C.11.2.1.2 and C.11.2.1.3: the output, 0 to 1, for a modality value. */
export function voiOutput(transform: VoiTransform, value: number): number {
  if (transform.kind === 'lut') {
    return lookUp(transform.table, value) / (2 ** transform.table.bits - 1);
  }
  const { center, width } = transform;
  if (transform.function === 'SIGMOID') return 1 / (1 + Math.exp((-4 * (value - center)) / width));
  const { lowest, highest } = windowLimits(transform);
  if (value <= lowest) return 0;
  if (value > highest) return 1;
  return (value - lowest) / (highest - lowest);
}

/** The value that becomes black and the one that becomes white. Of SIGMOID: where its tangent in the centre does. */
export function windowLimits({ center, width, function: by }: Window): ValueRange {
  // LINEAR needs a width of 1 at least; below that only LINEAR_EXACT makes sense, and is what was meant.
  return by === 'LINEAR' && width >= 1
    ? { lowest: center - 0.5 - (width - 1) / 2, highest: center - 0.5 + (width - 1) / 2 }
    : { lowest: center - width / 2, highest: center + width / 2 };
}

/** The window that spans a range of values: the lowest black, the highest white. */
export function windowOfRange({ lowest, highest }: ValueRange): Window {
  const isWhole = Number.isInteger(lowest) && Number.isInteger(highest);
  return isWhole
    ? { center: (lowest + highest + 1) / 2, width: highest - lowest + 1, function: 'LINEAR' }
    : { center: (lowest + highest) / 2, width: highest - lowest || 1, function: 'LINEAR_EXACT' };
}
