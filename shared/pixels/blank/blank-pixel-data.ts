// Rectangles of an image blanked for good: PS3.15 section E.3.1 (Clean Pixel Data Option), edition 2026d.
import { pieceLength, type Piece } from '../../dicom/byte-source.ts';
import type { Element, Fragment } from '../../dicom/dataset.ts';
import { elementHeader, encodeElement, encodeValue, itemHeader } from '../../dicom/encode.ts';
import { UNDEFINED_LENGTH } from '../../dicom/element-header.ts';
import type { ParsedInstance } from '../../dicom/read-instance.ts';
import type { NewElement } from '../../dicom/splice.ts';
import { ITEM, SEQUENCE_DELIMITATION } from '../../dicom/tag.ts';
import * as Tag from '../../dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../dicom/uids.ts';
import type { CodecName, Codecs } from '../codecs/codecs.ts';
import type { Box } from '../box.ts';
import { decodeFrame } from '../decode-frame.ts';
import { decompressedDescription, isSameKind } from '../decompress.ts';
import { LOSSLESS_SYNTAXES, type CompressedSyntax } from '../encode/compressed-syntaxes.ts';
import { fragment } from '../encode/encapsulate.ts';
import { encodableFrame } from '../encode/encodable-frame.ts';
import { encodeFrame } from '../encode/encode-frame.ts';
import { fragmentsByFrame, readFrame } from '../frames.ts';
import { describeImage, pixelElementOf, type ImageDescription } from '../image-description.ts';
import { PixelError } from '../pixel-error.ts';
import type { StoredFrame } from '../stored-frame.ts';
import { blankFrame, boxesInFrame } from './blank-values.ts';
import { blankNative } from './blank-native.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** The pixel data of an instance with boxes blanked. */
export interface Blanked {
  /**
   * The elements of group 7FE0, in the encoding of `transferSyntaxUid`: no more than a few frames are in memory at a time.
   * Throws a PixelError when a frame is damaged, perhaps after others have been given out.
   */
  readonly pieces: AsyncIterable<Piece> | Iterable<Piece>;
  /** Explicit VR Little Endian where the instance's own syntax loses something, or can't be written. */
  readonly transferSyntaxUid: string;
  /** What then describes the pixels otherwise than before. */
  readonly description: readonly NewElement[];
}

/**
 * Blanks boxes in the pixels of an instance; all else stays bit for bit. Uncompressed, only their bytes change. In a
 * compression without loss the frames that a box touches are encoded again, the others stay as they are. In any other the
 * frames are decoded, and the pixel data is native.
 *
 * @param isEach every compressed frame is encoded again, or decoded: nothing but its samples is left
 * @throws PixelError when that can't be done
 */
export async function blankPixelData(
  instance: ParsedInstance,
  boxes: readonly Box[],
  codecs: Codecs<CodecName>,
  isEach = false,
): Promise<Blanked> {
  const image = describeImage(instance);
  const element = pixelElementOf(instance.dataset);
  if (!element) throw new PixelError('no-pixel-data', 'The object has no pixel data.');
  if (image.encoding === 'native') {
    const pieces = blankNative(instance.source, element, image, boxes);
    return { pieces, transferSyntaxUid: instance.transferSyntaxUid, description: [] };
  }
  const groups = await fragmentsByFrame(instance, image, element);
  if (groups.length !== image.numberOfFrames) {
    const message = `The pixel data holds ${groups.length} frames, Number of Frames says ${image.numberOfFrames}.`;
    throw new PixelError('length', message);
  }
  const syntax = encoderOf(instance.transferSyntaxUid);
  const encoded =
    syntax && (await encodedFrames(instance, image, groups, boxes, { syntax, codecs, isEach }));
  return encoded
    ? encapsulated(instance, element, encoded)
    : decompressed(instance, image, boxes, codecs);
}

/** JPEG Lossless of any prediction may have the first one. */
const encoderOf = (uid: string): CompressedSyntax | undefined => {
  const written = uid === '1.2.840.10008.1.2.4.57' ? '1.2.840.10008.1.2.4.70' : uid;
  return LOSSLESS_SYNTAXES.find((syntax) => syntax.uid === written);
};

interface Encoder {
  readonly syntax: CompressedSyntax;
  readonly codecs: Codecs<CodecName>;
  readonly isEach: boolean;
}

/** A frame's items: those that it has, or a new one. */
type EncodedItems = readonly Fragment[] | Bytes;

