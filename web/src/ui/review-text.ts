import type { Box } from '../../../shared/pixels/box.ts';

const STATES = {
  unseen: 'to look at',
  seen: 'released',
  withheld: 'withheld',
  searched: '',
} as const;

const stateOf = (kind: keyof typeof STATES = 'unseen'): string => STATES[kind];

/** What is said while pictures are looked at for text in them. */
export const reviewText = {
  open: (count: number) =>
    count === 0
      ? 'Pictures that were looked at'
      : `Look at ${count} ${count === 1 ? 'picture' : 'pictures'}`,
  title: (count: number, undecided: number) =>
    `Text in pictures: ${undecided} of ${count} to look at`,
  wall: 'Pictures',
  tile: (number: number, kind: keyof typeof STATES | undefined) =>
    `Picture ${number}, ${stateOf(kind)}`,
  state: stateOf,
  boxes: (count: number) =>
    count === 0
      ? 'Nothing is blanked.'
      : `${count} ${count === 1 ? 'box is' : 'boxes are'} blanked.`,
  box: (number: number, { column, row, columns, rows }: Box) =>
    `Box ${number}: ${columns} by ${rows} pixels at ${column}, ${row}`,
  searching: 'Looking for text …',
  frame: (number: number, count: number) => `Frame ${number} of ${count}.`,
  frames: 'Frame',
  scope: 'Decide for',
  scopes: {
    instance: 'this image',
    series: 'its series',
    device: 'all of the same device and size',
  },
  addBox: 'Add box',
  saveRule: 'Save as rule',
  openRules: 'Open rules',
  withhold: 'Withhold',
  accept: (boxes: number) => (boxes === 0 ? 'Release as it is' : 'Release, boxes blanked'),
  close: 'Close',
  keys: 'A release, W withhold, N next, P previous, B new box; in a box: arrows move, Shift and arrows resize (with Ctrl by one pixel), Delete removes; Page up, Page down: frame.',
};
