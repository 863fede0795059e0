import type { Picture } from './picture.ts';

/**
 * A picture no larger than `size` on either side, each pixel the mean of those that it stands for.
 *
 * @param pixelAspect height of a pixel by its width, so that the small picture has square ones
 */
export function shrinkPicture(picture: Picture, size: number, pixelAspect = 1): Picture {
  const { width: sourceWidth, height: sourceHeight, rgba: source } = picture;
  const shownHeight = sourceHeight * pixelAspect;
  const scale = size / Math.max(sourceWidth, shownHeight);
  const width = Math.max(1, Math.round(sourceWidth * scale));
  const height = Math.max(1, Math.round(shownHeight * scale));
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const top = Math.floor((y * sourceHeight) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * sourceHeight) / height));
    for (let x = 0; x < width; x++) {
      const left = Math.floor((x * sourceWidth) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * sourceWidth) / width));
      const sum = [0, 0, 0, 0];
      for (let sy = top; sy < bottom; sy++) {
        for (let at = (sy * sourceWidth + left) * 4; at < (sy * sourceWidth + right) * 4; at++) {
          sum[at & 3] = (sum[at & 3] ?? 0) + (source[at] ?? 0);
        }
      }
      const count = (bottom - top) * (right - left);
      rgba.set(
        sum.map((total) => total / count),
        (y * width + x) * 4,
      );
    }
  }
  return { width, height, rgba };
}
