import type dicomParser from 'dicom-parser';
import { hasLongLength, isVr } from '../../../shared/dicom/vr.ts';

/** Bytes of an item's header, and of a delimitation. */
const ITEM_HEADER = 8;

/**
 * Whether the elements that dicom-parser read follow each other without a gap from `start` to `end`: what lies in
 * none of them, a second element with the same tag included, was looked at by nobody. Gives a finding in words.
 */
export function findStrayBytes(
  dataset: dicomParser.DataSet,
  start: number,
  end: number,
  explicitVr: boolean,
): string | undefined {
  const elements = Object.values(dataset.elements).sort((a, b) => a.dataOffset - b.dataOffset);
  let at = start;
  for (const element of elements) {
    if (element.dataOffset - headerLength(element, explicitVr) !== at) return stray(at);
    const contentEnd = element.dataOffset + element.length;
    const finding = element.items && findBetweenItems(element, explicitVr);
    if (finding !== undefined) return finding;
    at = contentEnd + (element.items && element.hadUndefinedLength ? ITEM_HEADER : 0);
  }
  return at === end ? undefined : stray(at);
}

function findBetweenItems(element: dicomParser.Element, explicitVr: boolean): string | undefined {
  // A sequence in UN is implicit, whatever surrounds it (PS3.5 section 6.2.2).
  const isExplicit = explicitVr && element.vr !== 'UN';
  let at = element.dataOffset;
  for (const item of element.items ?? []) {
    if (item.dataOffset - ITEM_HEADER !== at) return stray(at);
    at = item.dataOffset + item.length;
    const finding = item.dataSet && findStrayBytes(item.dataSet, item.dataOffset, at, isExplicit);
    if (finding !== undefined) return finding;
  }
  return at === element.dataOffset + element.length ? undefined : stray(at);
}

function headerLength({ tag, vr }: dicomParser.Element, explicitVr: boolean): number {
  if (!explicitVr || tag.startsWith('xfffe')) return 8;
  return vr !== undefined && isVr(vr) && hasLongLength(vr) ? 12 : 8;
}

const stray = (at: number) => `something stands twice, or in no element, at offset ${at}`;
