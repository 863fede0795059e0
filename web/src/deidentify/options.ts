/**
 * Options of the Basic Profile (PS3.15 sections E.3.1 to E.3.12): how table E.1-1 names their column, and their code of
 * CID 7050 (PS3.16), edition 2026d. An option without a column acts on pictures.
 */
const OPTIONS_BY_NAME = {
  'clean-pixel-data': { column: '', code: '113101', meaning: 'Clean Pixel Data Option' },
  'clean-recognizable-visual-features': {
    column: '',
    code: '113102',
    meaning: 'Clean Recognizable Visual Features Option',
  },
  'clean-graphics': { column: 'clean_graphics', code: '113103', meaning: 'Clean Graphics Option' },
  'clean-structured-content': {
    column: 'clean_structured_content',
    code: '113104',
    meaning: 'Clean Structured Content Option',
  },
  'clean-descriptors': {
    column: 'clean_descriptors',
    code: '113105',
    meaning: 'Clean Descriptors Option',
  },
  'retain-longitudinal-full-dates': {
    column: 'retain_longitudinal_full_dates',
    code: '113106',
    meaning: 'Retain Longitudinal Temporal Information Full Dates Option',
  },
  'retain-longitudinal-modified-dates': {
    column: 'retain_longitudinal_modified_dates',
    code: '113107',
    meaning: 'Retain Longitudinal Temporal Information Modified Dates Option',
  },
  'retain-patient-characteristics': {
    column: 'retain_patient_characteristics',
    code: '113108',
    meaning: 'Retain Patient Characteristics Option',
  },
  'retain-device-identity': {
    column: 'retain_device_identity',
    code: '113109',
    meaning: 'Retain Device Identity Option',
  },
  'retain-uids': { column: 'retain_uids', code: '113110', meaning: 'Retain UIDs Option' },
  'retain-safe-private': {
    column: 'retain_safe_private',
    code: '113111',
    meaning: 'Retain Safe Private Option',
  },
  'retain-institution-identity': {
    column: 'retain_institution_identity',
    code: '113112',
    meaning: 'Retain Institution Identity Option',
  },
} as const;

/** What the profile itself is called in CID 7050. */
export const BASIC_CODE = { code: '113100', meaning: 'Basic Application Confidentiality Profile' };

export type ProfileOption = keyof typeof OPTIONS_BY_NAME;

export interface OptionEntry {
  readonly column: string;
  readonly code: string;
  readonly meaning: string;
}

/** In the order of their codes. A cast: the keys of an object that has no others. */
export const PROFILE_OPTIONS = Object.keys(OPTIONS_BY_NAME) as [ProfileOption, ...ProfileOption[]];

export const optionEntry = (option: ProfileOption): OptionEntry => OPTIONS_BY_NAME[option];
