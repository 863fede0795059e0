import type { PaletteName } from '../viewer/palette-filter.ts';

const palettes: Readonly<Record<PaletteName, string>> = {
  HOT_IRON: 'Hot iron',
  PET: 'PET',
  HOT_METAL_BLUE: 'Hot metal blue',
  PET_20_STEP: 'PET, 20 steps',
  SPRING: 'Spring',
  SUMMER: 'Summer',
  FALL: 'Fall',
  WINTER: 'Winter',
};

/** Words of what several viewports do together, and of looking closer. */
export const lookingText = {
  crosshair: 'Crosshair: finds the point in the other viewports',
  lines: 'Reference lines',
  linkWindow: 'Window together, within a modality',
  linkZoom: 'Zoom and pan together',
  cine: 'How loops are played',
  rate: 'Frames per second',
  asRecorded: 'As recorded',
  sweep: 'Back and forth',
  from: 'From image',
  to: 'to image',
  step: 'Loops in step',
  steps: { off: 'No', frame: 'By frame', heart: 'By heart cycle, else by time' },
  region: 'Window of a region',
  magnifier: 'Magnifier',
  lens: 'Magnifier, moved by the arrow keys',
  actualSize: '1:1, a pixel of the image on each of the screen',
  palette: 'Colours',
  grey: 'Grey',
  palettes,
  second: 'Second window of this study, for another monitor',
  blocked: 'The browser opened no second window. Allow Gantry to open windows, and try again.',
  point: 'Point of the crosshair',
  away: (mm: number) => `${mm < 10 ? mm.toFixed(1) : mm.toFixed(0)} mm away`,
} as const;

export const lookingKeys = [
  ['Y', 'crosshair; Enter puts its point in the middle, arrows move it'],
  ['Shift+W, Shift+Z', 'window, zoom and pan viewports together'],
  ['Shift+C', 'how loops are played'],
  [', .', 'play slower, faster'],
  ['Shift+B', 'play back and forth'],
  ['Shift+Home, Shift+End', 'the loop begins, ends with this image'],
  ['Shift+L', 'loops in step: by frame, by heart cycle, not'],
  ['Shift+Q', 'window of a region; Enter takes the middle'],
  ['Shift+G', 'magnifier; Enter puts it in the middle, arrows move it'],
  ['Shift+P', 'colours'],
  ['0', '1:1'],
  ['Shift+N', 'second window, for another monitor'],
  ['Shift+R', 'show, hide reference lines'],
] as const;
