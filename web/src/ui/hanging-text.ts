/** What is said of how studies are laid out. */
export const hangingText = {
  title: 'Hanging',
  save: 'Save this layout as a rule',
  saved: (name: string) => `Saved as “${name}”. Studies like this one open so from now on.`,
  explained:
    'A rule lays out studies of its kind when they are opened. Your own come before those built in. They are kept in this browser; a file takes them to others.',
  fitting: 'For this study',
  apply: (name: string) => `Lay out as “${name}”`,
  own: 'Own rules',
  none: 'None yet.',
  remove: (name: string) => `Delete “${name}”`,
  open: 'Open rules',
  saveFile: 'Save rules',
  opened: (count: number) => `${count} ${count === 1 ? 'rule' : 'rules'} added.`,
  notOpened: (file: string, why: string) =>
    `${file} holds no rules that can be used, and nothing was added. ${why}`,
  close: 'Close',
};
