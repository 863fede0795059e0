import type { MeasuredFrame } from '../analysis/measured-frame.ts';
import { PRIORITY } from './decode-pool.ts';
import type { FrameCatalogue, FrameHeader } from './frame-catalogue.ts';
import type { FrameLoader } from './frame-loader.ts';
import type { ViewerInstance } from './viewer-input.ts';

/**
 * A frame with its values in the units of the modality, from memory where it is on screen. Rejects when it can't be
 * shown either.
 *
 * @param frameIndex from 0
 */
export async function loadMeasuredFrame(
  catalogue: FrameCatalogue,
  loader: FrameLoader,
  instance: ViewerInstance,
  frameIndex: number,
): Promise<MeasuredFrame> {
  const wish = {};
  catalogue.add(instance);
  try {
    const own = catalogue.imageId(instance, frameIndex, 'own');
    const { header } = await catalogue.load(own);
    // What passed through a VOI LUT is for the eye: it is measured before that.
    const isLut = header.display.vois[0]?.transform.kind === 'lut';
    const imageId = isLut ? catalogue.imageId(instance, frameIndex, 'none') : own;
    const wanted = loader.request(imageId, PRIORITY.screen);
    loader.want(wish, imageId, () => []);
    const { image, isColour } = await wanted;
    const size = header.image.rows * header.image.columns;
    return {
      dataset: header.instance.dataset,
      frameIndex,
      rows: header.image.rows,
      columns: header.image.columns,
      scale: header.geometry.scale,
      values: isColour ? luminance(image.getPixelData(), size) : image.getPixelData(),
      isColour,
      isPadding: isColour ? () => false : paddingOf(header),
    };
  } finally {
    loader.release(wish);
    catalogue.release(instance);
  }
}

/** Y of each RGB or RGBA pixel (PS3.3 section C.7.6.3.1.2, YBR_FULL). */
function luminance(values: ArrayLike<number>, size: number): Float32Array {
  const step = values.length / size;
  return Float32Array.from({ length: size }, (_, i) => {
    const at = i * step;
    const [red, green, blue] = [values[at] ?? 0, values[at + 1] ?? 0, values[at + 2] ?? 0];
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  });
}

/** Padding is said in stored values (PS3.3 section C.7.5.1.1.2); a look-up table may give it to other pixels as well. */
export function paddingOf({
  image,
  display: { modality },
}: FrameHeader): (value: number) => boolean {
  const { pixelPaddingValue: value, pixelPaddingRangeLimit: limit = value } = image;
  if (value === undefined || limit === undefined || modality.kind === 'lut') return () => false;
  const { slope, intercept } = modality;
  const ends = [value, limit].map((stored) => Math.fround(stored * slope + intercept));
  const [lowest, highest] = [Math.min(...ends), Math.max(...ends)];
  return (candidate) => candidate >= lowest && candidate <= highest;
}
