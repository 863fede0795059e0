/** Words of what several viewports do together, and of looking closer. */
export const lookingText = {
  crosshair: 'Crosshair: finds the point in the other viewports',
  lines: 'Reference lines',
  point: 'Point of the crosshair',
  away: (mm: number) => `${mm < 10 ? mm.toFixed(1) : mm.toFixed(0)} mm away`,
} as const;

export const lookingKeys = [
  ['Y', 'crosshair; Enter puts its point in the middle, arrows move it'],
  ['Shift+R', 'show, hide reference lines'],
] as const;
