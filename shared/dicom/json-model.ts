// The DICOM JSON Model: PS3.18 annex F, edition 2026d.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part18.html#chapter_F
import { swapByteOrder } from './byte-order.ts';
import { binaryValues, textOf, type Dataset, type Element } from './dataset.ts';
import type { Fields, FieldValue, TypedValue } from './encode.ts';
import { isGroupLength, type TagNumber } from './tag.ts';
import { SpecificCharacterSet } from './tags.generated.ts';
import { isSingleText, isText, isVr, type Vr } from './vr.ts';

/** A person's name by component group (PS3.5 section 6.2.1.2); groups that are empty are missing. */
export interface JsonPersonName {
  readonly Alphabetic?: string;
  readonly Ideographic?: string;
  readonly Phonetic?: string;
}

/** Null stands for a value that is empty among others. */
export type JsonValue = string | number | JsonPersonName | JsonDataset | null;

export interface JsonElement {
  readonly vr: Vr;
  readonly Value?: readonly JsonValue[];
  /** Base64, little endian. */
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
}

/** By tag as eight hexadecimal digits. */
export interface JsonDataset {
  readonly [tag: string]: JsonElement;
}

export interface JsonOptions {
  /**
   * Names a value that isn't in the model: one that was too large to read, or fragments. Without it such an element
   * has neither value nor URI, which PS3.18 keeps for what is empty.
   */
  readonly bulkDataUri?: (element: Element) => string;
}

/** Deeper than any object of the standard, and within every engine's stack. */
const MAX_DEPTH = 256;

const UTF_8 = 'ISO_IR 192';

/**
 * A data set in the JSON Model. Text comes as Unicode, so that Specific Character Set says ISO_IR 192 where it was
 * there; group lengths are left out.
 * @throws RangeError when sequences nest more than 256 deep
 */
export function toJsonModel(dataset: Dataset, options: JsonOptions = {}): JsonDataset {
  return datasetModel(dataset, options, 0);
}

function datasetModel(dataset: Dataset, options: JsonOptions, depth: number): JsonDataset {
  if (depth > MAX_DEPTH) throw new RangeError(`Sequences nest more than ${MAX_DEPTH} deep.`);
  const model: Record<string, JsonElement> = {};
  for (const element of dataset.elements) {
    if (isGroupLength(element.tag)) continue;
    // Of duplicates the first counts, as everywhere.
    model[keyOf(element.tag)] ??= elementModel(element, dataset, options, depth);
  }
  return model;
}

const keyOf = (tag: TagNumber): string => tag.toString(16).toUpperCase().padStart(8, '0');

function elementModel(
  element: Element,
  dataset: Dataset,
  options: JsonOptions,
  depth: number,
): JsonElement {
  const { vr, tag, items, bytes } = element;
  // Of undefined length UN is a sequence (PS3.5 section 6.2.2).
  if (vr === 'SQ' || (items && element.undefinedLength)) {
    const values = (items ?? []).map((item) => datasetModel(item.dataset, options, depth + 1));
    return values.length === 0 ? { vr: 'SQ' } : { vr: 'SQ', Value: values };
  }
  if (tag === SpecificCharacterSet) return { vr, Value: [UTF_8] };
  if (element.length === 0 && !element.fragments) return { vr };
  if (!bytes)
    return options.bulkDataUri ? { vr, BulkDataURI: options.bulkDataUri(element) } : { vr };
  if (isText(vr)) return textModel(vr, textOf(element, dataset));
  if (vr === 'UN' || vr.startsWith('O')) {
    return { vr, InlineBinary: littleEndian(bytes, vr, dataset).toBase64() };
  }
  return {
    vr,
    Value: binaryValues(bytes, vr, dataset.littleEndian).map((value) => numberModel(vr, value)),
  };
}

function littleEndian(bytes: Uint8Array, vr: Vr, dataset: Dataset): Uint8Array {
  if (dataset.littleEndian) return bytes;
  const turned = bytes.slice();
  swapByteOrder(turned, vr);
  return turned;
}

function textModel(vr: Vr, text: string): JsonElement {
  const values = isSingleText(vr) ? [text] : text.split('\\').map((value) => value.trim());
  // A text of padding alone is empty.
  if (values.every((value) => value === '')) return { vr };
  return { vr, Value: values.map((value) => (value === '' ? null : textValue(vr, value))) };
}

