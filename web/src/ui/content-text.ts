import type { Content } from '../deidentify/content.ts';

const KINDS: Readonly<Record<Content['kind'], string>> = {
  document: 'Document',
  text: 'Report',
  drawing: 'Drawings',
  sound: 'Sound',
  annotation: 'Waveforms with notes',
  raw: 'Raw data',
  video: 'Video',
};

const STATES = { released: 'released', withheld: 'withheld' } as const;

/** What is said while documents, reports and sound are looked at, one by one. */
export const contentText = {
  open: (count: number) =>
    count === 0
      ? 'Documents and reports that were looked at'
      : `Look at ${count} ${count === 1 ? 'document or report' : 'documents and reports'}`,
  title: (count: number, undecided: number) =>
    `Documents, reports, sound, video: ${undecided} of ${count} to look at`,
  list: 'Withheld for their content',
  kind: (kind: Content['kind']): string => KINDS[kind],
  state: (decision: keyof typeof STATES | undefined): string =>
    decision ? STATES[decision] : 'to look at',
  number: (number: number, count: number) => `${number} of ${count}`,
  hint: 'What is released leaves as it is. Its header is de-identified by the profile all the same: names, IDs, dates and UIDs in attributes of their own.',
  openDocument: 'Open document',
  openHint: 'It opens in a tab of its own. Release is possible once it was opened.',
  video: 'The video; release is possible once it was played',
  notPlayed:
    'This browser can’t play it, so nobody here has seen its pictures or heard its sound. Save it and look at it with another program: what is released leaves as it is, in full.',
  saveFile: 'Save to look at it elsewhere',
  saveHint: 'This browser can’t show it. Release is possible once it was saved and looked at.',
  play: 'Play',
  stop: 'Stop',
  noText: 'It has no text of its own.',
  suspect: 'Repeats a name or an ID of the header',
  model: 'The surface; arrow keys or the mouse turn it',
  tags: 'All its tags',
  release: 'Release as it is',
  withhold: 'Withhold',
  close: 'Close',
  keys: 'A release, W withhold, N next, P previous, O open or play.',
  released: (count: number) =>
    `${count} of them released as ${count === 1 ? 'it is' : 'they are'} by who looked`,
};
