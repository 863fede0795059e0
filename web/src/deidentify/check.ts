import dicomParser from 'dicom-parser';
import { describeTag, dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { concatBytes, encodeFileMeta, type MetaInformation } from '../../../shared/dicom/encode.ts';
import type { Encoding } from '../../../shared/dicom/element-header.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import {
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
} from '../../../shared/dicom/uids.ts';
import { isText } from '../../../shared/dicom/vr.ts';
import { mayRemain } from './action.ts';
import type { IdentityTokens } from './identity-tokens.ts';
import { ruleFor } from './rules.ts';

export interface OutputToCheck {
  /** All that stands before the pixel data; undefined when it was too large to be held. */
  readonly head: Uint8Array<ArrayBuffer> | undefined;
  /** All that stands behind it. */
  readonly tail: Uint8Array<ArrayBuffer> | undefined;
  readonly meta: MetaInformation;
  readonly encoding: Encoding;
  readonly pseudonym: string;
  /** The UIDs of the source that must not be found again. */
  readonly originalUids: ReadonlySet<string>;
  readonly tokens: IdentityTokens;
}

/**
 * Reads what was written with dicom-parser, a reader that had no part in writing it, and holds every element
 * against the profile. Gives the first finding in words; undefined when there is none.
 */
export function checkOutput(output: OutputToCheck): string | undefined {
  if (!output.head || !output.tail) return 'Its header is too large to be checked.';
  try {
    for (const bytes of [output.head, output.tail]) {
      if (bytes.byteLength === 0) continue;
      const dataset = read(bytes, output);
      const finding = findIn(dataset, output);
      if (finding !== undefined) return `The check before sending found that ${finding}.`;
    }
    if (elementsOf(read(output.head, output)).length === 0)
      return 'The check before sending found nothing to read.';
  } catch (error) {
    const detail = typeof error === 'string' ? error : error instanceof Error ? error.message : '';
    return `The check before sending could not read the new header (${detail}).`;
  }
  return undefined;
}

/** The bytes as a file of their own; pixel data is in neither part, so that any syntax can be named. */
function read(bytes: Uint8Array<ArrayBuffer>, { meta, encoding }: OutputToCheck) {
  const syntax = encoding.explicitVr
    ? encoding.littleEndian
      ? ExplicitVrLittleEndian
      : ExplicitVrBigEndian
    : ImplicitVrLittleEndian;
  const file = concatBytes([encodeFileMeta({ ...meta, transferSyntaxUid: syntax.uid }), bytes]);
  return dicomParser.parseDicom(file, {
    vrCallback: (tag) => dictionaryEntry(tagNumber(tag))?.vr ?? 'UN',
  });
}

/** dicom-parser writes a tag as "x00100010". */
const tagNumber = (tag: string) => parseInt(tag.slice(1), 16);

/** dicom-parser lists the meta information and the delimitations of items among the elements. */
const elementsOf = (dataset: dicomParser.DataSet) =>
  Object.values(dataset.elements).filter(({ tag }) => !/^x(0002|fffe)/.test(tag));

function findIn(dataset: dicomParser.DataSet, output: OutputToCheck): string | undefined {
  for (const element of elementsOf(dataset)) {
    const tag = tagNumber(element.tag);
    if (!mayRemain(tag)) return `${describeTag(tag)} is still there`;
    const finding = element.items
      ? findInItems(element.items, output)
      : findInValue(dataset, element, tag, output);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

function findInItems(
  items: readonly dicomParser.Element[],
  output: OutputToCheck,
): string | undefined {
  for (const item of items) {
    const finding = item.dataSet ? findIn(item.dataSet, output) : undefined;
    if (finding !== undefined) return finding;
  }
  return undefined;
}

function findInValue(
  dataset: dicomParser.DataSet,
  element: dicomParser.Element,
  tag: number,
  output: OutputToCheck,
): string | undefined {
  if (element.length === 0) return undefined;
  const vr = dictionaryEntry(tag)?.vr ?? 'UN';
  if (vr === 'SQ') return `${describeTag(tag)} could not be taken apart`;
  if (!isText(vr)) return undefined;
  const text = dataset.string(element.tag) ?? '';
  if (tag === Tag.PatientName || tag === Tag.PatientID) {
    return text === output.pseudonym ? undefined : `${describeTag(tag)} is not the pseudonym`;
  }
  if (ruleFor(tag)?.action === 'Z') return `${describeTag(tag)} has a value`;
  if (vr === 'UI' && text.split('\\').some((uid) => output.originalUids.has(uid))) {
    return `${describeTag(tag)} holds an original UID`;
  }
  if (vr !== 'CS' && output.tokens.foundIn(text)) {
    return `${describeTag(tag)} repeats a name or an ID`;
  }
  return undefined;
}
