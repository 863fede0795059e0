import { readDisplayAttributes } from '../../../shared/pixels/display-attributes.ts';
import { readFrame } from '../../../shared/pixels/frames.ts';
import { describeImage } from '../../../shared/pixels/image-description.ts';
import { readMarkSources } from '../../../shared/pixels/marks.ts';
import { PRIORITY, type DecodePool } from './decode-pool.ts';
import type { OpeningDisplay } from './frame-catalogue.ts';
import { frameGeometry } from './frame-geometry.ts';
import type { ViewerInstance } from './viewer-input.ts';

/** A small picture: `new ImageData(rgba, width, height)` shows it. */
export interface Thumbnail {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** Reads, decodes and shrinks a frame in a worker, after all that is wanted on screen. */
export async function makeThumbnail(
  { pool, openingDisplay }: { readonly pool: DecodePool; readonly openingDisplay: OpeningDisplay },
  source: ViewerInstance,
  size: number,
  frameIndex = Math.floor(source.numberOfFrames / 2),
): Promise<Thumbnail> {
  const result = await pool.decode(async () => {
    const { instance } = await source.open();
    const image = describeImage(instance);
    const asked = await readDisplayAttributes(instance, image, frameIndex);
    const display = openingDisplay(instance.dataset, frameIndex, asked);
    const bytes = await readFrame(instance, image, frameIndex);
    const { scale } = frameGeometry(instance.dataset, frameIndex);
    const pixelAspect = scale.rowSpacing / scale.columnSpacing;
    const { sources } = await readMarkSources(instance, image, frameIndex, pixelAspect);
    const output = { kind: 'thumbnail', size, pixelAspect } as const;
    return { bytes, image, display, marks: sources, output };
  }, PRIORITY.thumbnail).promise;
  if (result.kind !== 'thumbnail') throw new Error('The decoder gave something else.');
  return result;
}
