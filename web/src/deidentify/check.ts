import dicomParser from 'dicom-parser';
import { describeTag, dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { concatBytes, encodeFileMeta } from '../../../shared/dicom/encode.ts';
import type { Encoding } from '../../../shared/dicom/element-header.ts';
import { isPrivate } from '../../../shared/dicom/tag.ts';
import {
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  IMPLEMENTATION_CLASS_UID,
  ImplicitVrLittleEndian,
} from '../../../shared/dicom/uids.ts';
import { findStrayBytes } from './check-coverage.ts';
import { mayRemain } from './check-presence.ts';
import { findInValue, type AllowedValues } from './check-value.ts';
import { optionVerdict } from './profile.ts';
import { ruleFor } from './rules.ts';

export interface OutputToCheck extends AllowedValues {
  /** All that stands before the pixel data; undefined when it was too large to be held. */
  readonly head: Uint8Array<ArrayBuffer> | undefined;
  /** All that stands behind it. */
  readonly tail: Uint8Array<ArrayBuffer> | undefined;
  readonly encoding: Encoding;
}

/** Where a data set stands: what of its encoding and character set its elements depend on. */
interface Context {
  readonly output: OutputToCheck;
  /** What dicom-parser has read. */
  readonly file: Uint8Array<ArrayBuffer>;
  readonly explicitVr: boolean;
  readonly characterSet: readonly string[];
}

/**
 * Reads what was written with dicom-parser, a reader that had no part in writing it, and holds every element and
 * every byte against the profile. Gives the first finding in words; undefined when there is none.
 */
export function checkOutput(output: OutputToCheck): string | undefined {
  if (!output.head || !output.tail) return 'Its header is too large to be checked.';
  if (output.head.byteLength === 0) return 'The check before sending found nothing to read.';
  try {
    for (const bytes of [output.head, output.tail]) {
      if (bytes.byteLength === 0) continue;
      const { dataset, file, start } = read(bytes, output);
      const { explicitVr } = output.encoding;
      const finding =
        findStrayBytes(dataset, start, file.byteLength, explicitVr) ??
        findIn(dataset, { output, file, explicitVr, characterSet: [] });
      if (finding !== undefined) return `The check before sending found that ${finding}.`;
    }
  } catch (error) {
    const detail = typeof error === 'string' ? error : error instanceof Error ? error.message : '';
    return `The check before sending could not read the new header (${detail}).`;
  }
  return undefined;
}

/** What a file begins with, by transfer syntax: dicom-parser wants one. No instance is named in it. */
const HEADERS: ReadonlyMap<string, Uint8Array> = new Map(
  [ImplicitVrLittleEndian, ExplicitVrLittleEndian, ExplicitVrBigEndian].map(({ uid }) => [
    uid,
    encodeFileMeta({
      sopClassUid: IMPLEMENTATION_CLASS_UID,
      sopInstanceUid: IMPLEMENTATION_CLASS_UID,
      transferSyntaxUid: uid,
    }),
  ]),
);

/** The bytes as a file of their own; pixel data is in neither part, so that any syntax can be named. */
function read(bytes: Uint8Array<ArrayBuffer>, { encoding }: OutputToCheck) {
  const syntax = encoding.explicitVr
    ? encoding.littleEndian
      ? ExplicitVrLittleEndian
      : ExplicitVrBigEndian
    : ImplicitVrLittleEndian;
  const header = HEADERS.get(syntax.uid) ?? new Uint8Array();
  const file = concatBytes([header, bytes]);
  const dataset = dicomParser.parseDicom(file, {
    vrCallback: (tag) => dictionaryEntry(tagNumber(tag))?.vr ?? 'UN',
  });
  // dicom-parser lists the meta information among the elements.
  for (const key of Object.keys(dataset.elements)) {
    if ((dataset.elements[key]?.dataOffset ?? 0) <= header.byteLength) {
      // A cast-free way to leave them out: the record is dicom-parser's own and used here alone.
      Reflect.deleteProperty(dataset.elements, key);
    }
  }
  return { dataset, file, start: header.byteLength };
}

/** dicom-parser writes a tag as "x00100010". */
const tagNumber = (tag: string) => parseInt(tag.slice(1), 16);

/** dicom-parser lists the delimitations of items among their elements. */
const isDelimitation = (tag: string) => tag.startsWith('xfffe');

function findIn(dataset: dicomParser.DataSet, outer: Context): string | undefined {
  const characterSet =
    dataset
      .string('x00080005')
      ?.split('\\')
      .map((term) => term.trim()) ?? outer.characterSet;
  const context = { ...outer, characterSet };
  for (const element of Object.values(dataset.elements)) {
    if (isDelimitation(element.tag)) continue;
    const tag = tagNumber(element.tag);
    if (!mayRemain(tag, dataset, context.output.profile))
      return `${describeTag(tag)} is still there`;
    if (element.items) {
      const finding = findInItems(tag, element.items, context);
      if (finding !== undefined) return finding;
      continue;
    }
    const { dataOffset, length } = element;
    const bytes = context.file.subarray(dataOffset, dataOffset + length);
    const finding = findInValue(tag, bytes, characterSet, context.output);
    if (finding !== undefined) return `${describeTag(tag)} ${finding}`;
  }
  return undefined;
}

function findInItems(
  tag: number,
  items: readonly dicomParser.Element[],
  context: Context,
): string | undefined {
  const { profile } = context.output;
  if (!isPrivate(tag) && dictionaryEntry(tag)?.vr !== 'SQ')
    return `${describeTag(tag)} is no sequence`;
  // Only D and U, and options, leave the items of a sequence in place, each element cleaned (PS3.15 section E.1.1).
  const rule = ruleFor(tag);
  const isOpen =
    !rule ||
    isPrivate(tag) ||
    profile.base === 'own-rules' ||
    profile.rules.has(tag) ||
    optionVerdict(rule, profile) !== undefined;
  const action = rule?.action ?? 'U';
  if (items.length > 0 && !isOpen && action !== 'D' && !action.includes('U')) {
    return `${describeTag(tag)} still has its items`;
  }
  for (const item of items) {
    const finding = item.dataSet ? findIn(item.dataSet, context) : undefined;
    if (finding !== undefined) return finding;
  }
  return undefined;
}
