import type { Element, Fragment } from '../dicom/dataset.ts';
import type { ParsedInstance } from '../dicom/read-instance.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { elementBytes } from './element-bytes.ts';
import { PixelError } from './pixel-error.ts';

/** Bytes of an item's tag and length, which stand before each fragment's value. */
const ITEM_HEADER = 8;

/**
 * Assigns fragments to frames (PS3.5 section A.4). As many fragments as frames are one each, whatever a table says;
 * else the extended or the basic offset table decides, if it points at fragments at all; else the markers that
 * compressed streams begin with. There may be more or fewer groups than frames, where markers say so.
 *
 * Throws a PixelError when the frames can't be told apart.
 */
export async function groupFragments(
  instance: ParsedInstance,
  element: Element,
  numberOfFrames: number,
): Promise<readonly (readonly Fragment[])[]> {
  const [offsetTable, ...fragments] = element.fragments ?? [];
  if (fragments.length === numberOfFrames) return fragments.map((fragment) => [fragment]);
  const starts =
    startsByOffsets(await extendedOffsets(instance), fragments, numberOfFrames) ??
    startsByOffsets(await basicOffsets(instance, offsetTable), fragments, numberOfFrames) ??
    (await startsByMarkers(instance, fragments));
  if (numberOfFrames === 1 && fragments.length > 0 && starts.length <= 1) return [fragments];
  // Streams that begin one after another are the first frames, whether more or fewer were said to be there.
  const isCut = fragments.length < numberOfFrames && starts.length === fragments.length;
  if (starts.length === 0 || (starts.length < numberOfFrames && !isCut)) {
    const message = `The ${fragments.length} fragments can't be assigned to ${numberOfFrames} frames.`;
    throw new PixelError('frame', message);
  }
  return starts.map((start, frame) => fragments.slice(start, starts[frame + 1]));
}

/** What the fragments say against Number of Frames, in words; empty where they agree or can't be told apart. */
export function frameCountProblems(
  groups: readonly (readonly Fragment[])[],
  numberOfFrames: number,
): string[] {
  const found = groups.length;
  if (found === numberOfFrames) return [];
  return [`The pixel data holds ${found} frames, Number of Frames says ${numberOfFrames}.`];
}

async function extendedOffsets(instance: ParsedInstance): Promise<readonly number[]> {
  const element = instance.dataset.get(Tag.ExtendedOffsetTable);
  if (!element) return [];
  const view = viewOf(await elementBytes(instance.source, element));
  return Array.from({ length: Math.floor(view.byteLength / 8) }, (_, i) =>
    Number(view.getBigUint64(i * 8, true)),
  );
}

async function basicOffsets(
  instance: ParsedInstance,
  table: Fragment | undefined,
): Promise<readonly number[]> {
  if (!table || table.length === 0) return [];
  const view = viewOf(await instance.source.read(table.offset, table.length));
  return Array.from({ length: Math.floor(view.byteLength / 4) }, (_, i) =>
    view.getUint32(i * 4, true),
  );
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The index of each frame's first fragment; undefined when the table doesn't fit the fragments. */
function startsByOffsets(
  offsets: readonly number[],
  fragments: readonly Fragment[],
  numberOfFrames: number,
): number[] | undefined {
  if (offsets.length !== numberOfFrames || offsets[0] !== 0) return undefined;
  // Offsets count from the first item after the basic offset table (PS3.5 section A.4).
  const base = fragments[0]?.offset ?? 0;
  const indexByOffset = new Map(fragments.map((fragment, i) => [fragment.offset - base, i]));
  const starts: number[] = [];
  for (const offset of offsets) {
    const index = indexByOffset.get(offset);
    if (index === undefined || index <= (starts.at(-1) ?? -1)) return undefined;
    starts.push(index);
  }
  return starts;
}

async function startsByMarkers(
  instance: ParsedInstance,
  fragments: readonly Fragment[],
): Promise<number[]> {
  const starts: number[] = [];
  for (const [i, fragment] of fragments.entries()) {
    const bytes = await instance.source.read(
      fragment.offset,
      Math.min(ITEM_HEADER, fragment.length),
    );
    if (beginsStream(bytes)) starts.push(i);
  }
  return starts[0] === 0 ? starts : [];
}

/** JPEG and JPEG-LS begin with SOI and a marker, JPEG 2000 with SOC and SIZ, RLE with its header. */
function beginsStream(bytes: Uint8Array): boolean {
  if (bytes.length < ITEM_HEADER) return false;
  const [a, b, c, d, e, f, g, h] = bytes;
  if (a === 0xff && b === 0xd8 && c === 0xff) return true;
  if (a === 0xff && b === 0x4f && c === 0xff && d === 0x51) return true;
  // Number of segments, 1 to 15; the first begins after the header of 64 bytes (PS3.5 section G.5).
  const segments = a ?? 0;
  const restOfCount = (b ?? 0) | (c ?? 0) | (d ?? 0);
  const noOffset = (f ?? 0) | (g ?? 0) | (h ?? 0);
  return segments >= 1 && segments <= 15 && restOfCount === 0 && e === 64 && noOffset === 0;
}
