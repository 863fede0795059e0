import type { ProfileOption } from '../deidentify/options.ts';

/** Each option in words: what it leaves in, or takes out. */
const OPTION_TEXT: Readonly<Partial<Record<ProfileOption, string>>> = {
  'clean-pixel-data': 'Clean pixel data: every picture is looked at before it leaves',
  'clean-recognizable-visual-features':
    'Clean recognizable visual features: every picture is looked at, for faces too',
  'clean-descriptors':
    'Clean descriptions: free text stays without names, IDs, dates, telephones, addresses and hospitals',
  'clean-structured-content': 'Clean structured content: reports leave, their text cleaned',
  'clean-graphics': 'Clean graphics: presentation states leave, their text cleaned',
  'retain-longitudinal-full-dates': 'Keep dates as they are',
  'retain-longitudinal-modified-dates':
    'Move dates: all of a patient by the same number of days, so that intervals stay',
  'retain-patient-characteristics': 'Keep age, sex, size, weight (ages over 89 become 90)',
  'retain-device-identity': 'Keep what names the device',
  'retain-institution-identity': 'Keep what names the institution',
  'retain-uids': 'Keep UIDs: whoever has the originals can find the patient',
  'retain-safe-private': 'Keep private elements that the standard lists as safe',
};

/** In the order of the screen. */
export const SHOWN_OPTIONS = [
  'clean-descriptors',
  'retain-longitudinal-modified-dates',
  'retain-longitudinal-full-dates',
  'retain-patient-characteristics',
  'retain-safe-private',
  'retain-device-identity',
  'retain-institution-identity',
  'retain-uids',
  'clean-structured-content',
  'clean-graphics',
  'clean-pixel-data',
  'clean-recognizable-visual-features',
] as const satisfies readonly ProfileOption[];

export const deidentifyText = {
  profileLabel: 'Profile',
  profiles: {
    basic: 'Basic Profile (PS3.15, 2026d)',
    cmr: 'As cmr42 does (no profile of the standard)',
    xcelera: 'As Xcelera does (no profile of the standard)',
  },
  ownRulesHint:
    'Only the attributes of its table change, and UIDs. Free text and dates that it doesn’t name stay: look at what stays below.',
  keepsMore: (attributes: readonly string[], isBasic: boolean) => {
    const names = attributes.join(', ');
    return isBasic
      ? `No longer the Basic Profile, which would not leave this as it is: ${names}. What is sent claims no profile of the standard, nor that nobody can be identified.`
      : `Left as it is, although the profile would change it: ${names}.`;
  },
  openProfile: 'Open profile',
  saveProfile: 'Save profile',
  options: (count: number) => (count === 0 ? 'Options' : `Options (${count})`),
  optionText: OPTION_TEXT,
  strict:
    'Strict: text of attributes that the profile doesn’t name goes; pictures in which text may stand are looked at',
  subjects: 'Subjects are called',
  subjectKinds: {
    keyed: 'by letters that only the key gives',
    numbered: 'by numbers, in the order of their IDs',
    listed: 'by a list (CSV: Patient ID, subject ID)',
  },
  prefix: 'Beginning with',
  chooseList: 'Choose list',
  listChosen: (name: string) => `List: ${name}`,
  attributes: (count: number) => (count === 0 ? 'Own rules' : `Own rules (${count})`),
  attributesHint: 'An attribute by its keyword (PatientSex) or tag, and what becomes of it.',
  attribute: 'Attribute',
  rule: 'Rule',
  ruleKinds: {
    keep: 'keep',
    remove: 'remove',
    empty: 'empty',
    dummy: 'dummy value',
    clean: 'clean text',
    shift: 'move date',
    'map-uids': 'map UID',
    value: 'this value',
  },
  value: 'Value',
  addRule: 'Add rule',
  removeRule: (attribute: string) => `Remove the rule for ${attribute}`,
  conflicts: (count: number) =>
    count === 1
      ? 'Under one Patient ID names, dates of birth or sexes differ: look whether this is one person.'
      : `Under ${count} Patient IDs names, dates of birth or sexes differ: look whether each is one person.`,
  collisions: (count: number) =>
    count === 1
      ? 'One name and date of birth has several Patient IDs: it becomes several subjects.'
      : `${count} names and dates of birth have several Patient IDs: each becomes several subjects.`,
  sharedSubjects: (count: number) =>
    count === 1
      ? 'Several Patient IDs become one subject.'
      : `Several Patient IDs become one subject, ${count} times.`,
  toFolder: 'Save to a folder',
  toZip: 'Save as ZIP',
  saving: (done: number, total: number) => `Writing ${done} of ${total} …`,
  saved: (count: number) => `${count} written`,
  cancelSaving: 'Stop writing',
  or: 'or',
  records: 'Records',
  saveReport: 'Save report (JSON)',
  saveReportTable: 'Save report (CSV)',
  printReport: 'Print report',
  reportTitle: 'De-identification',
  saveTable: 'Save re-identification table',
  tableHint: 'The table names patients. It is written to your disk alone, and kept nowhere else.',
};
