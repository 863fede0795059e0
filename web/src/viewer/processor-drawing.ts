import { getShouldUseCPURendering, type Types } from '@cornerstonejs/core';
import { voiOutput } from '../../../shared/pixels/voi.ts';
import type { Placement } from './image-placement.ts';
import type { ViewOrientation } from './view-orientation.ts';
import type { VoiRange } from './voi-choice.ts';

const WHITE = 0xffff;

/** What Cornerstone draws by without WebGL; none of its interfaces leads there. */
interface Drawn {
  readonly _cpuFallbackEnabledElement?: {
    readonly viewport?: {
      voiLUT?: unknown;
      readonly rotation: number;
      readonly hflip: boolean;
      readonly vflip: boolean;
      /** From the middle, in pixels of the image as it is turned, before flips. */
      readonly translation: { x: number; y: number };
    };
  };
}

const drawnBy = (viewport: Types.IStackViewport) =>
  (viewport as unknown as Drawn)._cpuFallbackEnabledElement?.viewport; // a cast: see above

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
  const drawn = drawnBy(viewport);
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

/**
 * Moves the picture so far, CSS pixels. Cornerstone takes what it is told for a point in the patient then, and answers in
 * pixels of the image.
 *
 * @param placement of the image, as it is
 */
export function moveOnProcessor(
  viewport: Types.IStackViewport,
  [a, b, c, d]: Placement,
  [x, y]: readonly [x: number, y: number],
): void {
  const drawn = drawnBy(viewport);
  if (!drawn) return;
  const { rotation, hflip, vflip, translation } = drawn;
  const [across, down] = [hflip ? -1 : 1, vflip ? -1 : 1];
  const [cos, sin] = [Math.cos((rotation * Math.PI) / 180), Math.sin((rotation * Math.PI) / 180)];
  // The placement without flips and without the turn that comes before the translation: what a step of it makes on screen.
  const [xx, yx] = [a * across * cos - c * down * sin, b * across * cos - d * down * sin];
  const [xy, yy] = [a * across * sin + c * down * cos, b * across * sin + d * down * cos];
  const area = xx * yy - xy * yx;
  if (area === 0) return;
  translation.x += (yy * x - xy * y) / area;
  translation.y += (xx * y - yx * x) / area;
  // It draws by a matrix that it makes when the camera is set.
  viewport.setCamera({});
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
