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

export type ViewerDialog = 'keys' | 'picture' | 'hanging' | 'priors';

/** Keys that open a dialog, by their names. */
export const DIALOG_KEYS: Readonly<Record<string, ViewerDialog>> = {
  x: 'picture',
  'Shift+Y': 'hanging',
  'Shift+O': 'priors',
  '?': 'keys',
};

/** A key by the name that it is looked up by: letters with the shift key are told from those without. */
export const keyName = (key: string, isShifted: boolean): string => {
  if (!/^[a-z]$/i.test(key)) return isShifted && key.length > 1 ? `Shift+${key}` : key;
  return isShifted ? `Shift+${key.toUpperCase()}` : key.toLowerCase();
};
