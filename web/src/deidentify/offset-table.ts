import type { ByteSource, Piece } from '../../../shared/dicom/byte-source.ts';
import { Dataset, type Element } from '../../../shared/dicom/dataset.ts';
import { itemHeader } from '../../../shared/dicom/encode.ts';
import { spliceDataset, type Decide } from '../../../shared/dicom/splice.ts';
import { ITEM } from '../../../shared/dicom/tag.ts';

/** Bytes of an item's header, and of an entry of the table. */
const ITEM_HEADER = 8;
const ENTRY = 4;

/** A table for more frames than this is taken to be what it says: 1 MiB. */
const MAX_CHECKED = 2 ** 20;

/**
 * Splices the pixel data of an instance. Where its Basic Offset Table (PS3.5 section A.4) holds anything but offsets
 * of its fragments, it gets an empty one, which the standard allows: a reader then finds the frames without it.
 */
export async function splicePixelData(
  pixels: Dataset,
  decide: Decide,
  source: ByteSource,
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for (const element of pixels.elements) {
    const alone = new Dataset([element], pixels, pixels);
    pieces.push(...((await withoutTable(element, source)) ?? spliceDataset(alone, decide)));
  }
  return pieces;
}

/** Undefined where nothing has to be changed. */
async function withoutTable(element: Element, source: ByteSource): Promise<Piece[] | undefined> {
  const [table, first] = element.fragments ?? [];
  if (!table || table.length === 0 || table.length > MAX_CHECKED) return undefined;
  const bytes = await source.read(table.offset, table.length);
  const origin = first ? first.offset - ITEM_HEADER : 0;
  const starts = new Set(
    (element.fragments ?? []).slice(1).map(({ offset }) => offset - ITEM_HEADER - origin),
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let isSound = bytes.byteLength === table.length && table.length % ENTRY === 0;
  for (let at = 0; isSound && at < table.length; at += ENTRY) {
    isSound = starts.has(view.getUint32(at, true));
  }
  if (isSound) return undefined;
  const tableStart = table.offset - ITEM_HEADER;
  return [
    { from: element.start, to: tableStart },
    itemHeader(ITEM, 0, true),
    { from: table.offset + table.length, to: element.end },
  ];
}
