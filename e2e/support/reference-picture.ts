// What a viewport should show, worked out without Cornerstone and without a browser.
import { readFile } from 'node:fs/promises';
import { bufferSource } from '../../shared/dicom/byte-source.ts';
import { readInstance } from '../../shared/dicom/read-instance.ts';
import { decodeFrame } from '../../shared/pixels/decode-frame.ts';
import { readDisplayAttributes } from '../../shared/pixels/display-attributes.ts';
import { readFrame } from '../../shared/pixels/frames.ts';
import { describeImage, hasPixels } from '../../shared/pixels/image-description.ts';
import { MARK, marksOf, readMarkSources, type Marks } from '../../shared/pixels/marks.ts';
import { makePicture, type Picture } from '../../shared/pixels/picture.ts';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { frameGeometry } from '../../web/src/viewer/frame-geometry.ts';

const codecs = nodeCodecs();

/** Mean colours of a grid over the picture, row by row: red, green, blue from 0 to 255. */
export interface BlockMeans {
  readonly grid: number;
  readonly means: readonly number[];
}

export interface Reference {
  /** Where the picture lies on a canvas of this size that it is fitted into, CSS pixels. */
  readonly rectangle: { left: number; top: number; width: number; height: number };
  readonly blocks: BlockMeans;
}

/** How a picture is looked at: turned first, then mirrored, then enlarged. */
export interface View {
  /** To the right. */
  readonly quarterTurns: 0 | 1;
  readonly isMirrored: boolean;
  readonly zoom: number;
  readonly areOverlaysHidden: boolean;
}

export const AS_OPENED: View = {
  quarterTurns: 0,
  isMirrored: false,
  zoom: 1,
  areOverlaysHidden: false,
};

interface Spacing {
  readonly rowSpacing: number;
  readonly columnSpacing: number;
}

interface Seen extends Spacing {
  readonly picture: Picture;
  readonly zoom: number;
  /** Of the picture before it was turned, which is what was fitted. */
  readonly fitted: { readonly wide: number; readonly high: number };
}

function withoutOverlays(marks: Marks | undefined): Marks | undefined {
  const drawn = MARK.graphic | MARK.region;
  return marks && { ...marks, bits: marks.bits.map((mark) => mark & ~drawn) };
}

function seenAs(picture: Picture, { rowSpacing, columnSpacing }: Spacing, view: View): Seen {
  const { width, height, rgba } = picture;
  const fitted = { wide: width * columnSpacing, high: height * rowSpacing };
  const isTurned = view.quarterTurns === 1;
  const size = isTurned ? { width: height, height: width } : { width, height };
  const pixels = new Uint8ClampedArray(rgba.length);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const seenX = view.isMirrored ? size.width - 1 - x : x;
      const from = isTurned ? (height - 1 - seenX) * width + y : y * width + seenX;
      pixels.set(rgba.subarray(from * 4, from * 4 + 4), (y * size.width + x) * 4);
    }
  }
  const spacing = isTurned
    ? { rowSpacing: columnSpacing, columnSpacing: rowSpacing }
    : { rowSpacing, columnSpacing };
  return { picture: { ...size, rgba: pixels }, ...spacing, zoom: view.zoom, fitted };
}

/** A stack is sorted by position: the frame that is seen first may be another than the first of the file. */
const MAX_FRAMES = 12;

/**
 * The first frames of a file as they lie on a canvas, none where the file has no pixels.
 * @throws PixelError where they can't be decoded
 */
export async function referencePictures(
  path: string,
  canvas: { readonly width: number; readonly height: number },
  grid: number,
  view: View = AS_OPENED,
): Promise<Reference[]> {
  const instance = await readInstance(bufferSource(new Uint8Array(await readFile(path))));
  if (!hasPixels(instance)) return [];
  const image = describeImage(instance);
  const references: Reference[] = [];
  for (let index = 0; index < Math.min(MAX_FRAMES, image.numberOfFrames); index++) {
    const bytes = await readFrame(instance, image, index);
    const frame = await decodeFrame(bytes, image, codecs);
    const display = await readDisplayAttributes(instance, image, index);
    const { scale } = frameGeometry(instance.dataset, index);
    const aspect = scale.rowSpacing / scale.columnSpacing;
    const { sources } = await readMarkSources(instance, image, index, aspect);
    const marks = await marksOf(bytes, frame, image, sources, codecs);
    const shown = view.areOverlaysHidden ? withoutOverlays(marks) : marks;
    const seen = seenAs(makePicture(image, frame, display, shown), scale, view);
    references.push(placed(seen, canvas, grid));
  }
  return references;
}

function placed(
  { picture, rowSpacing, columnSpacing, zoom, fitted }: Seen,
  canvas: { readonly width: number; readonly height: number },
  grid: number,
): Reference {
  const [wide, high] = [picture.width * columnSpacing, picture.height * rowSpacing];
  const scale = Math.min(canvas.width / fitted.wide, canvas.height / fitted.high) * zoom;
  const [width, height] = [wide * scale, high * scale];
  const rectangle = {
    left: (canvas.width - width) / 2,
    top: (canvas.height - height) / 2,
    width,
    height,
  };
  return { rectangle, blocks: blockMeans(picture, rectangle, grid) };
}

/** Samples the picture at each pixel of its rectangle, between its pixels linearly, and takes means. */
function blockMeans(
  picture: Picture,
  { width, height }: Reference['rectangle'],
  grid: number,
): BlockMeans {
  const sums = new Float64Array(grid * grid * 3);
  const counts = new Float64Array(grid * grid);
  for (let y = 0; y < Math.floor(height); y++) {
    for (let x = 0; x < Math.floor(width); x++) {
      const at = blockAt(x, width, grid) + grid * blockAt(y, height, grid);
      const u = ((x + 0.5) / width) * picture.width - 0.5;
      const v = ((y + 0.5) / height) * picture.height - 0.5;
      for (let channel = 0; channel < 3; channel++) {
        const sum = sums[at * 3 + channel] ?? 0;
        sums[at * 3 + channel] = sum + bilinear(picture, u, v, channel);
      }
      counts[at] = (counts[at] ?? 0) + 1;
    }
  }
  return {
    grid,
    means: Array.from(sums, (sum, i) => sum / Math.max(1, counts[Math.floor(i / 3)] ?? 1)),
  };
}

const blockAt = (x: number, width: number, grid: number): number =>
  Math.min(grid - 1, Math.floor((x / width) * grid));

function bilinear({ rgba, width, height }: Picture, u: number, v: number, channel: number): number {
  const clampX = (x: number) => Math.max(0, Math.min(width - 1, x));
  const clampY = (y: number) => Math.max(0, Math.min(height - 1, y));
  const [x, y] = [Math.floor(u), Math.floor(v)];
  const value = (i: number, j: number) => rgba[(clampY(j) * width + clampX(i)) * 4 + channel] ?? 0;
  const [fx, fy] = [u - x, v - y];
  const upper = value(x, y) * (1 - fx) + value(x + 1, y) * fx;
  const lower = value(x, y + 1) * (1 - fx) + value(x + 1, y + 1) * fx;
  return upper * (1 - fy) + lower * fy;
}
