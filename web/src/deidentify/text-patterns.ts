// What identifies people in free text whatever a header says: PS3.15 section E.3.5 leaves the way to the software.

import { remembered } from './identity-forms.ts';

/** Capitalised words, in any script that has capitals. */
const NAME = String.raw`\p{Lu}[\p{L}'’.-]*`;
const START = String.raw`(?<![\p{L}\p{N}])`;
const END = String.raw`(?![\p{L}\p{N}])`;

/** Letters in either case, where capitals mean something in the rest of a pattern. */
const anyCase = (pattern: string): string =>
  pattern.replace(/\\.|\p{Ll}/gu, (part) =>
    part.length > 1 ? part : `[${part}${part.toUpperCase()}]`,
  );

const MONTH =
  '(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|m(?:ä|ae)rz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|' +
  'sept?(?:ember)?|oct(?:ober)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?|dez(?:ember)?)';

/** Days, and months of a year. A year alone stays: it is no date (45 CFR 164.514). */
export const DATE_PATTERNS: readonly RegExp[] = [
  // 2020-01-31, 2020/1/31, 2020.01.31
  new RegExp(String.raw`${START}(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])${END}`, 'gu'),
  // 20200131, with a time of day or without
  new RegExp(String.raw`${START}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{6})?${END}`, 'gu'),
  // 31.01.2020, 1/31/20, 31-01-2020
  new RegExp(String.raw`${START}(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\1(?:(?:19|20)\d\d|\d\d)(?![\p{L}\p{N}]|[.,]\d)`, 'gu'),
  // 31 January 2020, 31-Jan-20, January 31st, 2020, January 2020
  new RegExp(String.raw`${START}\d{1,2}(?:st|nd|rd|th|\.)?[\s-]+(?:of\s+)?${MONTH}\.?[\s,-]+(?:(?:19|20)\d\d|\d\d)${END}`, 'giu'),
  new RegExp(String.raw`${START}${MONTH}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+(?:19|20)\d\d${END}`, 'giu'),
  new RegExp(String.raw`${START}${MONTH}\.?[\s,-]+(?:19|20)\d\d${END}`, 'giu'),
  // 2020年1月31日
  /(?:(?:19|20)\d\d|令和\d+|平成\d+)年\d{1,2}月(?:\d{1,2}日)?/gu,
]; // prettier-ignore

/** MR, MS and DR are modalities and a disease in capitals: only with a point are they titles then. */
const TITLE =
  '(?:(?:Dr|Mr|Ms|Sr|Hr|Fr)\\.?|' +
  anyCase(
    '(?:dr|mr|ms)\\.|(?:prof|professor|doctor|mrs|mister|herrn?|frau|madame|mme|mlle|monsieur|nurse|señora?|signora?)\\.?',
  ) +
  ')';
const BY = anyCase(
  '(?:(?:seen|read|reported|performed|dictated|requested|ordered|referred|signed|scanned|acquired|reviewed|verified|approved|done)\\s+by|' +
    'referrer|ref(?:erring)?(?:\\s+(?:phys(?:ician)?|md|dr))?|radiologist|technologist|technician|tech|operator|physician|cardiologist|surgeon|' +
    'attending|resident|rad)',
);
const LABEL = anyCase(
  '(?:mrn|mr#|medical\\s+record(?:\\s+(?:no|number))?|patient(?:\\s*(?:id|name|no|number))?|pat(?:ienten)?-?\\s*(?:id|nr)?|pt(?:\\s+(?:id|name))?|' +
    'name|surname|dob|d\\.o\\.b\\.?|birth\\s*date|date\\s+of\\s+birth|born|geb(?:oren)?|ssn|social\\s+security(?:\\s+(?:no|number))?|nhs(?:\\s+(?:no|number))?|' +
    'acc(?:ession)?(?:\\s*(?:no|nr|number|num))?|case(?:\\s+(?:id|no|number))?|chart(?:\\s+(?:no|number))?|study\\s+id|order(?:\\s+(?:id|no|number))?|' +
    'visit(?:\\s+(?:id|no|number))?|encounter|insurance(?:\\s+(?:id|no|number))?|policy(?:\\s+(?:no|number))?|account(?:\\s+(?:no|number))?|' +
    'subject(?:\\s+(?:id|no|number))?|employee(?:\\s+(?:id|no|number))?|license(?:\\s+(?:no|number))?|badge|id)',
);

