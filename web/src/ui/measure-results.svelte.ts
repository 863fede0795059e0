import type { MeasurementResult } from '../analysis/evaluate.ts';
import type { Measurement } from '../analysis/measurement.ts';

interface Known {
  readonly measurement: Measurement;
  readonly manual: readonly Measurement[];
  /** Undefined while it is worked out, and where its image can't be read. */
  readonly result: MeasurementResult | undefined;
  readonly hasFailed: boolean;
}

/** What the measurements of a list say, also of images that aren't on screen: worked out once for each change. */
export class MeasureResults {
  readonly #measure: (
    measurement: Measurement,
    manual: readonly Measurement[],
  ) => Promise<MeasurementResult>;
  #known = $state.raw<ReadonlyMap<string, Known>>(new Map());
  #work: Promise<void> = Promise.resolve();

  constructor(
    measure: (
      measurement: Measurement,
      manual: readonly Measurement[],
    ) => Promise<MeasurementResult>,
  ) {
    this.#measure = measure;
  }

  of({ id }: Measurement): Pick<Known, 'result' | 'hasFailed'> {
    return this.#known.get(id) ?? { result: undefined, hasFailed: false };
  }

  /** Resolves when all of the list is worked out, one after another: images come into memory one by one. */
  update(
    list: readonly Measurement[],
    manualOf: (measurement: Measurement) => readonly Measurement[],
  ): Promise<void> {
    const asked = list.map((measurement) => ({ measurement, manual: manualOf(measurement) }));
    this.#work = this.#work.then(async () => {
      for (const { measurement, manual } of asked) await this.#add(measurement, manual);
      const ids = new Set(list.map(({ id }) => id));
      const kept = [...this.#known].filter(([id]) => ids.has(id));
      if (kept.length < this.#known.size) this.#known = new Map(kept);
    });
    return this.#work;
  }

  async #add(measurement: Measurement, manual: readonly Measurement[]): Promise<void> {
    const known = this.#known.get(measurement.id);
    if (known?.measurement === measurement && isSame(known.manual, manual)) return;
    const result = await this.#measure(measurement, manual).catch(() => undefined);
    const entry = { measurement, manual, result, hasFailed: result === undefined };
    this.#known = new Map(this.#known).set(measurement.id, entry);
  }
}

const isSame = (a: readonly Measurement[], b: readonly Measurement[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);
