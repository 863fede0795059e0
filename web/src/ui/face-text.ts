const DECISIONS = { removed: 'The face is removed.', kept: 'The face stays.' } as const;

/** What is said while faces are looked for in heads. */
export const faceText = {
  risk: (series: number) =>
    `From ${series} series of a head a face can be rebuilt that somebody may know.`,
  open: 'Faces …',
  removed: (series: number) => `The face is removed from ${series} series.`,
  title: (series: number, undecided: number) =>
    `Faces in heads: ${undecided} of ${series} series to decide`,
  explained:
    'What lies in front of the face becomes air: nose, lips, chin, the skin over the eyes. The brain is not touched. Look at it before it leaves.',
  slices: (count: number) => `${count} slices.`,
  decision: (decision: keyof typeof DECISIONS | undefined) => (decision ? DECISIONS[decision] : ''),
  searching: 'Looking for the face …',
  none: (why: string) => `No face can be removed here. ${why}`,
  before: 'Before',
  after: 'After',
  plane: 'Plane',
  planes: { sagittal: 'Sagittal', axial: 'Axial', coronal: 'Coronal' },
  slice: 'Slice',
  remove: 'Remove the face',
  keep: 'Keep it',
  close: 'Close',
  keys: 'R remove, K keep, N next series, P previous, Page up and Page down: slice.',
};