function textValue(vr: Vr, value: string): JsonValue {
  if (vr === 'PN') return personName(value);
  if (vr !== 'DS' && vr !== 'IS') return value;
  // What is no number, or would lose figures as one, stays the text that it is.
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d+)?$/i.test(value);
  const number = Number(value);
  return isNumber && Number.isFinite(number) ? number : value;
}

function personName(value: string): JsonPersonName {
  const [alphabetic = '', ideographic = '', phonetic = ''] = value.split('=');
  return {
    ...(alphabetic !== '' && { Alphabetic: alphabetic }),
    ...(ideographic !== '' && { Ideographic: ideographic }),
    ...(phonetic !== '' && { Phonetic: phonetic }),
  };
}

function numberModel(vr: Vr, value: number | bigint): JsonValue {
  if (vr === 'AT') return keyOf(Number(value));
  if (typeof value === 'bigint') {
    const isExact = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
    return isExact ? Number(value) : String(value);
  }
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  // The shortest text that gives the same single back: 0.1, not 0.10000000149011612.
  return vr === 'FL' ? shortestSingle(value) : value;
}

function shortestSingle(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/**
 * The fields of a JSON Model, to be encoded: text in UTF-8, which Specific Character Set then says.
 * @throws TypeError when it isn't a JSON Model, or holds a BulkDataURI, which names a value that isn't here
 */
export function fromJsonModel(model: JsonDataset): Fields {
  return fieldsOf(model, 0);
}

function fieldsOf(model: JsonDataset, depth: number): Fields {
  if (depth > MAX_DEPTH) throw new TypeError(`Sequences nest more than ${MAX_DEPTH} deep.`);
  const fields: Record<number, TypedValue> = {};
  for (const [key, element] of Object.entries(model)) {
    if (!/^[0-9A-Fa-f]{8}$/.test(key)) throw new TypeError('A key of the JSON Model is no tag.');
    const tag = parseInt(key, 16);
    if (isGroupLength(tag)) continue;
    fields[tag] = { vr: checkedVr(element), value: fieldValue(element, key, depth) };
  }
  return fields;
}

function checkedVr({ vr }: JsonElement): Vr {
  if (!isVr(vr)) throw new TypeError('An element of the JSON Model has no VR.');
  return vr;
}

function fieldValue(element: JsonElement, key: string, depth: number): FieldValue {
  const { vr, Value: values = [], InlineBinary: inline, BulkDataURI: uri } = element;
  if (uri !== undefined) throw new TypeError(`(${key}) is bulk data that isn't in the JSON Model.`);
  if (inline !== undefined) return Uint8Array.fromBase64(inline);
  if (vr === 'SQ') return values.map((item) => fieldsOf(itemOf(item, key), depth + 1));
  if (keyOf(SpecificCharacterSet) === key) return UTF_8;
  if (isText(vr)) return values.map((value) => textOfValue(value, key)).join('\\');
  if (values.length === 0) return new Uint8Array();
  return values.map((value) => numberOfValue(vr, value, key));
}

function itemOf(value: JsonValue, key: string): JsonDataset {
  if (value === null) return {};
  if (typeof value !== 'object') throw new TypeError(`An item of (${key}) is no data set.`);
  // A cast: whether its keys are tags is checked where they are read.
  return value as JsonDataset;
}

function textOfValue(value: JsonValue, key: string): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  // A cast: what else an object may be under a text VR.
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = value as JsonPersonName;
  const groups = [Alphabetic, Ideographic, Phonetic];
  if (groups.some((group) => typeof group !== 'string')) {
    throw new TypeError(`A value of (${key}) is no text.`);
  }
  return groups.join('=').replace(/=+$/, '');
}

const SPECIAL: Readonly<Record<string, number>> = { NaN, inf: Infinity, '-inf': -Infinity };

function numberOfValue(vr: Vr, value: JsonValue, key: string): number | bigint {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    if (vr === 'AT' && /^[0-9A-Fa-f]{8}$/.test(value)) return parseInt(value, 16);
    if ((vr === 'SV' || vr === 'UV') && /^-?\d+$/.test(value)) return BigInt(value);
    const number = SPECIAL[value] ?? Number(value);
    if (value in SPECIAL || (value !== '' && !Number.isNaN(number))) return number;
  }
  throw new TypeError(`A value of (${key}) is no number.`);
}
