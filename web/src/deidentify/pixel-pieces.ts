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
import { readFrame } from '../../../shared/pixels/frames.ts';
import { describeImage } from '../../../shared/pixels/image-description.ts';
import { endsWithSamples } from '../../../shared/pixels/jpeg-xl-end.ts';
import { pixelEncodingOf } from '../../../shared/pixels/transfer-syntaxes.ts';
import { CodestreamError } from './beside.ts';
import { cutFragments, type CutPixels } from './cut-fragments.ts';
import { cutInstance, type CutInstance } from './cut-instance.ts';
import { frameSize, rangesBehind, withZeros } from './native-pixels.ts';
import { basicOffsets, extendedOffsets } from './offset-tables.ts';
import { isDrawnCompressed } from './embedded-overlays.ts';
import { clearingOf, withClearedBits } from './unused-bits.ts';

const ITEM_HEADER = 8;

/** How pixel data is written. */
interface PixelJob {
  /** What is blanked; nothing without a box. */
  readonly boxes: readonly Box[];
  readonly codecs: Codecs<CodecName>;
  /** Bits that hold no sample are cleared, whoever says that something stands there. */
  readonly clearsUnused: boolean;
}

/** A piece of what is sent; what is new and large may lie on the disk. */
export type OutputPiece = Piece | Blob;

export interface SplicedPixels {
  readonly pieces: readonly OutputPiece[];
  /** Explicit VR Little Endian where what was changed can't be written in the instance's own. */
  readonly transferSyntaxUid: string;
  /** Attributes that describe the pixels otherwise than before. */
  readonly description: readonly NewElement[];
  /** Cells of uncompressed pixels in which bits were cleared that hold no sample. */
  readonly clearedCells: number;
}

type Written = Omit<SplicedPixels, 'clearedCells'>;

/**
 * Splices the pixel data of an instance. What stands beside the samples of a codestream is cut out, and lengths and offset tables
 * are made right; bytes behind the last frame of uncompressed pixels become zero, and so do bits that hold no sample.
 * @throws CodestreamError, PixelError
 */
export async function splicePixelData(
  pixels: Dataset,
  decide: Decide,
  instance: ParsedInstance,
  job: PixelJob,
): Promise<SplicedPixels> {
  const { dataset, source } = instance;
  const isDrawn = isDrawnCompressed(instance);
  const written =
    job.boxes.length > 0 || isDrawn
      ? await writtenAnew(pixels, instance, job, isDrawn)
      : await splicedPixels(pixels, decide, instance, job);
  const element = dataset.get(Tag.PixelData);
  const clearing = await clearingOf(instance, job.clearsUnused);
  if (!clearing || !element) return { ...written, clearedCells: 0 };
  const header = element.valueStart - element.start;
  const { pieces, cells } = await withClearedBits(written.pieces, header, clearing, source);
  return { ...written, pieces, clearedCells: cells };
}

async function splicedPixels(
  pixels: Dataset,
  decide: Decide,
  instance: ParsedInstance,
  { codecs }: PixelJob,
): Promise<Written> {
  const { source, transferSyntaxUid, dataset } = instance;
  const encapsulated = pixels.elements.find(
    (element) => element.fragments && decide(element, pixels, 0).kind === 'keep',
  );
  const cut =
    encapsulated &&
    (await cutFragments(encapsulated, source, transferSyntaxUid, frameSize(dataset)));
  if (cut && pixelEncodingOf(transferSyntaxUid) === 'jpeg-xl') {
    await checkEnds(
      cut.isCut ? await cutInstance(instance, encapsulated, cut) : { instance },
      codecs,
    );
  }
  const edited = await editsOfTables(pixels, decide, cut, source);
  let pieces: readonly Piece[] = [];
  for (const element of pixels.elements) {
    const spliced =
      cut && element === encapsulated
        ? await withFragments(element, cut, source)
        : withZeros(
            spliceDataset(new Dataset([element], pixels, pixels), edited),
            rangesBehind(element, dataset),
          );
    // More than a call takes as arguments.
    pieces = pieces.concat(spliced);
  }
  return { pieces: await shortened(pieces, source), transferSyntaxUid, description: [] };
}

/** @throws CodestreamError where words may stand behind the samples of a frame, PixelError where frames can't be told apart */
async function checkEnds(
  { instance }: Pick<CutInstance, 'instance'>,
  codecs: Codecs<CodecName>,
): Promise<void> {
  const image = describeImage(instance);
  for (let index = 0; index < image.numberOfFrames; index++) {
    if (await endsWithSamples(await readFrame(instance, image, index), codecs)) continue;
    throw new CodestreamError('Something else stands behind them, or they can not be decoded.');
  }
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

/** Ranges and new bytes up to so many are held in memory: 64 KiB. */
const MAX_IN_MEMORY = 64 * 1024;

/** All of them together, however many frames there are: 8 MiB. */
const MAX_HELD = 8 * 1024 * 1024;

/** Pixels of which frames are decoded: those with boxes, or each where something is drawn in bits beside the samples. */
async function writtenAnew(
  pixels: Dataset,
  instance: ParsedInstance,
  { boxes, codecs }: PixelJob,
  isDrawn: boolean,
): Promise<Written> {
  const cut = await cutBefore(pixels, instance);
  const blanked = await blankPixelData(cut?.instance ?? instance, boxes, codecs, isDrawn);
  const behind = pixels.elements.flatMap((element) =>
    element.fragments ? [] : rangesBehind(element, instance.dataset),
  );
  const pieces: OutputPiece[] = [];
  let held = 0;
  for await (const piece of blanked.pieces) {
    // The browser may keep a Blob on the disk; a buffer it can't.
    if (isRange(piece)) {
      pieces.push(...withZeros(cut?.pieces(piece.from, piece.to) ?? [piece], behind));
    } else if (piece.length > MAX_IN_MEMORY || held + piece.length > MAX_HELD) {
      pieces.push(new Blob([piece]));
    } else {
      held += piece.length;
      pieces.push(piece);
    }
  }
  const { transferSyntaxUid, description } = blanked;
  const isMasked = transferSyntaxUid !== instance.transferSyntaxUid && boxes.length > 0;
  return {
    pieces,
    transferSyntaxUid,
    description: isMasked ? [...description, ...derivation(instance.dataset)] : description,
  };
}

/** The instance without what stands beside its samples; undefined where nothing does. */
async function cutBefore(
  pixels: Dataset,
  instance: ParsedInstance,
): Promise<CutInstance | undefined> {
  const element = pixels.elements.find(({ fragments }) => fragments);
  if (!element) return undefined;
  const { source, transferSyntaxUid, dataset } = instance;
  const cut = await cutFragments(element, source, transferSyntaxUid, frameSize(dataset));
  return cut.isCut ? cutInstance(instance, element, cut) : undefined;
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
