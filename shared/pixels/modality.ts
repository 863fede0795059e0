import { lookUp, type LookupTable } from './lookup-table.ts';
import type { SampleArray } from './stored-frame.ts';

/** From stored values to the units of the modality, Hounsfield for instance (PS3.3 section C.11.1). */
export type ModalityTransform =
  | { readonly kind: 'rescale'; readonly slope: number; readonly intercept: number }
  | { readonly kind: 'lut'; readonly table: LookupTable };

export const IDENTITY_RESCALE: ModalityTransform = { kind: 'rescale', slope: 1, intercept: 0 };

/** Lowest and highest value. */
export interface ValueRange {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Applies the transform to each sample. Results are integers of 16 bits where these hold them, else Float32: what
 * textures take. The samples themselves come back where nothing changes.
 */
export function applyModality(samples: SampleArray, transform: ModalityTransform): SampleArray {
  if (transform.kind === 'lut') {
    const values = new Uint16Array(samples.length);
    for (let i = 0; i < samples.length; i++) values[i] = lookUp(transform.table, samples[i] ?? 0);
    return values;
  }
  const { slope, intercept } = transform;
  if (slope === 1 && intercept === 0) return samples;
  const values = arrayFor(samples, slope, intercept);
  for (let i = 0; i < samples.length; i++) values[i] = (samples[i] ?? 0) * slope + intercept;
  return values;
}

function arrayFor(samples: SampleArray, slope: number, intercept: number): SampleArray {
  if (Number.isInteger(slope) && Number.isInteger(intercept)) {
    const { lowest, highest } = rangeOf(samples);
    const ends = [lowest * slope + intercept, highest * slope + intercept];
    if (Math.min(...ends) >= -0x8000 && Math.max(...ends) < 0x8000) {
      return new Int16Array(samples.length);
    }
    if (Math.min(...ends) >= 0 && Math.max(...ends) <= 0xffff) {
      return new Uint16Array(samples.length);
    }
  }
  return new Float32Array(samples.length);
}

/** Lowest and highest finite value; `ignored` values don't count (padding). Both 0 where nothing counts. */
export function rangeOf(
  samples: SampleArray,
  ignored: (value: number) => boolean = () => false,
): ValueRange {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of samples) {
    if ((value >= lowest && value <= highest) || !Number.isFinite(value) || ignored(value))
      continue;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return lowest > highest ? { lowest: 0, highest: 0 } : { lowest, highest };
}
