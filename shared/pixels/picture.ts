import { colourPicture, isColour, type Rgba } from './colour.ts';
import type { DisplayAttributes } from './display-attributes.ts';
import type { ImageDescription } from './image-description.ts';
import { applyModality, rangeOf, type ModalityTransform } from './modality.ts';
import type { SampleArray, StoredFrame } from './stored-frame.ts';
import { voiOutput, windowOfRange, type VoiTransform, type Window } from './voi.ts';

/** A picture for the screen. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Rgba;
}

/** Whether a stored value stands for "no pixel here" (PS3.3 section C.7.5.1.1.2). */
export function isPadding(image: ImageDescription, stored: number): boolean {
  const value = image.pixelPaddingValue;
  if (value === undefined) return false;
  const limit = image.pixelPaddingRangeLimit ?? value;
  return stored >= Math.min(value, limit) && stored <= Math.max(value, limit);
}

/**
 * The window for an object that brings none: all values of 8 bits and fewer, which are made for the screen, else
 * from the frame's lowest to its highest value, padding aside.
 */
export function defaultWindow(
  image: ImageDescription,
  frame: StoredFrame,
  modality: ModalityTransform,
): Window {
  const isIdentity =
    modality.kind === 'rescale' && modality.slope === 1 && modality.intercept === 0;
  if (isIdentity && image.bitsStored <= 8 && !image.signed) {
    return windowOfRange({ lowest: 0, highest: 2 ** image.bitsStored - 1 });
  }
  const { lowest, highest } = rangeOf(frame.samples, (value) => isPadding(image, value));
  const ends = applyModality(Float64Array.of(lowest, highest), modality);
  return windowOfRange(rangeOf(ends));
}

/**
 * Stored values to a picture, in the order of PS3.3 section C.11 and PS3.4 annex N: modality, values of interest,
 * inversion; or palette and colour space.
 *
 * @param voi instead of the object's own first choice
 */
export function makePicture(
  image: ImageDescription,
  frame: StoredFrame,
  display: DisplayAttributes,
  voi?: VoiTransform,
): Picture {
  const size = { width: frame.columns, height: frame.rows };
  if (isColour(frame)) {
    return { ...size, rgba: colourPicture(frame, image.bitsStored, display.palette) };
  }
  const transform =
    voi ??
    display.vois[0]?.transform ??
    ({ kind: 'window', ...defaultWindow(image, frame, display.modality) } as const);
  const values = applyModality(frame.samples, display.modality);
  return { ...size, rgba: greyPicture(values, transform, display.inverse) };
}

function greyPicture(values: SampleArray, voi: VoiTransform, inverse: boolean): Rgba {
  const rgba = new Uint8ClampedArray(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    const output = voiOutput(voi, values[i] ?? 0);
    const grey = Math.round((inverse ? 1 - output : output) * 255);
    rgba.fill(grey, i * 4, i * 4 + 3);
    rgba[i * 4 + 3] = 255;
  }
  return rgba;
}
