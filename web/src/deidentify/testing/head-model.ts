// A head of ellipsoids in millimetres: skin, skull, brain, a nose and a mouth. Its centre is the origin.
import type { Vector } from '../face/head-grid.ts';

export type HeadTissue = 'air' | 'skin' | 'bone' | 'brain' | 'nose' | 'mouth' | 'tube';

export interface HeadOptions {
  readonly scale?: number;
  /** Degrees: forward, and to the side. */
  readonly nod?: number;
  readonly turn?: number;
  readonly shift?: Vector;
  /** How far the whole lies behind for each millimetre of height. */
  readonly shear?: number;
  /** One that stands out of the mouth. */
  readonly tube?: boolean;
}

const isIn = ([x, y, z]: Vector, [cx, cy, cz]: Vector, [a, b, c]: Vector): boolean =>
  ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 + ((z - cz) / c) ** 2 < 1;

const turned = (a: number, b: number, degrees: number): readonly [number, number] => {
  const angle = (degrees * Math.PI) / 180;
  return [a * Math.cos(angle) - b * Math.sin(angle), a * Math.sin(angle) + b * Math.cos(angle)];
};

/** What stands at a place: x to the left, y to the back, z up. */
export function headAt(place: Vector, options: HeadOptions = {}): HeadTissue {
  const { scale = 1, nod = 0, turn = 0, shift = [0, 0, 0], shear = 0, tube = false } = options;
  const lifted = place[2] - shift[2];
  const moved: Vector = [
    (place[0] - shift[0]) / scale,
    (place[1] - shift[1] - shear * lifted) / scale,
    lifted / scale,
  ];
  const [x0, y0] = turned(moved[0], moved[1], turn);
  const [y, z] = turned(y0, moved[2], nod);
  const p: Vector = [x0, y, z];
  // The brain's lowest part in front lies above the eyes, its middle deeper, behind them.
  const isAboveBase = z > (y < -35 ? 8 : y < 0 ? -12 : -35);
  if (isIn(p, [0, 5, 40], [62, 80, 62]) && isAboveBase) return 'brain';
  if (isIn(p, [0, 5, 38], [69, 88, 72])) return isAboveBase ? 'bone' : 'skin';
  if (isIn(p, [0, 5, 36], [76, 95, 80])) return 'skin';
  // From the dent between the eyes down to its tip, which stands out.
  const ridge = -80 + 0.6 * (z - 2);
  if (Math.abs(x0) < 13 && z < 2 && z > -42 && y > ridge && y < -60) {
    return y < ridge + 10 ? 'nose' : 'skin';
  }
  if (isIn(p, [0, -72, -66], [28, 22, 12])) return y < -74 ? 'mouth' : 'skin';
  if (tube && Math.abs(x0) < 6 && Math.abs(z + 66) < 6 && y > -128 && y < -60) return 'tube';
  // The jaw and the neck.
  if (isIn(p, [0, -20, -55], [60, 65, 55])) return 'skin';
  if (z < -40 && Math.hypot(x0, y - 20) < 55) return 'skin';
  return 'air';
}
