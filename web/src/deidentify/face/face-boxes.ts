import type { Box } from '../../../../shared/pixels/box.ts';
import type { FaceCut } from './find-face.ts';
import { pointOf, type HeadGrid, type SlicePlane } from './head-grid.ts';

/**
 * What of a slice lies in front of the cut, as boxes: rows of pixels, those that follow each other with the same ends as one.
 * @param value that the pixels get, as stored
 */
export function faceBoxes(
  plane: SlicePlane,
  grid: Pick<HeadGrid, 'size' | 'origin' | 'step'>,
  { upTo }: FaceCut,
  value: number,
): Box[] {
  const { size, origin, step } = grid;
  const isFace = (column: number, row: number): boolean => {
    const [x, y, z] = pointOf(plane, column, row);
    const [i, k] = [Math.round((x - origin[0]) / step), Math.round((z - origin[2]) / step)];
    if (i < 0 || k < 0 || i >= size[0] || k >= size[2]) return false;
    return y < (upTo[k * size[0] + i] ?? -Infinity);
  };
  const boxes: Box[] = [];
  let above: Box[] = [];
  for (let row = 0; row < plane.rows; row++) {
    const runs: Box[] = [];
    for (let column = 0; column < plane.columns; column++) {
      if (!isFace(column, row)) continue;
      const from = column;
      while (column < plane.columns && isFace(column, row)) column++;
      runs.push({ column: from, row, columns: column - from, rows: 1, value });
    }
    const grown = runs.map((run) => {
      const same = above.find((box) => box.column === run.column && box.columns === run.columns);
      return same ? { ...same, rows: same.rows + 1 } : run;
    });
    boxes.push(
      ...above.filter(
        (box) =>
          !grown.some(
            (one) =>
              one.row === box.row && one.column === box.column && one.columns === box.columns,
          ),
      ),
    );
    above = grown;
  }
  return [...boxes, ...above];
}
