// Pixel data out of its compression: PS3.5 section 8.2 and annex A.4, PS3.3 section C.7.6.3.
import { pieceLength } from '../dicom/byte-source.ts';
import { concatBytes, elementHeader } from '../dicom/encode.ts';
import type { ParsedInstance } from '../dicom/read-instance.ts';
import type { NewElement } from '../dicom/splice.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../dicom/uids.ts';
import { aroundPixelData, changed, gathered, lossyFlag } from './around-pixel-data.ts';
import type { Codecs } from './codecs/codecs.ts';
import { decodeFrame } from './decode-frame.ts';
import { readFrame } from './frames.ts';
import { describeImage, type ImageDescription } from './image-description.ts';
import { PixelError } from './pixel-error.ts';
import type { StoredFrame } from './stored-frame.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A data set in Explicit VR Little Endian whose pixel data is native. */
export interface Decompressed {
  /** Bytes of all chunks. */
  readonly length: number;
  /** Frame by frame. Throws a PixelError when one is damaged, perhaps after others have been given out. */
  readonly chunks: AsyncGenerator<Bytes, void, undefined>;
}

/** Values of elements have lengths of 32 bits; the highest stands for an undefined one. */
const MAX_VALUE_LENGTH = 0xfffffffe;

/**
 * Decompresses an instance whose pixel data is encapsulated. All else stays byte for byte, but for what describes the
 * compression: colour space, planes, bits, offset tables, and pictures within the picture (icons), which go.
 * @throws PixelError when it can't be decoded
 */
export async function decompress(instance: ParsedInstance, codecs: Codecs): Promise<Decompressed> {
  const { dataset } = instance;
  const image = describeImage(instance);
  const decode = async (index: number) =>
    decodeFrame(await readFrame(instance, image, index), image, codecs);
  const first = await decode(0);
  const { samples } = first;
  const frameLength = samples.byteLength;
  const pixelLength = frameLength * image.numberOfFrames;
  if (pixelLength + 1 > MAX_VALUE_LENGTH) {
    throw new PixelError('attributes', 'Decompressed, the pixel data is longer than 4 GiB.');
  }
  const added = decompressedDescription(instance, image, first);
  const { before, after } = aroundPixelData(dataset, added);
  const padding = pixelLength % 2;
  const vr = samples.BYTES_PER_ELEMENT === 1 ? 'OB' : 'OW';
  const header = elementHeader(Tag.PixelData, vr, pixelLength + padding, ExplicitVrLittleEndian);
  const outside = [...before, ...after].reduce((sum, piece) => sum + pieceLength(piece), 0);

  async function* chunks(): AsyncGenerator<Bytes, void, undefined> {
    yield concatBytes([await gathered(before, instance.source), header]);
    for (let index = 0; index < image.numberOfFrames; index++) {
      const frame = index === 0 ? first : await decode(index);
      if (frame.samples.byteLength !== frameLength || !isSameKind(frame, first)) {
        throw new PixelError('frame', `Frame ${index + 1} is of another kind than the first.`);
      }
      yield new Uint8Array(frame.samples.buffer, frame.samples.byteOffset, frameLength);
    }
    const end = await gathered(after, instance.source);
    yield concatBytes([new Uint8Array(padding), end]);
  }
  return { length: outside + header.length + pixelLength + padding, chunks: chunks() };
}

/** Whether two frames can stand behind each other. */
export const isSameKind = (a: StoredFrame, b: StoredFrame): boolean =>
  a.photometricInterpretation === b.photometricInterpretation &&
  a.samples.constructor === b.samples.constructor;

/** The attributes that say how decompressed pixels lie; only those that change. */
export function decompressedDescription(
  instance: ParsedInstance,
  image: ImageDescription,
  { samples, photometricInterpretation }: StoredFrame,
): NewElement[] {
  const { dataset } = instance;
  const bits = samples.BYTES_PER_ELEMENT * 8;
  const us = (tag: number, value: number) => changed(dataset, tag, 'US', value);
  return [
    ...changed(dataset, Tag.PhotometricInterpretation, 'CS', photometricInterpretation),
    ...(image.samplesPerPixel > 1 ? us(Tag.PlanarConfiguration, 0) : []),
    ...us(Tag.BitsAllocated, bits),
    ...us(Tag.BitsStored, Math.min(bits, image.bitsStored)),
    ...us(Tag.HighBit, Math.min(bits, image.bitsStored) - 1),
    ...lossyFlag(instance),
  ];
}
