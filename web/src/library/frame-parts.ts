import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { LibraryInstance, LibrarySeries } from './library.ts';

/** Frames of an instance that belong together. */
export interface FramePart {
  /** What sets them apart, in words. */
  readonly words: string;
  /** From 0, in their order. */
  readonly frames: readonly number[];
}

/** What frames of nuclear medicine differ by (PS3.3 section C.8.4.8); a vector has a number for each frame, from 1. */
const DIVIDERS: readonly (readonly [vector: number, name: string])[] = [
  [Tag.EnergyWindowVector, 'energy window'],
  [Tag.DetectorVector, 'detector'],
  [Tag.PhaseVector, 'phase'],
  [Tag.RotationVector, 'rotation'],
  [Tag.RRIntervalVector, 'RR interval'],
];

/** What is scrolled through where it is there: the heart's time slots are a loop of their own at each of its places. */
const PLACES = [Tag.SliceVector, Tag.AngularViewVector];

/** Takes a multi-frame instance of nuclear medicine apart by its vectors; one part where nothing divides it. */
export function framePartsOf(dataset: Dataset): FramePart[] {
  const count = dataset.number(Tag.NumberOfFrames) ?? 1;
  const vectorOf = (tag: number) => {
    const values = dataset.numbers(tag);
    // One that disagrees with the number of frames says of none what it is.
    return values.length === count && new Set(values).size > 1 ? values : undefined;
  };
  const isOfPlaces = PLACES.some((tag) => vectorOf(tag) !== undefined);
  const dividers = [
    ...DIVIDERS,
    ...(isOfPlaces ? [[Tag.TimeSlotVector, 'time slot'] as const] : []),
  ].flatMap(([tag, name]) => {
    const values = vectorOf(tag);
    return values ? [{ tag, name, values }] : [];
  });
  if (dividers.length === 0) return [{ words: '', frames: [] }];
  const wordsOf = (frame: number) =>
    dividers
      .map(({ tag, name, values }) => {
        const value = values[frame] ?? 0;
        return nameOf(dataset, tag, value) ?? `${name} ${value}`;
      })
      .join(', ');
  const keyOf = (frame: number) => dividers.map(({ values }) => values[frame]).join('/');
  const groups = Map.groupBy(
    Array.from({ length: count }, (_, frame) => frame),
    keyOf,
  );
  return [...groups.values()].map((frames) => ({ words: wordsOf(frames[0] ?? 0), frames }));
}

function nameOf(dataset: Dataset, vector: number, value: number): string | undefined {
  if (vector !== Tag.EnergyWindowVector) return undefined;
  const window = dataset.get(Tag.EnergyWindowInformationSequence)?.items?.[value - 1]?.dataset;
  return window?.text(Tag.EnergyWindowName) ?? undefined;
}

/** What is known of the parts of instances: their headers are read before they are looked at. */
export class FrameParts {
  readonly #known = new WeakMap<LibraryInstance, readonly FramePart[]>();
  readonly #open: (instance: LibraryInstance) => Promise<Dataset>;

  constructor(open: (instance: LibraryInstance) => Promise<Dataset>) {
    this.#open = open;
  }

  /** Resolves when all are known that can be read; what can't be says so when it is shown. */
  async read(series: readonly LibrarySeries[]): Promise<void> {
    const loops = series
      .filter(({ modality }) => modality === 'NM')
      .flatMap(({ instances }) => instances)
      .filter((instance) => instance.summary.numberOfFrames > 1 && !this.#known.has(instance));
    await Promise.all(
      loops.map(async (instance) => {
        const dataset = await this.#open(instance).catch(() => undefined);
        if (dataset) this.#known.set(instance, framePartsOf(dataset));
      }),
    );
  }

  readonly of = (instance: LibraryInstance): readonly FramePart[] =>
    this.#known.get(instance) ?? [];
}
