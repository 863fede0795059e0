/** A rectangle of pixels in an image, in some of its frames or in all. */
export interface Box {
  /** Of its first pixel, from 0: to the right, and down. */
  readonly column: number;
  readonly row: number;
  /** How many of them it has. */
  readonly columns: number;
  readonly rows: number;
  /** The first and the last frame that it is in, from 1; all where left out. */
  readonly frames?: readonly [first: number, last: number];
  /** Stored value that its pixels get, of images with one sample per pixel; black where left out. */
  readonly value?: number;
}

interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** @param frameIndex from 0 */
export const isInFrame = ({ frames }: Box, frameIndex: number): boolean =>
  !frames || (frameIndex + 1 >= frames[0] && frameIndex + 1 <= frames[1]);

/** The part of a box that lies in the image; undefined where none does. */
export function clipped(box: Box, { rows, columns }: Size): Box | undefined {
  const column = Math.max(0, Math.floor(box.column));
  const row = Math.max(0, Math.floor(box.row));
  const right = Math.min(columns, Math.ceil(box.column + box.columns));
  const bottom = Math.min(rows, Math.ceil(box.row + box.rows));
  if (!(right > column && bottom > row)) return undefined;
  return { ...box, column, row, columns: right - column, rows: bottom - row };
}

/** What of an image lies in none of the boxes, as boxes: strips above, below and beside them. */
export function outsideOf(boxes: readonly Box[], { rows, columns }: Size): Box[] {
  const inside = boxes.flatMap((box) => clipped(box, { rows, columns }) ?? []);
  const edges = new Set([0, rows]);
  for (const { row, rows: height } of inside) edges.add(row).add(row + height);
  const sorted = [...edges].sort((a, b) => a - b);
  const strips: Box[] = [];
  for (const [i, top] of sorted.entries()) {
    const bottom = sorted[i + 1];
    if (bottom === undefined) break;
    const across = inside.filter(({ row, rows: height }) => row < bottom && row + height > top);
    let at = 0;
    const add = (to: number) => {
      if (to > at) strips.push({ column: at, row: top, columns: to - at, rows: bottom - top });
    };
    for (const { column, columns: width } of across.sort((a, b) => a.column - b.column)) {
      add(column);
      at = Math.max(at, column + width);
    }
    add(columns);
  }
  return strips;
}
