import type { Element, Fragment } from '../dicom/dataset.ts';
import type { ParsedInstance } from '../dicom/read-instance.ts';
import { readExactly } from './element-bytes.ts';
import { frameCountProblems, groupFragments } from './fragment-groups.ts';
import { describeImage, pixelElementOf, type ImageDescription } from './image-description.ts';
import { readNativeFrame } from './native-frame.ts';
import { nativeFrameBits } from './native-layout.ts';
import { PixelError } from './pixel-error.ts';

/** What is worked out once per instance: which fragments are whose. */
const groupsOfElement = new WeakMap<Element, Promise<readonly (readonly Fragment[])[]>>();

/**
 * The bytes of one frame, and no others, read from the source.
 * Native frames come in little endian whatever the transfer syntax, 1-bit ones from bit 0 on; encapsulated ones as the
 * compressed stream, its fragments joined (PS3.5 sections 8.1 and A.4).
 *
 * @param frameIndex from 0
 */
export async function readFrame(
  instance: ParsedInstance,
  image: ImageDescription,
  frameIndex: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const element = pixelElementOf(instance.dataset);
  if (!element) throw new PixelError('no-pixel-data', 'The object has no pixel data.');
  if (!Number.isInteger(frameIndex) || frameIndex < 0 || frameIndex >= image.numberOfFrames) {
    const message = `There is no frame ${frameIndex + 1}: the object has ${image.numberOfFrames}.`;
    throw new PixelError('frame', message);
  }
  if (image.encoding === 'native') {
    return readNativeFrame(instance.source, element, image, frameIndex);
  }
  const groups = await fragmentsByFrame(instance, image, element);
  const fragments = groups[frameIndex];
  if (!fragments) {
    const [problem = 'There is no such frame.'] = frameCountProblems(groups, image.numberOfFrames);
    throw new PixelError('length', problem);
  }
  return readFragments(instance, fragments);
}

/**
 * The problems of an image's description, and what only its fragments can tell: how many frames there are.
 * Never rejects: frames that can't be told apart say so when they are read.
 */
export async function imageProblems(
  instance: ParsedInstance,
  image: ImageDescription,
): Promise<readonly string[]> {
  const element = pixelElementOf(instance.dataset);
  if (!element || image.encoding === 'native') return image.problems;
  const groups = await fragmentsByFrame(instance, image, element).catch(() => undefined);
  const counted = groups ? frameCountProblems(groups, image.numberOfFrames) : [];
  return [...image.problems, ...counted];
}

/**
 * So many frames as were said to be there, but no more than the pixel data can hold and one, which says what is
 * missing: Number of Frames may be any number.
 */
export function framesWithin(instance: ParsedInstance, numberOfFrames: number): number {
  const element = pixelElementOf(instance.dataset);
  const held = element ? heldFrames(instance, element) : 0;
  return Math.max(1, Math.min(numberOfFrames, held + 1));
}

function heldFrames(instance: ParsedInstance, element: Element): number {
  // The first item is the offset table.
  if (element.fragments) return element.fragments.length - 1;
  try {
    return Math.floor((element.length * 8) / nativeFrameBits(describeImage(instance)));
  } catch {
    return 0;
  }
}

/** The fragments of each frame, in the order of the frames. */
export function fragmentsByFrame(
  instance: ParsedInstance,
  image: ImageDescription,
  element: Element,
): Promise<readonly (readonly Fragment[])[]> {
  let groups = groupsOfElement.get(element);
  if (!groups) {
    groups = groupFragments(instance, element, image.numberOfFrames);
    groupsOfElement.set(element, groups);
    // A source that can't be read now may be readable later: only what was found out is kept.
    groups.catch(() => groupsOfElement.delete(element));
  }
  return groups;
}

async function readFragments(
  instance: ParsedInstance,
  fragments: readonly Fragment[],
): Promise<Uint8Array<ArrayBuffer>> {
  const read = ({ offset, length }: Fragment) => readExactly(instance.source, offset, length);
  const [only] = fragments;
  if (only && fragments.length === 1) return read(only);
  const parts = await Promise.all(fragments.map(read));
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined;
}