/** The frames, those with boxes encoded again; undefined where the syntax can't hold one as it should be. */
async function encodedFrames(
  instance: ParsedInstance,
  image: ImageDescription,
  groups: readonly (readonly Fragment[])[],
  boxes: readonly Box[],
  { syntax, codecs, isEach }: Encoder,
): Promise<EncodedItems[] | undefined> {
  // Readers look for the samples of a stream at High Bit: others than the lowest bits can't be meant any more.
  if (isEach && image.highBit !== image.bitsStored - 1) return undefined;
  const frames: EncodedItems[] = [];
  for (const [index, group] of groups.entries()) {
    const touching = boxesInFrame(boxes, image, index);
    if (touching.length === 0 && !isEach) {
      frames.push(group);
      continue;
    }
    const stored = await decodeFrame(await readFrame(instance, image, index), image, codecs);
    const blank = blankFrame(stored, image, touching);
    const encoded = await encodeFrame(encodableFrame(blank, image), syntax, codecs).catch(
      (error: unknown) => {
        if (error instanceof PixelError) return undefined;
        throw error;
      },
    );
    if (encoded?.photometricInterpretation !== image.photometricInterpretation) return undefined;
    // What was written must be read as it was meant.
    const again = await decodeFrame(encoded.bytes.slice(), image, codecs);
    if (!isEqual(again, blank)) return undefined;
    frames.push(fragment(encoded.bytes));
  }
  return frames;
}

const isEqual = (a: StoredFrame, b: StoredFrame): boolean =>
  isSameKind(a, b) &&
  a.samples.length === b.samples.length &&
  a.samples.every((value, i) => value === b.samples[i]);

const MAX_OFFSET = 0xffffffff;
const ITEM_HEADER = 8;

const itemRange = ({ offset, length }: Fragment): Piece => ({
  from: offset - ITEM_HEADER,
  to: offset + length,
});

/** Pixel Data with a table of where its frames begin: extended where there was one (PS3.3 section C.7.6.3.1.8). */
function encapsulated(
  { dataset, transferSyntaxUid }: ParsedInstance,
  element: Element,
  frames: readonly EncodedItems[],
): Blanked {
  const offsets: number[] = [];
  const lengths: number[] = [];
  const items: Piece[] = [];
  let at = 0;
  for (const frame of frames) {
    const pieces = frame instanceof Uint8Array ? [frame] : frame.map(itemRange);
    const length = pieces.reduce((sum, piece) => sum + pieceLength(piece), 0);
    offsets.push(at);
    lengths.push(length - ITEM_HEADER * pieces.length);
    items.push(...pieces);
    at += length;
  }
  // An extended table is for frames of one fragment each.
  const isExtended = dataset.has(Tag.ExtendedOffsetTable) && items.length === frames.length;
  const isBasic = !isExtended && (offsets.at(-1) ?? 0) <= MAX_OFFSET;
  const table = encodeValue('UL', isBasic ? offsets : [], true);
  const ov = (tag: number, values: readonly number[]): Bytes =>
    encodeElement(tag, 'OV', encodeValue('OV', values, true), dataset);
  return {
    pieces: [
      ...(isExtended
        ? [ov(Tag.ExtendedOffsetTable, offsets), ov(Tag.ExtendedOffsetTableLengths, lengths)]
        : []),
      elementHeader(Tag.PixelData, element.vr, UNDEFINED_LENGTH, dataset),
      itemHeader(ITEM, table.length, true),
      table,
      ...items,
      itemHeader(SEQUENCE_DELIMITATION, 0, true),
    ],
    transferSyntaxUid,
    description: [],
  };
}

const MAX_VALUE_LENGTH = 0xfffffffe;

async function decompressed(
  instance: ParsedInstance,
  image: ImageDescription,
  boxes: readonly Box[],
  codecs: Codecs,
): Promise<Blanked> {
  const blankAt = async (index: number): Promise<StoredFrame> => {
    const stored = await decodeFrame(await readFrame(instance, image, index), image, codecs);
    return blankFrame(stored, image, boxesInFrame(boxes, image, index));
  };
  const first = await blankAt(0);
  const { samples } = first;
  const length = samples.byteLength * image.numberOfFrames;
  if (length + 1 > MAX_VALUE_LENGTH) {
    throw new PixelError('attributes', 'Decompressed, the pixel data is longer than 4 GiB.');
  }
  const vr = samples.BYTES_PER_ELEMENT === 1 ? 'OB' : 'OW';
  const padding = length % 2;
  const header = elementHeader(Tag.PixelData, vr, length + padding, ExplicitVrLittleEndian);
  async function* pieces(): AsyncGenerator<Piece, void, undefined> {
    yield header;
    for (let index = 0; index < image.numberOfFrames; index++) {
      const frame = index === 0 ? first : await blankAt(index);
      if (!isSameKind(frame, first) || frame.samples.length !== samples.length) {
        throw new PixelError('frame', `Frame ${index + 1} is of another kind than the first.`);
      }
      yield new Uint8Array(frame.samples.buffer, frame.samples.byteOffset, samples.byteLength);
    }
    yield new Uint8Array(padding);
  }
  return {
    pieces: pieces(),
    transferSyntaxUid: ExplicitVrLittleEndian.uid,
    description: decompressedDescription(instance, image, first),
  };
}
