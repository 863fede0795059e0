/** What is said of other studies of a patient. */
export const priorText = {
  open: 'Prior studies',
  title: 'Other studies of this patient',
  explained: 'By Patient ID, on this computer, in the archive and at all peers.',
  searching: 'Looking …',
  none: 'There are none.',
  hang: (date: string, description: string) => `Hang beside: ${date} ${description}`,
  beside: 'Hang beside',
  retrieve: 'Retrieve, hang beside',
  coming: 'It is on its way …',
  failed: 'It did not come. Transfers say why.',
  otherName: (name: string) => `The same ID, but another name: ${name}`,
  places: { computer: 'This computer', archive: 'Archive' },
  close: 'Close',
};
