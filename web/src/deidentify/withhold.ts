import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import {
  isKnownTransferSyntax,
  MAX_UID_LENGTH,
  MediaStorageDirectory,
  transferSyntaxOf,
} from '../../../shared/dicom/uids.ts';
import { PIXELS } from './look.ts';
import { reasonInOverlays } from './embedded-overlays.ts';

/**
 * Why an instance can't leave, in words; undefined when it can. What is withheld here is withheld whatever its elements
 * become and whoever looks at it.
 */
export function reasonToWithhold(instance: ParsedInstance): string | undefined {
  const { dataset } = instance;
  const sopClass = dataset.string(Tag.SOPClassUID);
  if (
    sopClass === MediaStorageDirectory ||
    instance.meta.string(Tag.MediaStorageSOPClassUID) === MediaStorageDirectory
  ) {
    return 'It is a DICOMDIR, an index of other files that is not sent.';
  }
  if (sopClass === undefined || dataset.string(Tag.SOPInstanceUID) === undefined) {
    return 'It has no SOP Class UID or no SOP Instance UID, so it is no instance that could be stored.';
  }
  if (!isLikeUid(sopClass) || !isLikeUid(dataset.text(Tag.SOPInstanceUID) ?? '')) {
    return 'Its SOP Class UID or SOP Instance UID is not a single valid UID.';
  }
  const damage = reasonOfDamage(instance);
  if (damage !== undefined) return damage;
  const encodingReason = reasonInEncoding(instance);
  if (encodingReason !== undefined) return encodingReason;
  return reasonInOverlays(instance);
}

/** A single UID, a little wider than PS3.5 section 9.1: many have a component that begins with 0. */
const isLikeUid = (text: string): boolean =>
  text.length <= MAX_UID_LENGTH && /^\d+(\.\d+)+$/.test(text);

/** More than any IOD nests, and what readers that recurse can follow. */
const MAX_DEPTH = 100;

function reasonInEncoding({ dataset, transferSyntaxUid }: ParsedInstance): string | undefined {
  if (!isKnownTransferSyntax(transferSyntaxUid)) {
    return 'Its transfer syntax is not one of the standard, so nobody can tell what it holds.';
  }
  const syntax = transferSyntaxOf(transferSyntaxUid);
  if (syntax.explicitVr !== dataset.explicitVr || syntax.littleEndian !== dataset.littleEndian) {
    return `It is not encoded as its transfer syntax (${syntax.name}) says.`;
  }
  if (isDeeperThan(dataset, MAX_DEPTH)) {
    return `Its sequences are nested more than ${MAX_DEPTH} deep.`;
  }
  return undefined;
}

function isDeeperThan(dataset: Dataset, maxDepth: number): boolean {
  let level: Dataset[] = [dataset];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true;
    level = level.flatMap(({ elements }) =>
      elements.flatMap(({ items }) => items?.map((item) => item.dataset) ?? []),
    );
  }
  return false;
}

/**
 * Why a file is not all of the instance that it was, in words; undefined when nothing shows it. A file that ends between
 * two elements reads well: that its pixels are missing is all there is to see.
 */
export function reasonOfDamage({
  dataset,
  isComplete,
  problems,
}: ParsedInstance): string | undefined {
  if (!isComplete) return `The file is damaged: ${problems.join(' ')}`;
  const isImage =
    dataset.has(Tag.Rows) && dataset.has(Tag.Columns) && dataset.has(Tag.BitsAllocated);
  if (isImage && !PIXELS.some((tag) => dataset.has(tag))) {
    return 'The file describes an image but holds no pixels: it may be cut off.';
  }
  return undefined;
}
