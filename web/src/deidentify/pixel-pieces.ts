import { isRange, type ByteSource, type Piece } from '../../../shared/dicom/byte-source.ts';
import { Dataset, type Element } from '../../../shared/dicom/dataset.ts';
import { concatBytes, encodeDataset, itemHeader } from '../../../shared/dicom/encode.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import {
  materialise,
  spliceDataset,
  type Decide,
  type NewElement,
} from '../../../shared/dicom/splice.ts';
import { ITEM } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { blankPixelData } from '../../../shared/pixels/blank/blank-pixel-data.ts';
import type { Box } from '../../../shared/pixels/box.ts';
import type { CodecName, Codecs } from '../../../shared/pixels/codecs/codecs.ts';
import { CodestreamError, metadataRanges } from './codestream.ts';
import { FragmentStream, type ByteRange } from './fragment-stream.ts';
import { PIXEL_DATA } from './plan.ts';

/** Bytes of an item's header, and of an entry of the table. */
const ITEM_HEADER = 8;
const ENTRY = 4;

/** A table for more frames than this is taken to be what it says: 1 MiB. */
const MAX_CHECKED = 2 ** 20;

/** Frames behind each other without an end would fill memory; no writer pads that much: 16 MiB. */
const MAX_EXCESS = 2 ** 24;

/**
 * Splices the pixel data of an instance. What stands beside its samples becomes zero: comments within a codestream, and
 * bytes behind the last frame. Where its Basic Offset Table (PS3.5 section A.4) holds anything but offsets
 * of its fragments, it gets an empty one, which the standard allows: a reader then finds the frames without it.
 */
export async function splicePixelData(
  pixels: Dataset,
  decide: Decide,
  instance: ParsedInstance,
  { boxes, codecs }: Blanking,
): Promise<SplicedPixels> {
  const { source, transferSyntaxUid } = instance;
  if (boxes.length > 0) return blankedPixels(pixels, instance, { boxes, codecs });
  const pieces: Piece[] = [];
  for (const element of pixels.elements) {
    const alone = new Dataset([element], pixels, pixels);
    const spliced = (await withoutTable(element, source)) ?? spliceDataset(alone, decide);
    pieces.push(...withZeros(spliced, await rangesToClear(element, instance)));
  }
  const shortened = await materialise(pieces, source, MAX_IN_MEMORY);
  return { pieces: shortened, transferSyntaxUid, description: [] };
}

/** A piece of what is sent; what is new and large may lie on the disk. */
export type OutputPiece = Piece | Blob;

/** What is blanked in the pixels; nothing without a box. */
interface Blanking {
  readonly boxes: readonly Box[];
  readonly codecs: Codecs<CodecName>;
}

export interface SplicedPixels {
  readonly pieces: readonly OutputPiece[];
  /** Explicit VR Little Endian where what was blanked can't be written in the instance's own. */
  readonly transferSyntaxUid: string;
  /** Attributes that describe the pixels otherwise than before. */
  readonly description: readonly NewElement[];
}

/** Ranges and new bytes up to so many are held in memory: 64 KiB. */
const MAX_IN_MEMORY = 64 * 1024;

/** All of them together, however many frames there are: 8 MiB. */
const MAX_HELD = 8 * 1024 * 1024;

/** @throws CodestreamError, PixelError */
async function blankedPixels(
  pixels: Dataset,
  instance: ParsedInstance,
  { boxes, codecs }: Blanking,
): Promise<SplicedPixels> {
  const blanked = await blankPixelData(instance, boxes, codecs);
  const ranges: ByteRange[] = [];
  for (const element of pixels.elements) ranges.push(...(await rangesToClear(element, instance)));
  const pieces: OutputPiece[] = [];
  let held = 0;
  for await (const piece of blanked.pieces) {
    // The browser may keep a Blob on the disk; a buffer it can't.
    if (isRange(piece)) pieces.push(...withZeros([piece], ranges));
    else if (piece.length > MAX_IN_MEMORY || held + piece.length > MAX_HELD) {
      pieces.push(new Blob([piece]));
    } else {
      held += piece.length;
      pieces.push(piece);
    }
  }
  const { transferSyntaxUid, description } = blanked;
  const isAnother = transferSyntaxUid !== instance.transferSyntaxUid;
  return {
    pieces,
    transferSyntaxUid,
    description: isAnother ? [...description, ...derivation(instance.dataset)] : [],
  };
}

