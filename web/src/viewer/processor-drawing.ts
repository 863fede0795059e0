import { getShouldUseCPURendering, type Types } from '@cornerstonejs/core';
import { voiOutput } from '../../../shared/pixels/voi.ts';
import type { ViewOrientation } from './view-orientation.ts';
import type { VoiRange } from './voi-choice.ts';

const WHITE = 0xffff;

/** What Cornerstone's drawing without WebGL reads its table from; none of its interfaces leads there. */
interface Drawn {
  readonly _cpuFallbackEnabledElement?: { readonly viewport?: { voiLUT?: unknown } };
}

/**
 * What drawing without WebGL needs to be told before a window is set. Cornerstone knows straight lines and look-up tables
 * then: a sigmoid (PS3.3 section C.11.2.1.3.1) becomes a table of the image's values. And a canvas smooths in steps that
 * shift what is enlarged by most of a pixel of the screen, unless it is asked for better; a new size makes it forget.
 */
export function prepareProcessor(
  viewport: Types.IStackViewport,
  image: Types.IImage,
  range: VoiRange | undefined,
): void {
  if (!getShouldUseCPURendering()) return;
  const context = viewport.getCanvas().getContext('2d');
  if (context) context.imageSmoothingQuality = 'medium';
  const drawn = (viewport as unknown as Drawn)._cpuFallbackEnabledElement?.viewport; // a cast: see above
  if (!drawn) return;
  drawn.voiLUT = range?.isSigmoid ? sigmoidTable(image, range) : undefined;
}

/** Without WebGL the flips of a presentation are ignored, the camera's are not. */
export function mirrorOnProcessor(
  viewport: Types.IStackViewport,
  { flipHorizontal, flipVertical }: ViewOrientation,
): void {
  if (getShouldUseCPURendering()) viewport.setCamera({ flipHorizontal, flipVertical });
}

function sigmoidTable({ minPixelValue, maxPixelValue }: Types.IImage, { lower, upper }: VoiRange) {
  const curve = {
    kind: 'window',
    function: 'SIGMOID',
    center: (lower + upper + 1) / 2,
    width: upper - lower + 1,
  } as const;
  const firstValueMapped = Math.floor(minPixelValue);
  const lut = Array.from({ length: Math.ceil(maxPixelValue) - firstValueMapped + 1 }, (_, i) =>
    Math.round(WHITE * voiOutput(curve, firstValueMapped + i)),
  );
  // Above all values of the image: Cornerstone takes the table's depth from its largest entry, and what lies above it
  // from its last.
  return { id: `sigmoid ${lower} ${upper}`, firstValueMapped, lut: [...lut, WHITE, WHITE] };
}
