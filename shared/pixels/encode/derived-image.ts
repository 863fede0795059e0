import type { Dataset, Element } from '../../dicom/dataset.ts';
import type { ByteSource } from '../../dicom/byte-source.ts';
import {
  concatBytes,
  encodeDataset,
  encodeValue,
  itemHeader,
  type Fields,
} from '../../dicom/encode.ts';
import type { NewElement } from '../../dicom/splice.ts';
import { ITEM } from '../../dicom/tag.ts';
import * as Tag from '../../dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../dicom/uids.ts';
import { PixelError } from '../pixel-error.ts';

/** A data set in Explicit VR Little Endian, and where its values lie. */
interface Source {
  readonly dataset: Dataset;
  readonly source: ByteSource;
}

/** Of Derivation Description: ST. */
const MAX_DESCRIPTION = 1024;

/**
 * What makes an image that lost something by compression a derived one: PS3.3 sections C.7.6.1.1.5 (Lossy Image Compression),
 * C.7.6.1.1.2 (Image Type) and C.12.4.1 (what it was derived from), edition 2026d.
 *
 * @param ratio bytes of the pixels as they were, by bytes of the streams
 * @param isNative the source holds its pixels without compression
 * @throws PixelError for enhanced images, whose functional groups describe each frame
 */
export async function derivedImage(
  { dataset, source }: Source,
  sopInstanceUid: string,
  ratio: number,
  isNative: boolean,
): Promise<NewElement[]> {
  if (dataset.has(Tag.SharedFunctionalGroupsSequence)) {
    const message = 'Images with functional groups are compressed without loss only.';
    throw new PixelError('transfer-syntax', message);
  }
  const text = (tag: number, vr: 'CS' | 'UI' | 'DS', values: readonly string[]): NewElement => ({
    tag,
    vr,
    value: encodeValue(vr, values, true),
  });
  const rounded = ratio.toFixed(2);
  const [, ...imageType] = dataset.strings(Tag.ImageType);
  return [
    text(Tag.ImageType, 'CS', ['DERIVED', ...(imageType.length > 0 ? imageType : ['PRIMARY'])]),
    text(Tag.SOPInstanceUID, 'UI', [sopInstanceUid]),
    text(Tag.LossyImageCompression, 'CS', ['01']),
    text(Tag.LossyImageCompressionRatio, 'DS', [
      ...dataset.strings(Tag.LossyImageCompressionRatio),
      rounded,
    ]),
    text(Tag.LossyImageCompressionMethod, 'CS', [
      ...dataset.strings(Tag.LossyImageCompressionMethod),
      'ISO_10918_1',
    ]),
    description(dataset, `Lossy JPEG, ratio ${rounded}`),
    await withItem(source, dataset, Tag.SourceImageSequence, {
      [Tag.ReferencedSOPClassUID]: dataset.string(Tag.SOPClassUID) ?? '',
      [Tag.ReferencedSOPInstanceUID]: dataset.string(Tag.SOPInstanceUID) ?? '',
      ...(isNative
        ? {
            [Tag.PurposeOfReferenceCodeSequence]: [code('121320', 'Uncompressed predecessor')],
          }
        : {}),
    }),
    await withItem(
      source,
      dataset,
      Tag.DerivationCodeSequence,
      code('113040', 'Lossy Compression'),
    ),
  ];
}

const code = (value: string, meaning: string): Fields => ({
  [Tag.CodeValue]: value,
  [Tag.CodingSchemeDesignator]: 'DCM',
  [Tag.CodeMeaning]: meaning,
});

/** What was said of earlier derivations stays, in its own character set. */
function description(dataset: Dataset, words: string): NewElement {
  const tag = Tag.DerivationDescription;
  const bytes = dataset.bytes(tag) ?? new Uint8Array();
  const end = bytes.findLastIndex((byte) => byte !== 0x20 && byte !== 0) + 1;
  const addition = encodeValue('ST', end > 0 ? `; ${words}` : words, true);
  const said = end + addition.length > MAX_DESCRIPTION ? new Uint8Array() : bytes.subarray(0, end);
  return { tag, vr: 'ST', value: concatBytes([said, addition]) };
}

/** A sequence with one more item. */
async function withItem(
  source: ByteSource,
  dataset: Dataset,
  tag: number,
  fields: Fields,
): Promise<NewElement> {
  const element: Element | undefined = dataset.get(tag);
  const first = element?.items?.[0];
  const last = element?.items?.at(-1);
  const items =
    first && last ? await source.read(first.start, last.end - first.start) : new Uint8Array();
  const item = encodeDataset(fields, ExplicitVrLittleEndian);
  return { tag, vr: 'SQ', value: concatBytes([items, itemHeader(ITEM, item.length, true), item]) };
}
