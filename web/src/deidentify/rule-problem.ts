import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { isGroupLength, isPrivate, type TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isText, type Vr } from '../../../shared/dicom/vr.ts';
import { isFreeText, isOutsideInstance } from './own-rules.ts';
import type { OwnRule } from './profile.ts';
import { isWellFormed } from './well-formed.ts';

/** Made for each instance: a rule would make the file contradict itself, or what it says of itself. */
const WRITTEN: ReadonlySet<TagNumber> = new Set([
  Tag.SOPInstanceUID,
  Tag.PatientIdentityRemoved,
  Tag.DeidentificationMethod,
  Tag.DeidentificationMethodCodeSequence,
  Tag.LongitudinalTemporalInformationModified,
]);

/** Say what the others mean, or how pixels are encoded: they stay. */
const DESCRIBING: ReadonlySet<TagNumber> = new Set([
  Tag.SOPClassUID,
  Tag.SpecificCharacterSet,
  Tag.SamplesPerPixel,
  Tag.PhotometricInterpretation,
  Tag.PlanarConfiguration,
  Tag.NumberOfFrames,
  Tag.Rows,
  Tag.Columns,
  Tag.BitsAllocated,
  Tag.BitsStored,
  Tag.HighBit,
  Tag.PixelRepresentation,
  Tag.PixelData,
  Tag.FloatPixelData,
  Tag.DoubleFloatPixelData,
  Tag.ExtendedOffsetTable,
  Tag.ExtendedOffsetTableLengths,
  Tag.EncapsulatedPixelDataValueTotalLength,
]);

/** Each instance belongs to one of these: neither gone nor the same for everybody. */
const HIERARCHY: ReadonlySet<TagNumber> = new Set([Tag.StudyInstanceUID, Tag.SeriesInstanceUID]);

/** Why a rule can't be meant for an attribute, in words; undefined where it can. */
export function ruleProblem(tag: TagNumber, rule: OwnRule): string | undefined {
  const { kind } = rule;
  if (WRITTEN.has(tag) || isOutsideInstance(tag) || isGroupLength(tag)) {
    return 'Gantry writes this itself: it takes no rule.';
  }
  if (DESCRIBING.has(tag) && kind !== 'keep') {
    return 'The instance can not be read without it: it can only be kept.';
  }
  if (HIERARCHY.has(tag) && kind !== 'keep' && kind !== 'map-uids' && kind !== 'dummy') {
    return 'Every instance needs one of its own: it can be kept or mapped.';
  }
  const vr = dictionaryEntry(tag)?.vr;
  // What is private has the VR that its file says.
  if (vr === undefined || isPrivate(tag)) return undefined;
  switch (kind) {
    case 'clean':
      return isFreeText(vr) ? undefined : `It is no free text but ${vr}: it can not be cleaned.`;
    case 'shift':
      return MOMENTS.has(vr) ? undefined : `It is no date or time but ${vr}: it can not be moved.`;
    case 'map-uids':
      return vr === 'UI' || vr === 'SQ' ? undefined : `It is no UID but ${vr}.`;
    case 'value':
      return isValueOf(tag, vr, rule.value) ? undefined : `That is no value of ${vr}.`;
    default:
      return undefined;
  }
}

const MOMENTS: ReadonlySet<Vr> = new Set(['DA', 'DT', 'TM']);

/** Where a backslash divides nothing (PS3.5 section 6.2). */
const UNDIVIDED: ReadonlySet<Vr> = new Set(['LT', 'ST', 'UR', 'UT']);

/** Most characters of a value (PS3.5 table 6.2-1); the others have none, or a form that says it. */
const MAX_CHARACTERS: Partial<Readonly<Record<Vr, number>>> = {
  AE: 16, CS: 16, DS: 16, IS: 12, LO: 64, PN: 64, SH: 16, ST: 1024,
}; // prettier-ignore

const RANGES: Partial<Readonly<Record<Vr, readonly [least: number, most: number]>>> = {
  SL: [-(2 ** 31), 2 ** 31 - 1],
  SS: [-(2 ** 15), 2 ** 15 - 1],
  SV: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  UL: [0, 2 ** 32 - 1],
  US: [0, 2 ** 16 - 1],
  UV: [0, Number.MAX_SAFE_INTEGER],
};

const CONTROL = /[^\t\n\f\r\P{Cc}]/u;
/** Lines are for prose. */
const LINES = /[\t\n\f\r]/;

const encoder = new TextEncoder();

/** Whether a text can be written as a value: stricter than what is let pass in files of others. */
function isValueOf(tag: TagNumber, vr: Vr, text: string): boolean {
  if (text === '') return true;
  const values = UNDIVIDED.has(vr) ? [text] : text.split('\\');
  if (values.length > 1 && dictionaryEntry(tag)?.vm === '1') return false;
  return values.every((value) => (isText(vr) ? isTextOf(vr, value) : isNumberOf(vr, value)));
}

function isTextOf(vr: Vr, value: string): boolean {
  if (CONTROL.test(value) || (!UNDIVIDED.has(vr) && LINES.test(value))) return false;
  if (value.length > (MAX_CHARACTERS[vr] ?? Infinity)) return false;
  if (vr === 'CS' && !/^[A-Z0-9 _]*$/.test(value)) return false;
  if (vr === 'UI' && /(^|\.)0\d/.test(value)) return false;
  if (vr === 'DA' && value !== '' && !isDayOfCalendar(value)) return false;
  return isWellFormed(vr, encoder.encode(value));
}

const isDayOfCalendar = (value: string): boolean => {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d\d)(\d\d)$/.exec(value) ?? [];
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
};

function isNumberOf(vr: Vr, value: string): boolean {
  if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value)) return false;
  if (vr === 'FL' || vr === 'FD') return Number.isFinite(Number(value));
  const range = RANGES[vr];
  const number = Number(value);
  return (
    range !== undefined && Number.isInteger(number) && number >= range[0] && number <= range[1]
  );
}
