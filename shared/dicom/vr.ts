/** The value representations of PS3.5 section 6.2, edition 2026d. */
export const VALUE_REPRESENTATIONS = [
  'AE', 'AS', 'AT', 'CS', 'DA', 'DS', 'DT', 'FD', 'FL', 'IS', 'LO', 'LT', 'OB', 'OD', 'OF', 'OL', 'OV',
  'OW', 'PN', 'SH', 'SL', 'SQ', 'SS', 'ST', 'SV', 'TM', 'UC', 'UI', 'UL', 'UN', 'UR', 'US', 'UT', 'UV',
] as const; // prettier-ignore

export type Vr = (typeof VALUE_REPRESENTATIONS)[number];

const KNOWN: ReadonlySet<string> = new Set(VALUE_REPRESENTATIONS);

export const isVr = (text: string): text is Vr => KNOWN.has(text);

const set = (list: string): ReadonlySet<Vr> => new Set(list.split(' ') as Vr[]);

const LONG_LENGTH = set('OB OD OF OL OV OW SQ SV UC UN UR UT UV');
const CHARACTER_SET_DEPENDENT = set('LO LT PN SH ST UC UT');
const TEXT = set('AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT');
const SINGLE_TEXT = set('LT ST UR UT');

/** Explicit VR encodings with 2 reserved bytes and a 4-byte length (PS3.5 section 7.1.2). */
export const hasLongLength = (vr: Vr): boolean => LONG_LENGTH.has(vr);

/** Values in the Specific Character Set (PS3.5 section 6.1.2.3). */
export const usesCharacterSet = (vr: Vr): boolean => CHARACTER_SET_DEPENDENT.has(vr);

/** Values that are character strings. */
export const isText = (vr: Vr): boolean => TEXT.has(vr);

/** Character strings in which a backslash separates no values (PS3.5 section 6.4). */
export const isSingleText = (vr: Vr): boolean => SINGLE_TEXT.has(vr);

/** Bytes of one value of a binary VR, 1 for everything else. */
export function valueWidth(vr: Vr): 1 | 2 | 4 | 8 {
  switch (vr) {
    case 'OW':
    case 'SS':
    case 'US':
      return 2;
    case 'AT':
    case 'FL':
    case 'OF':
    case 'OL':
    case 'SL':
    case 'UL':
      return 4;
    case 'FD':
    case 'OD':
    case 'OV':
    case 'SV':
    case 'UV':
      return 8;
    default:
      return 1;
  }
}

/** Bytes of one number whose order a value's byte order is; a tag (AT) is two numbers. */
export const swapWidth = (vr: Vr): 1 | 2 | 4 | 8 => (vr === 'AT' ? 2 : valueWidth(vr));
