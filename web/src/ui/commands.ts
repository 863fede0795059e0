// What keys do in the viewer, and by which keys.
import type { MeasurementKind } from '../analysis/measurement.ts';
import type { ViewerTool } from '../viewer/viewer-state.ts';

/** Tools of the left button, by the command that takes them up. */
export const TOOLS = {
  window: 'window',
  pan: 'pan',
  zoom: 'zoom',
  scroll: 'scroll',
} as const satisfies Record<string, ViewerTool>;

/** What is measured next, by the command that takes it up. */
export const MEASURING = {
  length: 'length',
  bidirectional: 'bidirectional',
  angle: 'angle',
  cobb: 'cobb',
  ellipse: 'ellipse',
  rectangle: 'rectangle',
  freehand: 'freehand',
  probe: 'probe',
  arrow: 'arrow',
  calibration: 'calibration',
} as const satisfies Record<string, MeasurementKind>;

/** Dialogs of the viewer, by the command that opens them. */
export const DIALOGS = {
  picture: 'picture',
  hanging: 'hanging',
  priors: 'priors',
  keys: 'keys',
} as const;

export type ViewerDialog = keyof typeof DIALOGS;

/** The keys of each command, in the order of the list of keys. Names of keys are those of `keyName`. */
const GANTRY = {
  nextImage: ['ArrowDown'],
  previousImage: ['ArrowUp'],
  nextTenImages: ['Shift+ArrowDown'],
  previousTenImages: ['Shift+ArrowUp'],
  firstImage: ['Home'],
  lastImage: ['End'],
  nextSeries: ['PageDown'],
  previousSeries: ['PageUp'],
  nextViewport: ['ArrowRight'],
  previousViewport: ['ArrowLeft'],
  priors: ['Shift+O'],
  hanging: ['Shift+Y'],
  secondWindow: ['Shift+N'],
  window: ['W'],
  pan: ['P'],
  zoom: ['Z'],
  scroll: ['S'],
  zoomIn: ['+'],
  zoomOut: ['-'],
  fit: ['='],
  actualSize: ['0'],
  rotateRight: ['R'],
  rotateLeft: ['L'],
  flipHorizontal: ['H'],
  flipVertical: ['V'],
  invert: ['I'],
  palette: ['Shift+P'],
  regionWindow: ['Shift+Q'],
  magnifier: ['Shift+G'],
  overlays: ['O'],
  preset1: ['1'],
  preset2: ['2'],
  preset3: ['3'],
  preset4: ['4'],
  preset5: ['5'],
  preset6: ['6'],
  preset7: ['7'],
  preset8: ['8'],
  preset9: ['9'],
  reset: ['Space'],
  length: ['M'],
  bidirectional: ['B'],
  angle: ['A'],
  cobb: ['G'],
  ellipse: ['E'],
  rectangle: ['Q'],
  freehand: ['F'],
  probe: ['D'],
  arrow: ['N'],
  calibration: ['U'],
  remove: ['Delete', 'Backspace'],
  undo: ['Ctrl+Z'],
  redo: ['Ctrl+Shift+Z', 'Ctrl+Y'],
  measurements: ['J'],
  picture: ['X'],
  play: ['C'],
  cine: ['Shift+C'],
  slower: [','],
  faster: ['.'],
  sweep: ['Shift+B'],
  loopFrom: ['Shift+Home'],
  loopTo: ['Shift+End'],
  loopsInStep: ['Shift+L'],
  linkScroll: ['K'],
  linkWindow: ['Shift+W'],
  linkZoom: ['Shift+Z'],
  crosshair: ['Y'],
  lines: ['Shift+R'],
  tags: ['T'],
  keys: ['?'],
} as const satisfies Record<string, readonly string[]>;

export type Command = keyof typeof GANTRY;
export type KeyMap = Readonly<Record<Command, readonly string[]>>;

/** Those that neither take up a tool nor open a dialog. */
export type ActingCommand = Exclude<
  Command,
  keyof typeof TOOLS | keyof typeof MEASURING | ViewerDialog | `preset${number}`
>;

// A cast: the keys of an object literal.
export const COMMANDS = Object.keys(GANTRY) as readonly Command[];

/** Those of Weasis that are for the same, and other places for what has these here. */
const WEASIS: Partial<KeyMap> = {
  pan: ['T'],
  tags: ['P'],
  crosshair: ['H'],
  flipHorizontal: ['Y'],
  length: ['D'],
  probe: ['M'],
};

export const KEY_PROFILES = {
  gantry: GANTRY as KeyMap,
  weasis: { ...GANTRY, ...WEASIS } as KeyMap,
} as const;

export type KeyProfile = keyof typeof KEY_PROFILES;

/** Keys that mean what they mean everywhere. */
export const FIXED_KEYS: readonly string[] = ['Escape', 'Enter', 'Tab', 'Shift+Tab', 'F2'];

const MODIFIERS: readonly string[] = ['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock'];

interface Pressed {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

/**
 * The name of what is pressed: letters as capitals, with Shift and Ctrl before them; of a sign that needs the shift key
 * the sign alone. Command counts as Ctrl. Undefined for Shift and its like by themselves.
 */
export function keyName({ key, shiftKey, ctrlKey, metaKey }: Pressed): string | undefined {
  if (MODIFIERS.includes(key)) return undefined;
  const isSign = key.length === 1 && !/^[a-z ]$/i.test(key);
  const name = key === ' ' ? 'Space' : key.length === 1 ? key.toUpperCase() : key;
  const shift = shiftKey && !isSign ? 'Shift+' : '';
  return `${ctrlKey || metaKey ? 'Ctrl+' : ''}${shift}${name}`;
}
