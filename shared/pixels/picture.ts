import { colourPicture, isColour, type Rgba } from './colour.ts';
import type { DisplayAttributes } from './display-attributes.ts';
import { isPadding, type ImageDescription } from './image-description.ts';
import { drawMarks, type Marks } from './marks.ts';
import { applyModality, rangeOf, type ModalityTransform } from './modality.ts';
import type { SampleArray, StoredFrame } from './stored-frame.ts';
import { voiOutput, windowOfRange, type VoiTransform, type Window } from './voi.ts';

/** A picture for the screen. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Rgba;
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
 * inversion; or palette and colour space. Marks lie over all of it.
 */
export function makePicture(
  image: ImageDescription,
  frame: StoredFrame,
  display: DisplayAttributes,
  marks?: Marks,
): Picture {
  const rgba = isColour(frame)
    ? colourPicture(frame, image.bitsStored, display.palette)
    : ownGreys(image, frame, display);
  if (marks) drawMarks(rgba, marks);
  return { width: frame.columns, height: frame.rows, rgba };
}

function ownGreys(image: ImageDescription, frame: StoredFrame, display: DisplayAttributes): Rgba {
  const transform =
    display.vois[0]?.transform ??
    ({ kind: 'window', ...defaultWindow(image, frame, display.modality) } as const);
  return greyPicture(applyModality(frame.samples, display.modality), transform, display.inverse);
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
