import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import type { Codecs } from '../../../shared/pixels/codecs/codecs.ts';
import { colourPicture, isColour } from '../../../shared/pixels/colour.ts';
import { decodeFrame } from '../../../shared/pixels/decode-frame.ts';
import {
  readDisplayAttributes,
  type DisplayAttributes,
} from '../../../shared/pixels/display-attributes.ts';
import { readFrame } from '../../../shared/pixels/frames.ts';
import { describeImage, type ImageDescription } from '../../../shared/pixels/image-description.ts';
import type { StoredFrame } from '../../../shared/pixels/stored-frame.ts';
import { findText, merged, type GreyPicture } from './find-text.ts';
import type { TextBox } from './text-lines.ts';

/** So many letters in a line are text; fewer may be a pattern of tissue. */
export const SURE_LETTERS = 6;

/**
 * Looks for text in the frames of an instance; one that is like the last isn't looked at again.
 * @throws PixelError when a frame can't be decoded
 */
export async function searchText(instance: ParsedInstance, codecs: Codecs): Promise<TextBox[]> {
  const image = describeImage(instance);
  const display = await readDisplayAttributes(instance, image, 0);
  const found: TextBox[] = [];
  let last: StoredFrame | undefined;
  for (let index = 0; index < image.numberOfFrames; index++) {
    const frame = await decodeFrame(await readFrame(instance, image, index), image, codecs);
    if (last && isSame(last, frame)) continue;
    last = frame;
    for (const picture of greysOf(frame, image, display)) found.push(...findText(picture));
  }
  return merged(found);
}

const isSame = (a: StoredFrame, b: StoredFrame): boolean =>
  a.samples.length === b.samples.length && a.samples.every((value, i) => value === b.samples[i]);

/** A part of the values at each end that a window leaves out. */
const TAIL = 0.005;
/** A window of its own is looked through where it is so much narrower than the whole range. */
const NARROWER = 0.6;

/** A frame as pictures in which text stands out: all of its range; and, where few values are far out, the range of the others. */
export function greysOf(
  frame: StoredFrame,
  image: ImageDescription,
  display: DisplayAttributes,
): GreyPicture[] {
  const { rows, columns } = frame;
  if (isColour(frame)) {
    const rgba = colourPicture(frame, image.bitsStored, display.palette);
    // The brightest of the three: blue letters on black have little luminance.
    const values = new Uint8Array(rows * columns);
    for (let i = 0, at = 0; i < values.length; i++, at += 4) {
      values[i] = Math.max(rgba[at] ?? 0, rgba[at + 1] ?? 0, rgba[at + 2] ?? 0);
    }
    return [{ rows, columns, values }];
  }
  const { samples } = frame;
  const sorted = sampled(samples).sort();
  const at = (part: number) => sorted[Math.round((sorted.length - 1) * part)] ?? 0;
  let [lowest, highest] = [Infinity, -Infinity];
  for (const value of samples) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  const windowed = (from: number, to: number): GreyPicture => {
    const values = new Uint8Array(rows * columns);
    const factor = to > from ? 255 / (to - from) : 0;
    for (let i = 0; i < values.length; i++) {
      values[i] = Math.min(255, Math.max(0, Math.round(((samples[i] ?? 0) - from) * factor)));
    }
    return { rows, columns, values };
  };
  const [low, high] = [at(TAIL), at(1 - TAIL)];
  const whole = windowed(lowest, highest);
  const isNarrower = high > low && high - low < NARROWER * (highest - lowest);
  return isNarrower ? [whole, windowed(low, high)] : [whole];
}

const SAMPLES = 20_000;

function sampled(samples: StoredFrame['samples']): Float64Array {
  const step = Math.max(1, Math.floor(samples.length / SAMPLES));
  return Float64Array.from({ length: Math.ceil(samples.length / step) }, (_, i) =>
    Number.isFinite(samples[i * step]) ? (samples[i * step] ?? 0) : 0,
  );
}
