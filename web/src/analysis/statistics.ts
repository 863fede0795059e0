/** How often values occur: equal steps from the lowest to the highest. */
export interface Histogram {
  readonly from: number;
  readonly step: number;
  readonly counts: readonly number[];
}

export interface Statistics {
  readonly count: number;
  readonly mean: number;
  /** Of a sample: the sum of squares by count − 1; 0 for a single value. */
  readonly deviation: number;
  readonly lowest: number;
  readonly highest: number;
  readonly histogram: Histogram;
}

const STEPS = 40;

/** Undefined where there are no values. @param factor what each is multiplied by */
export function statisticsOf(values: Float64Array, factor = 1): Statistics | undefined {
  const all = factor === 1 ? values : values.map((value) => value * factor);
  if (all.length === 0) return undefined;
  let [sum, lowest, highest] = [0, Infinity, -Infinity];
  for (const value of all) {
    sum += value;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  const mean = sum / all.length;
  // In a second pass, so that large values of little spread lose no figures.
  let squares = 0;
  for (const value of all) squares += (value - mean) ** 2;
  return {
    count: all.length,
    mean,
    deviation: all.length > 1 ? Math.sqrt(squares / (all.length - 1)) : 0,
    lowest,
    highest,
    histogram: histogramOf(all, lowest, highest),
  };
}

/** Steps of whole numbers for whole numbers: else some would hold one of them, others two. */
function histogramOf(values: Float64Array, lowest: number, highest: number): Histogram {
  const range = highest - lowest;
  if (range === 0) return { from: lowest, step: 1, counts: [values.length] };
  const areWhole = values.every(Number.isInteger);
  const step = areWhole ? Math.ceil((range + 1) / STEPS) : range / STEPS;
  const counts = Array.from({ length: areWhole ? Math.ceil((range + 1) / step) : STEPS }, () => 0);
  for (const value of values) {
    const at = Math.min(counts.length - 1, Math.floor((value - lowest) / step));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return { from: lowest, step, counts };
}
