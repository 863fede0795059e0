import { MAX_SHORT } from './ascii.ts';
import { describeTag, dictionaryEntry } from './dictionary.ts';
import type { Encoding } from './element-header.ts';
import { elementOf, groupOf, ITEM, type TagNumber } from './tag.ts';
import * as Tag from './tags.generated.ts';
import {
  ExplicitVrLittleEndian,
  IMPLEMENTATION_CLASS_UID,
  IMPLEMENTATION_VERSION_NAME,
} from './uids.ts';
import { allowsCount, bytesProblem, numbersProblem, textProblem } from './value-rules.ts';
import { hasLongLength, isSingleText, isText, valueWidth, type Vr } from './vr.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Values of one element but a sequence: text or numbers, or bytes as they are. */
export type PlainValue = string | number | readonly string[] | readonly (number | bigint)[] | Bytes;

/** Values of one element: plain ones, or the items of a sequence. */
export type FieldValue = PlainValue | readonly Fields[];

/** A value with a VR of its own, for private elements and where the dictionary leaves a choice. */
export interface TypedValue {
  readonly vr: Vr;
  readonly value: FieldValue;
}

/** A data set to encode, by tag; elements are written in the order of their tags. */
export interface Fields {
  readonly [tag: TagNumber]: FieldValue | TypedValue;
}

/** Joins byte arrays to one. */
export function concatBytes(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/**
 * The header of an element (PS3.5 section 7.1). `length` is in bytes; 0xFFFFFFFF stands for undefined.
 * @throws RangeError for a value over 65,534 bytes in a VR whose length has 2 bytes.
 */
export function elementHeader(tag: TagNumber, vr: Vr, length: number, encoding: Encoding): Bytes {
  const header = new Uint8Array(headerLength(vr, encoding));
  writeElementHeader(header, tag, vr, length, encoding);
  return header;
}

const headerLength = (vr: Vr, { explicitVr }: Encoding): 8 | 12 =>
  explicitVr && hasLongLength(vr) ? 12 : 8;

function writeElementHeader(
  bytes: Bytes,
  tag: TagNumber,
  vr: Vr,
  length: number,
  { littleEndian, explicitVr }: Encoding,
): void {
  writeUint16(bytes, 0, groupOf(tag), littleEndian);
  writeUint16(bytes, 2, elementOf(tag), littleEndian);
  if (!explicitVr) {
    writeUint32(bytes, 4, length, littleEndian);
    return;
  }
  bytes[4] = vr.charCodeAt(0);
  bytes[5] = vr.charCodeAt(1);
  if (hasLongLength(vr)) writeUint32(bytes, 8, length, littleEndian);
  else if (length > 0xffff)
    throw new RangeError(`A value of VR ${vr} is too long: ${length} bytes.`);
  else writeUint16(bytes, 6, length, littleEndian);
}

/** A view for each header takes longer than to write it. */
function writeUint16(bytes: Bytes, at: number, value: number, littleEndian: boolean): void {
  bytes[at] = littleEndian ? value : value >>> 8;
  bytes[at + 1] = littleEndian ? value >>> 8 : value;
}

function writeUint32(bytes: Bytes, at: number, value: number, littleEndian: boolean): void {
  writeUint16(bytes, at, littleEndian ? value & 0xffff : value >>> 16, littleEndian);
  writeUint16(bytes, at + 2, littleEndian ? value >>> 16 : value & 0xffff, littleEndian);
}

/** The header of an item or a delimitation: a tag and a 4-byte length, no VR (PS3.5 section 7.5). */
export function itemHeader(tag: TagNumber, length: number, littleEndian: boolean): Bytes {
  return elementHeader(tag, 'UN', length, { explicitVr: false, littleEndian });
}

/** One element, header and value; the value is padded to even length (PS3.5 section 6.2). */
export function encodeElement(
  tag: TagNumber,
  vr: Vr,
  value: Uint8Array,
  encoding: Encoding,
): Bytes {
  const odd = value.byteLength % 2;
  const header = headerLength(vr, encoding);
  const element = new Uint8Array(header + value.byteLength + odd);
  writeElementHeader(element, tag, vr, value.byteLength + odd, encoding);
  element.set(value, header);
  if (odd === 1 && isText(vr) && vr !== 'UI') element[element.byteLength - 1] = 0x20;
  return element;
}

const utf8 = new TextEncoder();

/** An encoder takes longer to begin than to write a short text. */
function encodeUtf8(text: string): Bytes {
  if (text.length > MAX_SHORT) return utf8.encode(text);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return utf8.encode(text);
    bytes[i] = code;
  }
  return bytes;
}

