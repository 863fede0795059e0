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
