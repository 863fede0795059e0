import type { FacePreview } from '../deidentify/face/search-face.ts';

export type FacePlane = 'sagittal' | 'axial' | 'coronal';

/** How many slices a plane has. */
export const slicesOf = ({ size }: FacePreview, plane: FacePlane): number =>
  size[plane === 'sagittal' ? 0 : plane === 'coronal' ? 1 : 2];

/**
 * A slice of a head as a radiologist sees it: the patient's right on the left, the front on the left of a sagittal one.
 * @param isAfter without the face
 */
export function facePicture(
  preview: FacePreview,
  plane: FacePlane,
  slice: number,
  isAfter: boolean,
): ImageData {
  const { size, origin, step, values, upTo } = preview;
  const [nx, ny, nz] = size;
  const [columns, rows] = plane === 'axial' ? [nx, ny] : plane === 'coronal' ? [nx, nz] : [ny, nz];
  const image = new ImageData(columns, rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const i = plane === 'sagittal' ? slice : column;
      const j = plane === 'axial' ? row : plane === 'coronal' ? slice : column;
      const k = plane === 'axial' ? slice : nz - 1 - row;
      const isGone = isAfter && origin[1] + j * step < (upTo[k * nx + i] ?? -Infinity);
      const value = isGone ? 0 : (values[(k * ny + j) * nx + i] ?? 0);
      image.data.set([value, value, value, 255], (row * columns + column) * 4);
    }
  }
  return image;
}
