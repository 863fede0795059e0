// Pixel data into compression: PS3.5 section 8.2 and annex A.4, PS3.3 section C.7.6.3, edition 2026d.
import { bufferSource, pieceLength, type ByteSource } from '../dicom/byte-source.ts';
import { Dataset } from '../dicom/dataset.ts';
import { concatBytes } from '../dicom/encode.ts';
import { readDataset, type ParsedInstance } from '../dicom/read-instance.ts';
import type { NewElement } from '../dicom/splice.ts';
import { isGroupLength } from '../dicom/tag.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { transcodeDataset, transcodedBytes } from '../dicom/transcode.ts';
import { ExplicitVrLittleEndian } from '../dicom/uids.ts';
import { aroundPixelData, changed, gathered, lossyFlag } from './around-pixel-data.ts';
import type { CodecName, Codecs } from './codecs/codecs.ts';
import { decodeFrame } from './decode-frame.ts';
import type { CompressedSyntax } from './encode/compressed-syntaxes.ts';
import { derivedImage } from './encode/derived-image.ts';
import { encapsulation, fragment } from './encode/encapsulate.ts';
import { encodableFrame, type EncodableFrame } from './encode/encodable-frame.ts';
import { encodeFrame, type EncodedFrame } from './encode/encode-frame.ts';
import { readFrame } from './frames.ts';
import { describeImage } from './image-description.ts';
import { PixelError } from './pixel-error.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A data set in Explicit VR Little Endian whose pixel data is encapsulated. */
export interface Compressed {
  /** Bytes of all chunks. */
  readonly length: number;
  readonly chunks: AsyncGenerator<Bytes, void, undefined>;
}

/** What an image that loses something by compression needs: it is another image (PS3.3 section C.7.6.1.1.5). */
export interface LossyOptions {
  readonly sopInstanceUid: string;
  /** 1 to 100. */
  readonly quality: number;
}

/**
 * Compresses an instance, whatever its own transfer syntax is, one fragment for each frame. All else stays as it was, but for what
 * describes how the pixels lie, what is compressed within sequences (icons), and group lengths, which are retired. The
 * streams of all frames are held in memory: the offset table before them names where each begins.
 *
 * @param lossy for a syntax that loses something; such an instance gets a UID of its own
 * @throws PixelError when it can't be decoded, or the syntax can't hold its pixels
 */
export async function compress(
  instance: ParsedInstance,
  syntax: CompressedSyntax,
  codecs: Codecs<CodecName>,
  lossy?: LossyOptions,
): Promise<Compressed> {
  if (syntax.isLossy && !lossy) {
    const message = `${syntax.name} loses something: it has to be asked for.`;
    throw new PixelError('transfer-syntax', message);
  }
  const image = describeImage(instance);
  checkOverlays(instance.dataset);
  const frames: EncodedFrame[] = [];
  let first: EncodableFrame | undefined;
  let nativeBytes = 0;
  for (let index = 0; index < image.numberOfFrames; index++) {
    const stored = await decodeFrame(await readFrame(instance, image, index), image, codecs);
    const frame = encodableFrame(stored, image);
    first ??= frame;
    const isSameKind =
      frame.cells.BYTES_PER_ELEMENT === first.cells.BYTES_PER_ELEMENT &&
      frame.photometricInterpretation === first.photometricInterpretation;
    if (!isSameKind) {
      throw new PixelError('frame', `Frame ${index + 1} is of another kind than the first.`);
    }
    nativeBytes += frame.cells.byteLength;
    frames.push(await encodeFrame(frame, syntax, codecs, lossy?.quality));
  }
  const [encoded] = frames;
  if (!first || !encoded) throw new PixelError('no-pixel-data', 'The object has no frames.');
  const other = await withoutPixelData(instance);
  const streamBytes = frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const isNative = image.encoding === 'native';
  const pixels = encapsulation(frames.map(({ bytes }) => bytes.length));
  const { before, after } = aroundPixelData(other.dataset, [
    ...description(other.dataset, syntax, first, encoded),
    ...pixels.extended,
    ...(lossy
      ? await derivedImage(other, lossy.sopInstanceUid, nativeBytes / streamBytes, isNative)
      : lossyFlag(instance)),
  ]);
  const header = concatBytes([await gathered(before, other.source), pixels.start]);
  async function* chunks(): AsyncGenerator<Bytes, void, undefined> {
    yield header;
    for (const { bytes } of frames) yield fragment(bytes);
    yield concatBytes([pixels.end, await gathered(after, other.source)]);
  }
  const behind = after.reduce((sum, piece) => sum + pieceLength(piece), 0);
  return {
    length: header.length + pixels.length - pixels.start.length + behind,
    chunks: chunks(),
  };
}

/** Overlays in unused bits of the pixels would be lost: streams hold the stored values alone (PS3.5 section 8.1.2). */
function checkOverlays(dataset: Dataset): void {
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const tag = (element: number) => group * 0x10000 + element;
    const position = dataset.number(tag(0x0102)) ?? 0;
    if (dataset.has(tag(0x0010)) && position > 0 && !dataset.has(tag(0x3000))) {
      const message = 'An overlay lies in the unused bits of its pixels, and would be lost.';
      throw new PixelError('transfer-syntax', message);
    }
  }
}

/** The attributes that say how the pixels lie, as they are now; only those that change. */
function description(
  dataset: Dataset,
  { encoder }: CompressedSyntax,
  { cells, bitsStored, samplesPerPixel }: EncodableFrame,
  { photometricInterpretation }: EncodedFrame,
): NewElement[] {
  const us = (tag: number, value: number) => changed(dataset, tag, 'US', value);
  return [
    ...changed(dataset, Tag.PhotometricInterpretation, 'CS', photometricInterpretation),
    // RLE has planes of its own, whatever the attribute says (PS3.5 section G.2).
    ...(samplesPerPixel > 1 && encoder !== 'rle' ? us(Tag.PlanarConfiguration, 0) : []),
    ...us(Tag.BitsAllocated, cells.BYTES_PER_ELEMENT * 8),
    ...us(Tag.BitsStored, bitsStored),
    ...us(Tag.HighBit, bitsStored - 1),
  ];
}

/** The data set in Explicit VR Little Endian, without its Pixel Data. */
async function withoutPixelData(
  instance: ParsedInstance,
): Promise<{ dataset: Dataset; source: ByteSource }> {
  const { source, dataset, isComplete } = instance;
  const elements = dataset.elements.filter(
    ({ tag }) => tag !== Tag.PixelData && !isGroupLength(tag),
  );
  const others = new Dataset(elements, dataset);
  if (dataset.explicitVr && dataset.littleEndian) return { dataset: others, source };
  const { pieces } = transcodeDataset({ dataset: others, isComplete }, ExplicitVrLittleEndian);
  const bytes = concatBytes(await Array.fromAsync(transcodedBytes({ pieces }, source)));
  const whole = bufferSource(bytes);
  const parsed = await readDataset(whole, {
    ...ExplicitVrLittleEndian,
    start: 0,
    end: bytes.length,
    maxValueBytes: MAX_VALUE_BYTES,
  });
  return { dataset: parsed.dataset, source: whole };
}

/** Longer values aren't looked at. */
const MAX_VALUE_BYTES = 64 * 1024;
