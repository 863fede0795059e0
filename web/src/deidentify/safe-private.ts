import type { Dataset, Element } from '../../../shared/dicom/dataset.ts';
import { isPrivateCreator } from '../../../shared/dicom/dictionary.ts';
import {
  privateCreatorOf,
  privateEntry,
  type PrivateEntry,
} from '../../../shared/dicom/private-dictionary.ts';
import { elementOf, groupOf, isPrivate } from '../../../shared/dicom/tag.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';

/** The entry of PS3.15 table E.3.10-1 that a private element falls under, by who reserved its block. */
export function safePrivateEntry(element: Element, dataset: Dataset): PrivateEntry | undefined {
  const creator = privateCreatorOf(element.tag, dataset);
  const entry = creator === undefined ? undefined : privateEntry(element.tag, creator);
  if (!entry?.isSafe) return undefined;
  // Another VR than its maker's means another use: nobody knows of what.
  const isAsListed = element.vr === entry.vr || element.vr === 'UN' || entry.vr === 'UN';
  return isAsListed ? entry : undefined;
}

/** Whether an element reserves a block of which something stays: a creator alone says nothing, and goes. */
export function isNeededCreator(
  element: Element,
  dataset: Dataset,
  stays: (other: Element) => boolean,
): boolean {
  if (!isPrivateCreator(element.tag)) return false;
  const group = groupOf(element.tag);
  const block = elementOf(element.tag) & 0xff;
  return dataset.elements.some(
    (other) =>
      isPrivate(other.tag) &&
      groupOf(other.tag) === group &&
      elementOf(other.tag) >>> 8 === block &&
      stays(other),
  );
}

/** The VR that a safe private value is to be read by. */
export const safePrivateVr = (element: Element, entry: PrivateEntry): Vr =>
  element.vr === 'UN' ? entry.vr : element.vr;
