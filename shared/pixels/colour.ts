import { PixelError } from './pixel-error.ts';
import type { Palette } from './palette.ts';
import type { StoredFrame } from './stored-frame.ts';

/** Red, green, blue and alpha of 8 bits each, row by row. */
export type Rgba = Uint8ClampedArray<ArrayBuffer>;

/** Whether a frame is shown in colour: then neither window nor inverse apply to it. */
export const isColour = ({ photometricInterpretation }: StoredFrame): boolean =>
  !photometricInterpretation.startsWith('MONOCHROME');

/**
 * The colours of a frame (PS3.3 section C.7.6.3.1.2).
 *
 * @param bitsStored samples of more than 8 bits are shown by their highest 8
 */
export function colourPicture(
  frame: StoredFrame,
  bitsStored: number,
  palette: Palette | undefined,
): Rgba {
  switch (frame.photometricInterpretation) {
    case 'PALETTE COLOR':
      if (!palette) throw new PixelError('attributes', 'The image has no palette.');
      return fromPalette(frame, palette);
    case 'RGB':
      return fromRgb(frame, bitsStored);
    case 'YBR_FULL':
      return fromYbrFull(frame, bitsStored);
    default:
      throw new PixelError('attributes', 'The image is not in colour.');
  }
}

function fromPalette({ samples }: StoredFrame, palette: Palette): Rgba {
  const { firstMapped, red, green, blue } = palette;
  const rgba = new Uint8ClampedArray(samples.length * 4);
  const last = red.length - 1;
  for (let i = 0; i < samples.length; i++) {
    const index = Math.min(last, Math.max(0, (samples[i] ?? 0) - firstMapped));
    rgba[i * 4] = red[index] ?? 0;
    rgba[i * 4 + 1] = green[index] ?? 0;
    rgba[i * 4 + 2] = blue[index] ?? 0;
    rgba[i * 4 + 3] = 255;
  }
  return rgba;
}

function fromRgb({ samples }: StoredFrame, bitsStored: number): Rgba {
  const rgba = new Uint8ClampedArray((samples.length / 3) * 4);
  const scale = 2 ** (8 - Math.max(8, bitsStored));
  for (let from = 0, to = 0; from < samples.length; from += 3, to += 4) {
    rgba[to] = Math.floor((samples[from] ?? 0) * scale);
    rgba[to + 1] = Math.floor((samples[from + 1] ?? 0) * scale);
    rgba[to + 2] = Math.floor((samples[from + 2] ?? 0) * scale);
    rgba[to + 3] = 255;
  }
  return rgba;
}

function fromYbrFull({ samples }: StoredFrame, bitsStored: number): Rgba {
  const rgba = new Uint8ClampedArray((samples.length / 3) * 4);
  const scale = 2 ** (8 - Math.max(8, bitsStored));
  for (let from = 0, to = 0; from < samples.length; from += 3, to += 4) {
    const y = (samples[from] ?? 0) * scale;
    const cb = (samples[from + 1] ?? 0) * scale - 128;
    const cr = (samples[from + 2] ?? 0) * scale - 128;
    rgba[to] = y + 1.402 * cr;
    rgba[to + 1] = y - 0.344136 * cb - 0.714136 * cr;
    rgba[to + 2] = y + 1.772 * cb;
    rgba[to + 3] = 255;
  }
  return rgba;
}
