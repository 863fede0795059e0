import { isRange, pieceLength, type ByteSource, type Piece } from '../dicom/byte-source.ts';
import type { Dataset, Element } from '../dicom/dataset.ts';
import { concatBytes, encodeValue } from '../dicom/encode.ts';
import type { ParsedInstance } from '../dicom/read-instance.ts';
import { spliceDataset, type NewElement } from '../dicom/splice.ts';
import * as Tag from '../dicom/tags.generated.ts';

/** Transfer syntaxes whose pixels may have lost something, whoever reads them out of it. */
const LOSSY = /\.4\.(50|51|81|91|93|203|112)$/;

/** Lossy Image Compression stays true once it was, whatever the pixels are in now (PS3.3 section C.7.6.1.1.5). */
export const lossyFlag = ({ dataset, transferSyntaxUid }: ParsedInstance): NewElement[] =>
  LOSSY.test(transferSyntaxUid) ? changed(dataset, Tag.LossyImageCompression, 'CS', '01') : [];

/** An attribute with a single value; none where it is what it was. */
export function changed(
  dataset: Dataset,
  tag: number,
  vr: 'US' | 'CS',
  value: number | string,
): NewElement[] {
  const is = vr === 'US' ? dataset.number(tag) : dataset.string(tag);
  return is === value ? [] : [{ tag, vr, value: encodeValue(vr, value, dataset.littleEndian) }];
}

const OFFSET_TABLES: ReadonlySet<number> = new Set([
  Tag.ExtendedOffsetTable,
  Tag.ExtendedOffsetTableLengths,
]);

/**
 * A data set on both sides of its Pixel Data, with other attributes for what was there under their tags. Offset tables go, and
 * sequences in which something is compressed: pictures within the picture (icons).
 */
export function aroundPixelData(
  dataset: Dataset,
  added: readonly NewElement[],
): { readonly before: readonly Piece[]; readonly after: readonly Piece[] } {
  const replaced = new Set(added.map(({ tag }) => tag));
  const isDropped = (element: Element) =>
    OFFSET_TABLES.has(element.tag) || replaced.has(element.tag) || hasFragments(element);
  const side = (isOutside: (tag: number) => boolean, news: readonly NewElement[]) =>
    spliceDataset(
      dataset,
      (element, _, depth) =>
        depth === 0 && (isOutside(element.tag) || isDropped(element))
          ? { kind: 'remove' }
          : { kind: 'keep' },
      news,
    );
  return {
    before: side((tag) => tag >= Tag.PixelData, added),
    after: side((tag) => tag <= Tag.PixelData, []),
  };
}

/** Whether something compressed stands in a sequence. */
function hasFragments(element: Element): boolean {
  const waiting = [...(element.items ?? [])];
  for (let item = waiting.pop(); item; item = waiting.pop()) {
    for (const inner of item.dataset.elements) {
      if (inner.fragments) return true;
      waiting.push(...(inner.items ?? []));
    }
  }
  return false;
}

/** Reads pieces into memory. */
export async function gathered(
  pieces: readonly Piece[],
  source: ByteSource,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for (const piece of pieces) {
    parts.push(isRange(piece) ? await source.read(piece.from, pieceLength(piece)) : piece);
  }
  return concatBytes(parts);
}