const STREET = anyCase(
  '(?:street|st|road|rd|avenue|ave|lane|ln|drive|boulevard|blvd|court|ct|way|place|pl|square|sq|highway|hwy|parkway|pkwy|terrace|circle|crescent)',
);
const HOSPITAL = anyCase(
  '(?:hospital|hosp|clinic|clinics|medical\\s+(?:center|centre|college|school)|health\\s*care|healthcare|health\\s+(?:system|center|centre)|infirmary|' +
    'klinik|klinikum|krankenhaus|spital|hôpital|hopital|ospedale|university|universität|université|radiology\\s+associates|imaging\\s+(?:center|centre))',
);

/** Stands where something was taken out: a character that means nothing in any script. */
export const GAP = '\uf8ff';

/** What led to a name that is gone: it would take the next word for one. */
const LED_TO_GAP = [
  new RegExp(String.raw`${START}(?:${TITLE},?\s+)+${GAP}`, 'gu'),
  new RegExp(String.raw`${START}${LABEL}\s*(?:[:=#]|\b[Ii][Ss]\b|[Nn][OoRr]\.)+\s*${GAP}`, 'gu'),
]; // prettier-ignore

/** Kinds of what identifies, each with what it looks like. */
const MAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu; // prettier-ignore
const WEB_ADDRESS = /(?:https?|ftp|dicom|file):\/\/\S+|(?<![\p{L}\p{N}])www\.\S+/giu; // prettier-ignore
const MACHINE_ADDRESS = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/gu; // prettier-ignore
/** A label and what it is of: "MRN: 12345", "Name = Doe^Jane" */
const LABELLED = [
  new RegExp(String.raw`${START}${LABEL}\s*(?:[:=#]|\b[Ii][Ss]\b|[Nn][OoRr]\.)+\s*[\p{L}\p{N}][\p{L}\p{N}^'’/_-]*(?:[,^]\s*${NAME})*`, 'gu'),
  new RegExp(String.raw`${START}(?:mrn|ssn|acc(?:ession)?|pat-?id|medical record)\s*#?\s*(?=[\p{L}-]*\d)[\p{L}\p{N}-]{3,}`, 'giu'),
]; // prettier-ignore
/** Street and house number, in the order of either language; town behind its code */
const HOUSES = [
  new RegExp(String.raw`${START}\d{1,5}\s+(?:${NAME}\s+){1,4}${STREET}${END}\.?(?:,?\s+(?:[Aa]pt|[Ss]uite|[Ss]te|[Uu]nit|#)\.?\s*\w+)?`, 'gu'),
  new RegExp(String.raw`${START}${NAME}(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm)\s*\d+\s?[a-z]?${END}`, 'gu'),
  new RegExp(String.raw`${START}${NAME}(?:\s${NAME})?,?\s+[A-Z]{2}\s+\d{5}(?:-\d{4})?${END}`, 'gu'),
]; // prettier-ignore
const TOWN = new RegExp(String.raw`${START}(?:D-|A-|CH-)?\d{4,5}\s+${NAME}(?=[\s,.;]|$)`, 'gu'); // prettier-ignore
const TELEPHONES = [
  new RegExp(String.raw`${START}(?:tel|telephone|telefon|phone|ph|fax|mobile|cell|call|pager|ext)\.?\s*(?:no\.?|#)?\s*[:=]?\s*\+?[\d(][\d\s()./-]{3,}\d`, 'giu'),
  /\+\d{1,3}[\s.-]?(?:\(0?\d{1,4}\)|\d{1,4})(?:[\s./-]?\d{2,4}){2,5}/gu,
  /(?<![\p{L}\p{N}])(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\p{L}\p{N}])/gu,
]; // prettier-ignore
const LOCAL_TELEPHONE = /(?<![\p{L}\p{N}-])\d{3}-\d{4}(?![\p{L}\p{N}-])/gu; // prettier-ignore
/** Social security numbers and their like */
const SOCIAL_NUMBER = /(?<![\p{L}\p{N}])\d{3}-\d{2}-\d{4}(?![\p{L}\p{N}])/gu; // prettier-ignore
/** Long numbers, and codes with many figures */
const LONG_NUMBER = /(?<![\p{L}\p{N}.,])(?=[\p{L}\p{N}-]*\d{5})[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*(?![\p{L}\p{N}]|[.,]\d)/gu; // prettier-ignore
/** By their title, by what they did, or as Name^Given */
const PEOPLE = [
  new RegExp(String.raw`${START}(?:${TITLE},?\s+)+(?:(?:[Mm]ed|[Pp]hil|[Uu]niv|[Rr]er|[Nn]at|[Hh]abil)\.\s*)*\p{L}[\p{L}'’.-]*(?:\s+(?:von|van|de|der|den|la)\s+\p{L}+|\s+${NAME}){0,2}`, 'gu'),
  new RegExp(String.raw`${START}${BY}\s*[:=]\s*\p{L}[\p{L}'’.-]*(?:[,\s^]+${NAME}){0,2}`, 'gu'),
  new RegExp(String.raw`${START}(?:[Ss]een|[Rr]ead|[Rr]eported|[Pp]erformed|[Dd]ictated|[Rr]equested|[Oo]rdered|[Rr]eferred|[Ss]igned|[Ss]canned|[Rr]eviewed|[Vv]erified|[Aa]pproved)\s+by\s+${NAME}(?:[,\s^]+${NAME}){0,2}`, 'gu'),
  new RegExp(String.raw`${START}${NAME}(?:\s+${NAME}){0,2},?\s+(?:M\.?D\.?|Ph\.?D\.?|R\.?N\.?|D\.?O\.?|RT\(R\)|FRCR)${END}`, 'gu'),
  /(?<![\p{L}\p{N}])\p{L}[\p{L}'’-]+\^\p{L}[\p{L}'’-]*(?:\^[\p{L}'’.-]*)*/gu,
]; // prettier-ignore
const HOSPITALS = [
  new RegExp(String.raw`${START}(?:${NAME}\s+(?:(?:of|the|and|&|für|de|la)\s+)*){0,5}${HOSPITAL}${END}(?:\s+(?:of|de|für|at|in|am|im)\s+(?:(?:the|la|der)\s+)?${NAME}(?:\s+${NAME}){0,2})?`, 'gu'),
  new RegExp(String.raw`${START}(?:${NAME}klinik(?:um)?|${NAME}spital|St\.?\s+${NAME}(?:'s|’s)?)(?:\s+${NAME})?`, 'gu'),
]; // prettier-ignore

/** The order counts: what is longer first. */
export const IDENTITY_PATTERNS: readonly RegExp[] = [
  ...LED_TO_GAP,
  MAIL,
  WEB_ADDRESS,
  MACHINE_ADDRESS,
  ...LABELLED,
  ...HOUSES,
  TOWN,
  ...TELEPHONES,
  LOCAL_TELEPHONE,
  SOCIAL_NUMBER,
  LONG_NUMBER,
  ...PEOPLE,
  ...HOSPITALS,
];

/** What is no version, no address of a machine and no maker's town: nothing of it stands in a text about equipment. */
const PERSONAL_PATTERNS: readonly RegExp[] = [
  MAIL,
  WEB_ADDRESS,
  ...LABELLED,
  ...HOUSES,
  ...TELEPHONES,
  SOCIAL_NUMBER,
  ...PEOPLE,
];

/** Whether a text about equipment or settings looks as if it were about a person. */
export const seemsPersonal = remembered((text) =>
  PERSONAL_PATTERNS.some((pattern) => text.search(pattern) >= 0),
);

/** Ages that are rare enough to tell who it is (45 CFR 164.514). */
export const GREAT_AGE =
  /(?<![\p{L}\p{N}.])(?:9\d|1[0-4]\d)(?=\s*-?\s*(?:y\/?o|yrs?|years?|year-old|jahre?|jährig|ans)(?![\p{L}]))/giu;
