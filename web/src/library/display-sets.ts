import type { FramePart } from './frame-parts.ts';
import type { InstanceSummary } from './instance-summary.ts';
import type { LibraryInstance, LibrarySeries } from './library.ts';

/** A part of a series that is looked at as one: a stack, a loop, or what is no image. */
export interface DisplaySet extends LibrarySeries {
  /** Unique within its study. */
  readonly key: string;
  /** What sets it apart from others of its series; empty when the series is one. */
  readonly part: string;
  /** The frames of its one instance that it has, from 0; all where left out. */
  readonly frames?: readonly number[];
  /** What it has to look at: each frame is one; 0 for what is no image. */
  readonly imageCount: number;
}

/** Normals and rows that differ by more than about 2.5° don't belong to one stack. */
const PARALLEL = 0.999;

/** Positions are written with a few decimals: less than a hundredth of a millimetre is the same place. */
const STEPS_PER_MM = 100;

interface Group {
  readonly instances: readonly LibraryInstance[];
  readonly words: readonly string[];
  readonly frames?: readonly number[];
}

/**
 * Takes a series apart: what is no image, loops, sizes, views of a projection, orientations, and then, where images lie at the same place more
 * than once, by echo, temporal position, acquisition or kind of image. Where nothing tells them apart, they stay together.
 *
 * @param partsOf what a loop falls into, where that is known
 */
export function displaySetsOf(
  series: LibrarySeries,
  partsOf: (instance: LibraryInstance) => readonly FramePart[] = () => [],
): DisplaySet[] {
  const images = series.instances.filter(({ summary }) => summary.rows > 0);
  const others = series.instances.filter(({ summary }) => summary.rows === 0);
  const loops = images.filter(({ summary }) => summary.numberOfFrames > 1);
  const singles = images.filter(({ summary }) => summary.numberOfFrames <= 1);
  const stacks = split(
    singles.length > 0 ? [{ instances: singles, words: [] }] : [],
    sizeOf,
    ({ rows, columns }) => `${columns} × ${rows}`,
  )
    .flatMap((group) => (VIEWS.has(series.modality) ? split([group], viewOf, viewOf) : [group]))
    .flatMap(byOrientation)
    .flatMap(bySamePlace);
  const groups: Group[] = [
    ...stacks,
    ...loops.flatMap((loop) => {
      const words = loops.length > 1 || stacks.length > 0 ? [numberOf(loop.summary)] : [];
      const parts = partsOf(loop);
      if (parts.length <= 1) return [{ instances: [loop], words }];
      return parts.map((part) => ({
        instances: [loop],
        words: [...words, part.words],
        frames: part.frames,
      }));
    }),
    ...others.map((other) => ({
      instances: [other],
      words: series.instances.length > 1 ? [numberOf(other.summary)] : [],
    })),
  ].filter(({ instances }) => instances.length > 0);
  return groups.map(({ instances, words, frames }, i) => ({
    ...series,
    instances,
    instanceCount: instances.length,
    key: groups.length === 1 ? series.seriesInstanceUid : `${series.seriesInstanceUid}/${i}`,
    part: words.filter((word) => word !== '').join(', '),
    ...(frames && { frames }),
    imageCount: frames?.length ?? framesOf(instances),
  }));
}

const framesOf = (instances: readonly LibraryInstance[]): number =>
  instances.reduce((sum, { summary }) => sum + (summary.rows > 0 ? summary.numberOfFrames : 0), 0);

/** Modalities whose images are views, each by itself, and no stack. */
const VIEWS = new Set(['MG', 'CR', 'DX', 'RG', 'IO', 'PX']);

const viewOf = ({ laterality, viewPosition }: InstanceSummary): string =>
  [laterality, viewPosition].filter((word) => word !== '').join(' ');

const numberOf = ({ instanceNumber }: InstanceSummary): string =>
  instanceNumber === undefined ? '' : `No. ${instanceNumber}`;

