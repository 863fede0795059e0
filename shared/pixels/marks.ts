// What lies over a picture and no window changes: padding, colours of the supplemental palette, shutter, overlays.
import type { ParsedInstance } from '../dicom/read-instance.ts';
import * as Tag from '../dicom/tags.generated.ts';
import type { Codecs } from './codecs/codecs.ts';
import { decodeFrame } from './decode-frame.ts';
import { functionalGroup } from './functional-group.ts';
import { hasPadding, isPadding, type ImageDescription } from './image-description.ts';
import { markedPixels, readOverlays, type OverlayPlane } from './overlays.ts';
import { readPalette, type Palette } from './palette.ts';
import { isOpen, readShutter, type Shutter } from './shutter.ts';
import type { SampleArray, StoredFrame } from './stored-frame.ts';

/** What an object says of a frame's marks; plain data, to be handed to a worker. */
export interface MarkSources {
  readonly overlays: readonly OverlayPlane[];
  readonly shutter: Shutter | undefined;
  /** Colours of the stored values from its first mapped one on (PS3.3 section C.7.6.19). */
  readonly supplemental: Palette | undefined;
  /** Height of a pixel by its width. */
  readonly pixelAspect: number;
}

/** Bits of a mark. The higher ones lie over the lower ones. */
export const MARK = { coloured: 1, padding: 2, shutter: 4, region: 8, graphic: 16 } as const;

/** The marks of a frame, a byte each pixel. */
export interface Marks {
  readonly bits: Uint8Array<ArrayBuffer>;
  /** Red, green and blue of each pixel, where the supplemental palette colours any. */
  readonly colours: Uint8Array<ArrayBuffer> | undefined;
  readonly shutterColour: Shutter['colour'];
}

/** Reads what the object says of a frame's marks, and what of it can't be drawn, in words. */
export async function readMarkSources(
  instance: ParsedInstance,
  image: ImageDescription,
  frameIndex: number,
  pixelAspect: number,
): Promise<{ sources: MarkSources; problems: readonly string[] }> {
  const { planes, problems } = await readOverlays(instance, image, frameIndex);
  const sources = {
    overlays: planes,
    shutter: readShutter(instance.dataset, frameIndex),
    supplemental: await supplementalPalette(instance, image, frameIndex),
    pixelAspect,
  };
  return { sources, problems };
}

/** Pixel Presentation says whether it is used: COLOR, or MIXED where frames differ (PS3.3 section C.8.16.2). */
async function supplementalPalette(
  { dataset, source }: ParsedInstance,
  image: ImageDescription,
  frameIndex: number,
): Promise<Palette | undefined> {
  if (image.photometricInterpretation !== 'MONOCHROME2') return undefined;
  if (!dataset.has(Tag.RedPaletteColorLookupTableDescriptor)) return undefined;
  const types = [Tag.CTImageFrameTypeSequence, Tag.MRImageFrameTypeSequence];
  const ofFrame = types
    .map((tag) => functionalGroup(dataset, tag, frameIndex)?.string(Tag.PixelPresentation))
    .find((term) => term !== undefined);
  const presentation = ofFrame ?? dataset.string(Tag.PixelPresentation);
  if (presentation !== 'COLOR' && presentation !== 'MIXED') return undefined;
  return readPalette(source, dataset, image.signed);
}

/**
 * The marks of a decoded frame; undefined where it has none.
 *
 * @param bytes the frame as it was decoded from, for overlays in the unused bits of its pixel cells
 */
export async function marksOf(
  bytes: Uint8Array<ArrayBuffer>,
  frame: StoredFrame,
  image: ImageDescription,
  sources: MarkSources,
  codecs: Codecs,
): Promise<Marks | undefined> {
  const { overlays, shutter, supplemental, pixelAspect } = sources;
  const isGrey = frame.photometricInterpretation.startsWith('MONOCHROME');
  const isPadded = isGrey && hasPadding(image);
  if (overlays.length === 0 && !shutter && !supplemental && !isPadded) return undefined;
  const bits = new Uint8Array(frame.rows * frame.columns);
  if (isPadded) {
    for (let i = 0; i < bits.length; i++) {
      if (isPadding(image, frame.samples[i] ?? 0)) bits[i] = MARK.padding;
    }
  }
  for (const plane of overlays) {
    const mark = markOf(plane, shutter);
    const cells = 'cellBit' in plane.bits ? await cellBits(bytes, image, plane, codecs) : undefined;
    markedPixels(plane, frame, cells, (at) => {
      bits[at] = (bits[at] ?? 0) | mark;
    });
  }
  if (shutter) closeShutter(bits, frame, shutter, pixelAspect);
  const colours = supplemental && paint(bits, frame.samples, supplemental);
  if (!colours && bits.every((mark) => mark === 0)) return undefined;
  return { bits, colours, shutterColour: shutter?.colour ?? [0, 0, 0] };
}

