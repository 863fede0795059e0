import {
  isRange,
  pieceLength,
  type ByteSource,
  type Piece,
} from '../../../shared/dicom/byte-source.ts';
import { Dataset, type Element } from '../../../shared/dicom/dataset.ts';
import {
  concatBytes,
  encodeDataset,
  encodeValue,
  itemHeader,
} from '../../../shared/dicom/encode.ts';
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
import { cutFragments, type CutPixels } from './cut-fragments.ts';
import { FragmentStream, type ByteRange } from './fragment-stream.ts';
import { basicOffsets, extendedOffsets } from './offset-tables.ts';
import { PIXEL_DATA } from './plan.ts';
import { bitsToClear, withClearedBits } from './unused-bits.ts';

const ITEM_HEADER = 8;

/** Frames behind each other without an end would fill memory; no writer pads that much: 16 MiB. */
const MAX_EXCESS = 2 ** 24;

/**
 * Splices the pixel data of an instance. What stands beside the samples of a codestream is cut out, and lengths and offset tables
 * are made right; bytes behind the last frame of uncompressed pixels become zero, and so do bits that an overlay is drawn in.
 */
export async function splicePixelData(
  pixels: Dataset,
  decide: Decide,
  instance: ParsedInstance,
  { boxes, codecs }: Blanking,
): Promise<SplicedPixels> {
  const spliced =
    boxes.length > 0
      ? await blankedPixels(pixels, instance, { boxes, codecs })
      : await splicedPixels(pixels, decide, instance);
  const { dataset, source } = instance;
  const mask = bitsToClear(dataset);
  const element = dataset.get(Tag.PixelData);
  if (!mask || !element) return spliced;
  const header = element.valueStart - element.start;
  return { ...spliced, pieces: await withClearedBits(spliced.pieces, header, mask, source) };
}

async function splicedPixels(
  pixels: Dataset,
  decide: Decide,
  instance: ParsedInstance,
): Promise<SplicedPixels> {
  const { source, transferSyntaxUid } = instance;
  const encapsulated = pixels.elements.find(
    (element) => element.fragments && decide(element, pixels, 0).kind === 'keep',
  );
  const cut = encapsulated && (await cutFragments(encapsulated, source, transferSyntaxUid));
  const edited = await editsOfTables(pixels, decide, cut, source);
  const pieces: Piece[] = [];
  for (const element of pixels.elements) {
    if (cut && element === encapsulated) {
      pieces.push(...(await withFragments(element, cut, source)));
      continue;
    }
    const spliced = spliceDataset(new Dataset([element], pixels, pixels), edited);
    pieces.push(...withZeros(spliced, rangesBehind(element, instance.dataset)));
  }
  return { pieces: await shortened(pieces, source), transferSyntaxUid, description: [] };
}

/** Short ranges are read, as long as all of them together are little: few pieces are quicker. */
async function shortened(pieces: readonly Piece[], source: ByteSource): Promise<readonly Piece[]> {
  const lengths = pieces.map(pieceLength).filter((length) => length <= MAX_IN_MEMORY);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return materialise(pieces, source, total <= MAX_HELD ? MAX_IN_MEMORY : 0);
}

/** An element with its fragments as they are now, and its table for them. */
async function withFragments(
  element: Element,
  cut: CutPixels,
  source: ByteSource,
): Promise<readonly Piece[]> {
  const [table, ...fragments] = element.fragments ?? [];
  const whole = { from: element.start, to: element.end };
  if (!table) return [whole];
  const offsets = await basicOffsets(table, cut.fragments, source);
  if (!cut.isCut && offsets.length === table.length) return [whole];
  const last = fragments.at(-1) ?? table;
  return [
    { from: element.start, to: table.offset - ITEM_HEADER },
    itemHeader(ITEM, offsets.length, true),
    offsets,
    ...cut.pieces,
    { from: last.offset + last.length, to: element.end },
  ];
}

/** The tables in elements of their own follow what was cut; what is no table of these fragments goes. */
async function editsOfTables(
  pixels: Dataset,
  decide: Decide,
  cut: CutPixels | undefined,
  source: ByteSource,
): Promise<Decide> {
  const [offsets, lengths] = [
    pixels.get(Tag.ExtendedOffsetTable),
    pixels.get(Tag.ExtendedOffsetTableLengths),
  ];
  const tables = await extendedOffsets(offsets, lengths, cut?.fragments ?? [], source);
  const total = cut?.fragments.reduce((sum, { after }) => sum + after.length, 0);
  return (element, dataset, depth) => {
    const edit = decide(element, dataset, depth);
    if (edit.kind !== 'keep') return edit;
    const isTotal = element.tag === Tag.EncapsulatedPixelDataValueTotalLength;
    if (element !== offsets && element !== lengths && !isTotal) return edit;
    if (!cut || (!isTotal && !tables)) return { kind: 'remove' };
    if (!cut.isCut) return edit;
    if (isTotal) {
      return { kind: 'replace', value: encodeValue('UV', [BigInt(total ?? 0)], true) };
    }
    const value = element === offsets ? tables?.offsets : tables?.lengths;
    return { kind: 'replace', value: value ?? new Uint8Array() };
  };
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
  for (const element of pixels.elements) {
    const fragments = element.fragments?.slice(1);
    const found = fragments
      ? await metadataRanges(
          instance.transferSyntaxUid,
          new FragmentStream(instance.source, fragments),
        )
      : rangesBehind(element, instance.dataset);
    ranges.push(...found);
  }
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

/**
 * Bytes behind the last frame of uncompressed pixels.
 * @throws CodestreamError where nobody can tell
 */
function rangesBehind(element: Element, dataset: Dataset): readonly ByteRange[] {
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

const ZEROS = new Uint8Array(MAX_IN_MEMORY);

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