const sizeOf = ({ rows, columns }: InstanceSummary): string => `${columns} × ${rows}`;

/** Splits groups by a value; a group that has only one of it stays without the word. */
function split(
  groups: readonly Group[],
  valueOf: (summary: InstanceSummary) => string,
  word: (summary: InstanceSummary) => string,
): Group[] {
  return groups.flatMap(({ instances, words }) => {
    const byValue = Map.groupBy(instances, ({ summary }) => valueOf(summary));
    if (byValue.size <= 1) return [{ instances, words }];
    return [...byValue.values()].map((part) => ({
      instances: part,
      words: [...words, ...part.slice(0, 1).map(({ summary }) => word(summary))],
    }));
  });
}

function byOrientation({ instances, words }: Group): Group[] {
  const parts: { orientation: readonly number[]; instances: LibraryInstance[] }[] = [];
  for (const instance of instances) {
    const orientation = instance.summary.imageOrientationPatient;
    const part = parts.find((known) => areParallel(known.orientation, orientation));
    if (part) part.instances.push(instance);
    else parts.push({ orientation, instances: [instance] });
  }
  if (parts.length <= 1) return [{ instances, words }];
  return parts.map((part) => ({
    instances: part.instances,
    words: [...words, planeOf(part.orientation)],
  }));
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

function areParallel(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== 6 || b.length !== 6) return a.length === b.length;
  return dot(a.slice(0, 3), b.slice(0, 3)) > PARALLEL && dot(a.slice(3), b.slice(3)) > PARALLEL;
}

function normalOf([
  ax = 0,
  ay = 0,
  az = 0,
  bx = 0,
  by = 0,
  bz = 0,
]: readonly number[]): readonly number[] {
  return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}

/** A plane by the axis of the body that it lies across; more than about 18° off it is oblique. */
export function planeOf(orientation: readonly number[]): string {
  if (orientation.length !== 6) return 'no orientation';
  const [x = 0, y = 0, z = 0] = normalOf(orientation).map(Math.abs);
  const largest = Math.max(x, y, z);
  const name = largest === z ? 'axial' : largest === y ? 'coronal' : 'sagittal';
  return largest > 0.95 ? name : `oblique ${name}`;
}

const DIVIDERS: readonly (readonly [
  valueOf: (summary: InstanceSummary) => number | string | undefined,
  word: (value: string) => string,
])[] = [
  [({ echoNumber }) => echoNumber, (value) => `echo ${value}`],
  [({ temporalPosition }) => temporalPosition, (value) => `phase ${value}`],
  [({ acquisitionNumber }) => acquisitionNumber, (value) => `acquisition ${value}`],
  [({ imageType }) => imageType, (value) => value.split('\\').slice(2).join(' ').toLowerCase()],
];

/** A place that is taken more than once is in several stacks, if something says in which. */
function bySamePlace(group: Group): Group[] {
  let groups: Group[] = [group];
  for (const [valueOf, word] of DIVIDERS) {
    groups = groups.flatMap((part) => {
      if (!sharesPlaces(part.instances)) return [part];
      const text = (summary: InstanceSummary) => String(valueOf(summary) ?? '');
      const divided = split([part], text, (summary) => word(text(summary)));
      // A value of each image's own would make a stack of each.
      return divided.length < part.instances.length ? divided : [part];
    });
  }
  return groups;
}

function sharesPlaces(instances: readonly LibraryInstance[]): boolean {
  const places = new Set<number>();
  for (const { summary } of instances) {
    const { imageOrientationPatient, imagePositionPatient } = summary;
    if (imageOrientationPatient.length !== 6 || imagePositionPatient.length !== 3) return false;
    const place = dot(normalOf(imageOrientationPatient), imagePositionPatient);
    places.add(Math.round(place * STEPS_PER_MM));
  }
  return places.size < instances.length;
}
