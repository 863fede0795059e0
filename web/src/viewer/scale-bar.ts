import type { ScaleKind } from './pixel-scale.ts';

/** A bar of a round length for the edge of a viewport. */
export interface ScaleBar {
  readonly lengthMm: number;
  /** On screen, CSS pixels. */
  readonly lengthPx: number;
  /** For example "5 cm", or "5 cm at detector". */
  readonly label: string;
}

/** The longest bar of 1, 2 or 5 times a power of ten that fits; none where sizes aren't known. */
export function scaleBar(
  kind: ScaleKind,
  mmPerPx: number,
  availablePx: number,
): ScaleBar | undefined {
  if (kind === 'none' || !(mmPerPx > 0) || !(availablePx > 0)) return undefined;
  const longest = mmPerPx * availablePx;
  const power = 10 ** Math.floor(Math.log10(longest));
  const lengthMm = power * ([5, 2].find((step) => step * power <= longest) ?? 1);
  const size = lengthMm >= 10 ? `${round(lengthMm / 10)} cm` : `${round(lengthMm)} mm`;
  const label = kind === 'detector' ? `${size} at detector` : size;
  return { lengthMm, lengthPx: lengthMm / mmPerPx, label };
}

const round = (value: number): number => Number(value.toPrecision(3));