/** Values as bytes of a VR, unpadded. Text is encoded as UTF-8: callers outside ASCII set ISO_IR 192. */
export function encodeValue(vr: Vr, value: PlainValue, littleEndian: boolean): Bytes {
  if (value instanceof Uint8Array) return value;
  const values: readonly (string | number | bigint)[] = Array.isArray(value) ? value : [value];
  if (isText(vr)) return encodeUtf8(values.join('\\'));
  const width = valueWidth(vr);
  const bytes = new Uint8Array(width * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((entry, i) => {
    if (width === 8 && typeof entry === 'bigint')
      setBigInt(view, i * width, vr, entry, littleEndian);
    else setNumber(view, i * width, vr, Number(entry), littleEndian);
  });
  return bytes;
}

function setNumber(view: DataView, at: number, vr: Vr, value: number, littleEndian: boolean): void {
  switch (vr) {
    case 'US':
    case 'OW':
      return view.setUint16(at, value, littleEndian);
    case 'SS':
      return view.setInt16(at, value, littleEndian);
    case 'UL':
    case 'OL':
      return view.setUint32(at, value, littleEndian);
    case 'SL':
      return view.setInt32(at, value, littleEndian);
    case 'FL':
    case 'OF':
      return view.setFloat32(at, value, littleEndian);
    case 'FD':
    case 'OD':
      return view.setFloat64(at, value, littleEndian);
    case 'SV':
      return view.setBigInt64(at, BigInt(value), littleEndian);
    case 'UV':
    case 'OV':
      return view.setBigUint64(at, BigInt(value), littleEndian);
    case 'AT':
      view.setUint16(at, groupOf(value), littleEndian);
      return view.setUint16(at + 2, elementOf(value), littleEndian);
    default:
      return view.setUint8(at, value);
  }
}

function setBigInt(view: DataView, at: number, vr: Vr, value: bigint, littleEndian: boolean): void {
  if (vr === 'SV') view.setBigInt64(at, value, littleEndian);
  else view.setBigUint64(at, value, littleEndian);
}

const isTyped = (value: FieldValue | TypedValue): value is TypedValue =>
  typeof value === 'object' && 'vr' in value && typeof value.vr === 'string';

const isItems = (vr: Vr, _value: FieldValue): _value is readonly Fields[] => vr === 'SQ';

/** Whether values are held to the rules of PS3.5 section 6.2; the keys of a query follow others (PS3.4 section C.2.2.2). */
export type ValueCheck = 'checked' | 'as they are';

/**
 * Encodes a data set (PS3.5 section 7). Sequences and their items get defined lengths.
 * @throws RangeError for a value that its VR doesn't allow, or more or fewer of them than the dictionary says; the
 *   message names attribute and rule, never the value
 */
export function encodeDataset(
  fields: Fields,
  encoding: Encoding,
  check: ValueCheck = 'checked',
): Bytes {
  const parts: Uint8Array[] = [];
  // Keys of a record are text; the tags come back as numbers.
  const tags = Object.keys(fields)
    .map(Number)
    .sort((a, b) => a - b);
  for (const tag of tags) {
    const field = fields[tag];
    if (field === undefined) continue;
    const value = isTyped(field) ? field.value : field;
    const vr = isTyped(field) ? field.vr : (dictionaryEntry(tag)?.vr ?? 'UN');
    if (isItems(vr, value)) {
      const items = value.flatMap((item) => {
        const bytes = encodeDataset(item, encoding, check);
        return [itemHeader(ITEM, bytes.byteLength, encoding.littleEndian), bytes];
      });
      const content = concatBytes(items);
      parts.push(elementHeader(tag, 'SQ', content.byteLength, encoding), content);
    } else {
      if (check === 'checked') checkValue(tag, vr, value);
      parts.push(encodeElement(tag, vr, encodeValue(vr, value, encoding.littleEndian), encoding));
    }
  }
  return concatBytes(parts);
}

function checkValue(tag: TagNumber, vr: Vr, value: PlainValue): void {
  const problem = problemOf(tag, vr, value);
  if (problem !== undefined) {
    throw new RangeError(`A value of ${describeTag(tag)}, VR ${vr}, ${problem}.`);
  }
}

function problemOf(tag: TagNumber, vr: Vr, value: PlainValue): string | undefined {
  // Text that comes as bytes is in a character set of its own; whoever encoded it knows.
  if (value instanceof Uint8Array) return bytesProblem(vr, value.byteLength);
  const values: readonly (string | number | bigint)[] = Array.isArray(value) ? value : [value];
  // Not for numbers: there may be millions of them.
  const text = isText(vr) ? values.join('\\') : '';
  const problem = isText(vr) ? textProblem(vr, text) : numbersProblem(vr, values);
  if (problem !== undefined) return problem;
  const entry = dictionaryEntry(tag);
  // Streams of bytes and words are one value, however many numbers they are given as.
  if (entry?.vr !== vr || vr.startsWith('O')) return undefined;
  const count = isText(vr) ? countOfTexts(vr, text) : values.length;
  return allowsCount(entry.vm, count) ? undefined : `is one of ${count} where ${entry.vm} may be`;
}

function countOfTexts(vr: Vr, text: string): number {
  if (text === '') return 0;
  return isSingleText(vr) ? 1 : text.split('\\').length;
}

export interface MetaInformation {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** Who sent the instance (PS3.10 section 7.1, Source Application Entity Title). */
  readonly sourceAeTitle?: string;
}

/**
 * Preamble, prefix and file meta information of a Part 10 file (PS3.10 section 7.1), with a preamble of zeros and
 * Gantry as the implementation.
 */
export function encodeFileMeta(meta: MetaInformation): Bytes {
  const group = encodeDataset(
    {
      [Tag.FileMetaInformationVersion]: { vr: 'OB', value: Uint8Array.of(0, 1) },
      [Tag.MediaStorageSOPClassUID]: meta.sopClassUid,
      [Tag.MediaStorageSOPInstanceUID]: meta.sopInstanceUid,
      [Tag.TransferSyntaxUID]: meta.transferSyntaxUid,
      [Tag.ImplementationClassUID]: IMPLEMENTATION_CLASS_UID,
      [Tag.ImplementationVersionName]: IMPLEMENTATION_VERSION_NAME,
      ...(meta.sourceAeTitle === undefined
        ? {}
        : { [Tag.SourceApplicationEntityTitle]: meta.sourceAeTitle }),
    },
    ExplicitVrLittleEndian,
    // UIDs and titles name what others made: there are instances with UIDs that are none, and they stay findable.
    'as they are',
  );
  const length = encodeDataset(
    { [Tag.FileMetaInformationGroupLength]: group.byteLength },
    ExplicitVrLittleEndian,
  );
  return concatBytes([new Uint8Array(128), utf8.encode('DICM'), length, group]);
}

/**
 * A whole Part 10 file from a new data set; `fields` is encoded in `encoding`, which `meta` names.
 * @throws RangeError as `encodeDataset`
 */
export function encodePart10(
  meta: MetaInformation,
  fields: Fields,
  encoding: Encoding,
  check: ValueCheck = 'checked',
): Bytes {
  return concatBytes([encodeFileMeta(meta), encodeDataset(fields, encoding, check)]);
}