/** What was decoded and changed is another image than what was compressed: CID 7203 (PS3.16). */
function derivation(dataset: Dataset): NewElement[] {
  if (dataset.has(Tag.DerivationCodeSequence)) return [];
  const item = encodeDataset(
    {
      [Tag.CodeValue]: '113047',
      [Tag.CodingSchemeDesignator]: 'DCM',
      [Tag.CodeMeaning]: 'Pixel by pixel mask',
    },
    dataset,
  );
  const value = concatBytes([itemHeader(ITEM, item.length, true), item]);
  return [{ tag: Tag.DerivationCodeSequence, vr: 'SQ', value }];
}

/** @throws CodestreamError where nobody can tell */
async function rangesToClear(
  element: Element,
  {
    dataset,
    source,
    transferSyntaxUid,
  }: Pick<ParsedInstance, 'dataset' | 'source' | 'transferSyntaxUid'>,
): Promise<readonly ByteRange[]> {
  if (element.fragments) {
    const stream = new FragmentStream(source, element.fragments.slice(1));
    return metadataRanges(transferSyntaxUid, stream);
  }
  const used = nativeLength(element.tag, dataset);
  if (used === undefined || element.length <= used) return [];
  if (element.length - used > MAX_EXCESS) {
    throw new CodestreamError('Far more bytes than its frames need stand in it.');
  }
  return [{ from: element.valueStart + used, to: element.valueStart + element.length }];
}

/** Bytes of all frames, uncompressed (PS3.5 section 8.2); undefined where no image is described. */
function nativeLength(tag: number, dataset: Dataset): number | undefined {
  if (!PIXEL_DATA.has(tag)) return undefined;
  const number = (of: number, otherwise: number) => dataset.number(of) ?? otherwise;
  const [rows, columns] = [number(Tag.Rows, 0), number(Tag.Columns, 0)];
  const bits = number(Tag.BitsAllocated, 0);
  if (rows * columns * bits === 0) return undefined;
  const photometric = dataset.string(Tag.PhotometricInterpretation);
  // Two pixels share their chroma.
  const samples = photometric === 'YBR_FULL_422' ? 2 : number(Tag.SamplesPerPixel, 1);
  const frames = Math.max(1, number(Tag.NumberOfFrames, 1));
  // In words of 16 bits the last sample may be the second byte of the last one.
  return 2 * Math.ceil((rows * columns * samples * frames * bits) / 16);
}

const ZEROS = new Uint8Array(ENTRY * 2 ** 14);

/** Pieces in which ranges of the source have become zeros. */
function withZeros(pieces: readonly Piece[], ranges: readonly ByteRange[]): readonly Piece[] {
  if (ranges.length === 0) return pieces;
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  return pieces.flatMap((piece) => {
    if (!isRange(piece)) return [piece];
    const out: Piece[] = [];
    let at = piece.from;
    for (const { from, to } of sorted) {
      const [start, end] = [Math.max(from, at), Math.min(to, piece.to)];
      if (start >= end) continue;
      if (start > at) out.push({ from: at, to: start });
      for (let left = end - start; left > 0; left -= ZEROS.length) {
        out.push(ZEROS.slice(0, Math.min(left, ZEROS.length)));
      }
      at = end;
    }
    if (at < piece.to) out.push({ from: at, to: piece.to });
    return out;
  });
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