/** A bitmap shutter is an overlay that isn't drawn itself. */
function markOf({ group, isRegion }: OverlayPlane, shutter: Shutter | undefined): number {
  const isShutter = shutter?.openings.some(
    (opening) => opening.kind === 'bitmap' && opening.group === group,
  );
  if (isShutter) return MARK.shutter;
  return isRegion ? MARK.region : MARK.graphic;
}

/** The bit of each cell that an overlay lies in: what would be the stored value if the pixel were that bit. */
async function cellBits(
  bytes: Uint8Array<ArrayBuffer>,
  image: ImageDescription,
  { bits }: OverlayPlane,
  codecs: Codecs,
): Promise<SampleArray | undefined> {
  if (!('cellBit' in bits)) return undefined;
  const one = { ...image, bitsStored: 1, highBit: bits.cellBit, signed: false };
  return (await decodeFrame(bytes, one, codecs)).samples;
}

function closeShutter(
  bits: Uint8Array,
  { rows, columns }: StoredFrame,
  { openings }: Shutter,
  pixelAspect: number,
): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const isSeen = openings.every((o) => isOpen(o, row + 1, column + 1, pixelAspect));
      if (!isSeen) bits[at] = (bits[at] ?? 0) | MARK.shutter;
    }
  }
}

function paint(
  bits: Uint8Array,
  samples: SampleArray,
  { firstMapped, red, green, blue }: Palette,
): Uint8Array<ArrayBuffer> {
  const colours = new Uint8Array(bits.length * 3);
  const last = red.length - 1;
  for (let i = 0; i < bits.length; i++) {
    const index = (samples[i] ?? 0) - firstMapped;
    if (index < 0) continue;
    const at = Math.min(last, index);
    bits[i] = (bits[i] ?? 0) | MARK.coloured;
    colours[i * 3] = red[at] ?? 0;
    colours[i * 3 + 1] = green[at] ?? 0;
    colours[i * 3 + 2] = blue[at] ?? 0;
  }
  return colours;
}

const BLACK = [0, 0, 0, 255] as const;
const WHITE = [255, 255, 255, 255] as const;
/** Regions let the picture through. */
const AMBER = [255, 176, 0, 96] as const;

/** Red, green, blue and alpha of each pixel's marks: what is laid over the picture. */
export function markLayer(
  { bits, colours, shutterColour }: Marks,
  areOverlaysShown: boolean,
): Uint8ClampedArray<ArrayBuffer> {
  const closed = [...shutterColour, 255] as const;
  const colourOf = (mark: number) => {
    if (areOverlaysShown && mark & MARK.graphic) return WHITE;
    if (mark & MARK.shutter) return closed;
    if (mark & MARK.padding) return BLACK;
    return areOverlaysShown && mark & MARK.region ? AMBER : undefined;
  };
  const table = Array.from({ length: 32 }, (_, mark) => colourOf(mark));
  const rgba = new Uint8ClampedArray(bits.length * 4);
  for (let i = 0; i < bits.length; i++) {
    const mark = bits[i] ?? 0;
    if (mark === 0) continue;
    const over = table[mark];
    if (colours && mark & MARK.coloured && over?.[3] !== 255) {
      rgba.set([...colours.subarray(i * 3, i * 3 + 3), 255], i * 4);
      if (over) blend(rgba, i * 4, over);
    } else if (over) rgba.set(over, i * 4);
  }
  return rgba;
}

/** Lays marks over a picture. */
export function drawMarks(rgba: Uint8ClampedArray, marks: Marks, areOverlaysShown = true): void {
  const layer = markLayer(marks, areOverlaysShown);
  for (let at = 0; at < layer.length; at += 4) {
    if (layer[at + 3] !== 0) blend(rgba, at, layer.subarray(at, at + 4));
  }
}

function blend(rgba: Uint8ClampedArray, at: number, over: ArrayLike<number>): void {
  const alpha = (over[3] ?? 0) / 255;
  for (let channel = 0; channel < 3; channel++) {
    const under = rgba[at + channel] ?? 0;
    rgba[at + channel] = under + ((over[channel] ?? 0) - under) * alpha;
  }
}
