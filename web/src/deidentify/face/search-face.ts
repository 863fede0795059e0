// Looks for the face in the slices of a series, and says which pixels of each slice show it.
import type { ByteSource } from '../../../../shared/dicom/byte-source.ts';
import { readInstance, type ParsedInstance } from '../../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import type { Box } from '../../../../shared/pixels/box.ts';
import type { Codecs } from '../../../../shared/pixels/codecs/codecs.ts';
import { decodeFrame } from '../../../../shared/pixels/decode-frame.ts';
import { readFrame } from '../../../../shared/pixels/frames.ts';
import { describeImage } from '../../../../shared/pixels/image-description.ts';
import { PixelError } from '../../../../shared/pixels/pixel-error.ts';
import { faceBoxes } from './face-boxes.ts';
import { findFace } from './find-face.ts';
import {
  headGrid,
  reduced,
  type HeadGrid,
  type ReducedSlice,
  type SlicePlane,
  type Vector,
} from './head-grid.ts';

/** A head before and after, coarse, to be looked at. */
export interface FacePreview {
  /** As of the grid; brightness in place of values. */
  readonly size: Vector;
  readonly origin: Vector;
  readonly step: number;
  readonly values: Uint8Array<ArrayBuffer>;
  /** See FaceCut. */
  readonly upTo: Float32Array<ArrayBuffer>;
}

export type FoundFace =
  | {
      readonly kind: 'found';
      /** Of each slice, in the order of the sources. */
      readonly boxes: readonly (readonly Box[])[];
      readonly preview: FacePreview;
    }
  | { readonly kind: 'none'; readonly why: string };

/** Slices differ in direction by rounding alone. */
const SAME_DIRECTION = 0.001;

/** @param sources the files of one series */
export async function searchFace(
  sources: readonly ByteSource[],
  codecs: Codecs,
): Promise<FoundFace> {
  const planes: SlicePlane[] = [];
  const slices: ReducedSlice[] = [];
  let [air, modality] = [Infinity, ''];
  for (const source of sources) {
    const instance = await readInstance(source);
    modality = instance.dataset.string(Tag.Modality)?.trim() ?? '';
    if (modality !== 'CT' && modality !== 'MR') return none('It is neither CT nor MR.');
    const read = await readSlice(instance, codecs).catch((error: unknown) => {
      if (error instanceof PixelError) return undefined;
      throw error;
    });
    if (!read) return none('Its images are not single slices whose place is known.');
    const { plane, values, lowest } = read;
    air = Math.min(air, lowest);
    planes.push(plane);
    slices.push(reduced(plane, values));
  }
  if (!areParallel(planes)) return none('Its slices do not lie side by side.');
  const grid = headGrid(slices);
  if (!grid) return none('Its slices make no volume.');
  const search = findFace(grid, modality === 'CT' ? 'CT' : 'MR');
  if (search.kind === 'none') return search;
  return {
    kind: 'found',
    boxes: planes.map((plane) => faceBoxes(plane, grid, search.cut, air)),
    preview: previewOf(grid, search.cut.upTo, modality),
  };
}

const none = (why: string): FoundFace => ({ kind: 'none', why });

interface Slice {
  readonly plane: SlicePlane;
  /** Modality values. */
  readonly values: Float32Array;
  /** As stored. */
  readonly lowest: number;
}

async function readSlice(instance: ParsedInstance, codecs: Codecs): Promise<Slice | undefined> {
  const { dataset } = instance;
  const image = describeImage(instance);
  if (image.numberOfFrames !== 1 || image.samplesPerPixel !== 1) return undefined;
  const numbers = (tag: number, count: number) => {
    const values = dataset.strings(tag).map(Number);
    return values.length === count && values.every(Number.isFinite) ? values : undefined;
  };
  const position = numbers(Tag.ImagePositionPatient, 3);
  const directions = numbers(Tag.ImageOrientationPatient, 6);
  const spacing = numbers(Tag.PixelSpacing, 2);
  if (!position || !directions || !spacing?.every((mm) => mm > 0)) return undefined;
  const vector = (of: readonly number[], from: number): Vector => [
    of[from] ?? 0,
    of[from + 1] ?? 0,
    of[from + 2] ?? 0,
  ];
  const { samples } = await decodeFrame(await readFrame(instance, image, 0), image, codecs);
  const slope = dataset.number(Tag.RescaleSlope) ?? 1;
  const intercept = dataset.number(Tag.RescaleIntercept) ?? 0;
  const values = new Float32Array(samples.length);
  let lowest = Infinity;
  for (let i = 0; i < values.length; i++) {
    const sample = samples[i] ?? 0;
    if (sample < lowest) lowest = sample;
    values[i] = sample * slope + intercept;
  }
  return {
    plane: {
      origin: vector(position, 0),
      along: vector(directions, 0),
      down: vector(directions, 3),
      rowSpacing: spacing[0] ?? 1,
      columnSpacing: spacing[1] ?? 1,
      rows: image.rows,
      columns: image.columns,
    },
    values,
    lowest,
  };
}

function areParallel(planes: readonly SlicePlane[]): boolean {
  const [first] = planes;
  if (!first) return false;
  const isSame = (a: Vector, b: Vector) =>
    a.every((value, axis) => Math.abs(value - (b[axis] ?? 0)) < SAME_DIRECTION);
  return planes.every(({ along, down }) => isSame(along, first.along) && isSame(down, first.down));
}

/** Soft tissue of CT, and nearly all of MR. */
const CT_WINDOW = [-200, 300] as const;
const MR_WINDOW = [0, 0.995] as const;

function previewOf(grid: HeadGrid, upTo: Float32Array, modality: string): FacePreview {
  const { size, origin, step, values } = grid;
  const [low, high] = modality === 'CT' ? CT_WINDOW : rangeOf(values);
  const grey = new Uint8Array(values.length);
  for (let at = 0; at < grey.length; at++) {
    const value = ((values[at] ?? low) - low) / (high - low);
    grey[at] = Math.min(255, Math.max(0, Math.round(255 * value))) || 0;
  }
  return { size, origin, step, values: grey, upTo: new Float32Array(upTo) };
}

function rangeOf(values: Float32Array): readonly [number, number] {
  const every = Math.max(1, Math.floor(values.length / 50_000));
  const sample = values.filter((value, at) => at % every === 0 && Number.isFinite(value)).sort();
  const high = sample[Math.floor((sample.length - 1) * MR_WINDOW[1])] ?? 1;
  return [MR_WINDOW[0], Math.max(high, MR_WINDOW[0] + 1)];
}
