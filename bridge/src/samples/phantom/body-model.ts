/** What a point of the phantom consists of. */
export type Tissue =
  'air' | 'fat' | 'muscle' | 'lung' | 'vessel' | 'bone' | 'marrow' | 'liver' | 'lesion' | 'table';

interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
}

/** Below 1 inside, 1 on the rim. */
const distance = (x: number, y: number, e: Ellipse): number =>
  Math.hypot((x - e.x) / e.rx, (y - e.y) / e.ry);

/**
 * The tissue at a point of a simple trunk: from the liver's middle (z = 0) to the top of the chest (z = 1).
 * x runs to the patient's left, y to the back, both in mm from the middle; z has no unit.
 */
export function tissueAt(x: number, y: number, z: number): Tissue {
  if (y > 135 && y < 140 && Math.abs(x) < 170) return 'table';
  const body = distance(x, y, { x: 0, y: 0, rx: 165 - 15 * z, ry: 115 - 10 * z });
  if (body > 1) return 'air';
  if (body > 0.92) return 'fat';
  return boneAt(x, y, z, body) ?? organAt(x, y, z) ?? 'muscle';
}

function boneAt(x: number, y: number, z: number, body: number): Tissue | undefined {
  const vertebra = distance(x, y, { x: 0, y: 62, rx: 20, ry: 17 });
  if (vertebra < 1) return vertebra > 0.8 ? 'bone' : 'marrow';
  if (distance(x, y, { x: 0, y: 86, rx: 9, ry: 8 }) < 1) return 'fat'; // spinal canal
  if (Math.abs(x) < 5 && y > 92 && y < 103) return 'bone'; // spinous process
  // Ribs run down and forward: around the body, at angles that shift with the height.
  const angle = Math.atan2(y, x);
  const isRib = Math.cos(angle * 14 + z * 22) > 0.55 && Math.abs(x) > 25;
  if (body > 0.84 && body < 0.9 && isRib) return body > 0.85 && body < 0.89 ? 'marrow' : 'bone';
  if (z > 0.35 && Math.abs(x) < 16 && y < -80 && y > -92) return 'bone'; // breastbone
  return undefined;
}

function organAt(x: number, y: number, z: number): Tissue | undefined {
  if (distance(x, y, { x: 14, y: 36, rx: 11, ry: 11 }) < 1) return 'vessel'; // aorta
  if (distance(x, y, { x: -18, y: 30, rx: 9, ry: 8 }) < 1) return 'vessel'; // vena cava
  if (z > 0.3) {
    const size = Math.min(1, (z - 0.3) * 3);
    const heart = distance(x, y, { x: 22, y: -28, rx: 46 * size, ry: 38 * size });
    if (z < 0.8 && heart < 1) return heart < 0.55 ? 'vessel' : 'muscle';
    for (const side of [-1, 1]) {
      const lung = distance(x, y, { x: side * 78, y: -5, rx: 55 * size, ry: 78 * size });
      if (lung < 1) return lungAt(x, y, z);
    }
  }
  // The liver lies on the right, and shrinks upwards under the dome of the diaphragm.
  const reach = Math.max(0, 1 - Math.max(0, z - 0.1) * 2.2);
  if (distance(x, y, { x: -62, y: -12, rx: 78 * reach, ry: 68 * reach }) < 1) {
    return Math.hypot(x + 80, y - 5, (z - 0.08) * 150) < 12 ? 'lesion' : 'liver';
  }
  if (z < 0.3 && distance(x, y, { x: 82, y: 30, rx: 32, ry: 26 }) < 1) return 'liver'; // spleen
  if (z < 0.3 && distance(x, y, { x: 60, y: -40, rx: 38, ry: 26 }) < 1) return 'air'; // stomach
  return undefined;
}

/** Lung with a few vessels that run through it. */
function lungAt(x: number, y: number, z: number): Tissue {
  const branch = Math.sin(x * 0.21 + z * 9) * Math.sin(y * 0.19 - z * 7);
  return branch > 0.93 ? 'vessel' : 'lung';
}
