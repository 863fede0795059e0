/** A surface of triangles, and what was written in front of them. */
export interface Surface {
  /** Three points of x, y, z for each, mm. */
  readonly triangles: Float32Array;
  /** Letters in the head of the file: it may name someone. */
  readonly note: string;
}

const HEADER_BYTES = 80;
const TRIANGLE_BYTES = 50;

/** Binary STL: 80 bytes of any text, a count, and a normal, three points and two bytes for each triangle. */
export function parseStl(bytes: Uint8Array): Surface {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = HEADER_BYTES + 4;
  const fitting = Math.max(0, Math.floor((bytes.length - first) / TRIANGLE_BYTES));
  const count = bytes.length < first ? 0 : Math.min(view.getUint32(HEADER_BYTES, true), fitting);
  const triangles = new Float32Array(count * 9);
  for (let i = 0; i < triangles.length; i++) {
    const at = first + Math.floor(i / 9) * TRIANGLE_BYTES + 12 + (i % 9) * 4;
    triangles[i] = view.getFloat32(at, true);
  }
  const head = String.fromCharCode(...bytes.subarray(0, HEADER_BYTES));
  return { triangles, note: head.replace(/[^\x20-\x7e]+/g, ' ').trim() };
}

interface Turn {
  /** Radians about the horizontal and the vertical axis. */
  readonly x: number;
  readonly y: number;
}

/** Draws a surface as a person would hold it, from the back to the front. */
export function drawSurface(
  context: CanvasRenderingContext2D,
  { triangles }: Surface,
  size: number,
  turn: Turn,
  colour: string,
): void {
  context.clearRect(0, 0, size, size);
  const turned = turnedPoints(triangles, size, turn);
  const depth = (i: number) =>
    (turned[i * 9 + 2] ?? 0) + (turned[i * 9 + 5] ?? 0) + (turned[i * 9 + 8] ?? 0);
  const order = Array.from({ length: turned.length / 9 }, (_, i) => i);
  order.sort((a, b) => depth(a) - depth(b));
  context.fillStyle = colour;
  for (const i of order) {
    const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0, cx = 0, cy = 0, cz = 0] =
      turned.subarray(i * 9, i * 9 + 9);
    const [ux, uy, uz, vx, vy, vz] = [bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az];
    const normal = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx] as const;
    const facing = Math.abs(normal[2]) / (Math.hypot(...normal) || 1);
    // Towards the eye bright, aside dark, over what lies behind.
    context.globalAlpha = 1;
    context.globalCompositeOperation = 'destination-out';
    fill(context, ax, ay, bx, by, cx, cy);
    context.globalAlpha = 0.15 + 0.85 * facing;
    context.globalCompositeOperation = 'source-over';
    fill(context, ax, ay, bx, by, cx, cy);
  }
}

function fill(
  context: CanvasRenderingContext2D,
  ...[ax, ay, bx, by, cx, cy]: [number, number, number, number, number, number]
): void {
  context.beginPath();
  context.moveTo(ax, ay);
  context.lineTo(bx, by);
  context.lineTo(cx, cy);
  context.fill();
}

/** Turned about its middle and made to fit. */
function turnedPoints(triangles: Float32Array, size: number, { x, y }: Turn): Float32Array {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const [i, value] of triangles.entries()) {
    low[i % 3] = Math.min(low[i % 3] ?? 0, value);
    high[i % 3] = Math.max(high[i % 3] ?? 0, value);
  }
  const middle = low.map((value, i) => (value + (high[i] ?? 0)) / 2);
  const length = Math.hypot(...low.map((value, i) => (high[i] ?? 0) - value)) || 1;
  const scale = (size * 0.95) / length;
  const [sx, cx, sy, cy] = [Math.sin(x), Math.cos(x), Math.sin(y), Math.cos(y)];
  const turned = new Float32Array(triangles.length);
  for (let i = 0; i < triangles.length; i += 3) {
    const [px, py, pz] = [0, 1, 2].map(
      (axis) => ((triangles[i + axis] ?? 0) - (middle[axis] ?? 0)) * scale,
    ) as [number, number, number];
    const depth = cy * pz - sy * px;
    turned[i] = size / 2 + cy * px + sy * pz;
    turned[i + 1] = size / 2 - (cx * py - sx * depth);
    turned[i + 2] = sx * py + cx * depth;
  }
  return turned;
}
