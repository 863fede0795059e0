import { aspectAt } from './analysis/calibration.ts';
import { evaluate } from './analysis/evaluate.ts';
import { handlesOf, movedBy, shortAxisFor, simplified, withHandleAt } from './analysis/handles.ts';
import { measurementCsv } from './analysis/measurement-csv.ts';
import { POINT_COUNT } from './analysis/measurement.ts';
import type { MeasurementStore } from './library/measurement-store.ts';
import type { MeasureActions } from './ui/measure-actions.ts';

/** What measuring on screen needs, of the modules that the screen doesn't know. */
export const measureActions = (
  store: MeasurementStore,
  frame: MeasureActions['frame'],
): MeasureActions => ({
  load: (study) => store.load(study),
  save: (study, changed, removed) => store.save(study, changed, removed),
  onChanged: (listener) => store.onChanged(listener),
  count: () => store.count(),
  erase: () => store.erase(),
  frame,
  evaluate,
  csv: measurementCsv,
  pointCount: (kind) => POINT_COUNT[kind],
  handlesOf,
  withHandleAt,
  movedBy,
  shortAxisFor,
  simplified,
  aspectAt,
});
