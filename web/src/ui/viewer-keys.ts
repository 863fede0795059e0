import type { MeasurementKind } from '../analysis/measurement.ts';
import type { ViewerTool } from '../viewer/viewer-state.ts';

/** Keys that give the left button to a tool. */
export const TOOL_KEYS: Readonly<Record<string, ViewerTool>> = {
  w: 'window',
  p: 'pan',
  z: 'zoom',
  s: 'scroll',
};

export const MEASURE_KEYS: Readonly<Record<string, MeasurementKind>> = {
  m: 'length',
  b: 'bidirectional',
  a: 'angle',
  g: 'cobb',
  e: 'ellipse',
  q: 'rectangle',
  f: 'freehand',
  d: 'probe',
  n: 'arrow',
  u: 'calibration',
};
