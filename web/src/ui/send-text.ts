import { deidentifyText } from './deidentify-text.ts';
import { digits } from './digits.ts';

/** What is said before anything is sent: what, how, where. */
export const sendText = {
  ...deidentifyText,
  titleDeidentify: 'De-identify and send',
  titleOriginal: 'Send',
  what: 'What',
  how: 'How',
  where: 'Where',
  back: 'Back',
  summary: (studies: number, series: number, instances: number) =>
    `${digits(studies)} ${studies === 1 ? 'study' : 'studies'}, ${digits(series)} series, ${digits(instances)} instances`,
  checking: (done: number, total: number) => `Checked ${digits(done)} of ${digits(total)}`,
  willSend: (count: number) => `${digits(count)} can be sent`,
  willWithhold: (count: number) => `${digits(count)} will be withheld`,
  willFail: (count: number) => `${digits(count)} can’t be read`,
  profileHint:
    'Names, IDs, dates, free text, private elements and overlays are removed or replaced; UIDs are mapped the same way in every file of this transfer. Pictures in which text may stand are withheld until you have looked at them.',
  asIs: 'The instances are sent as they are, with every name, ID and date in them.',
  before: 'Before',
  after: 'After',
  reason: 'Why',
  sampleOf: 'Example',
  searchChanges: 'Search attributes and values',
  onlyChanges: 'Only what changes',
  removed: 'removed',
  added: 'new',
  emptied: '(empty)',
  peer: 'Peer',
  choosePeer: 'Choose a peer',
  noPeer: 'Add a peer in Settings first.',
  start: (count: number) => `Send ${digits(count)}`,
  keyHint:
    'The key that maps UIDs and patients is made in this browser for this transfer. It is kept here until the transfer ends, then erased.',
};
