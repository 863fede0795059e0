import type { Codecs } from './codecs/codecs.ts';
import { decodeWithWasm, type DecodedStream } from './codecs/decode-wasm.ts';
import { fromBindingOrder, usesColourTransform } from './codecs/openjph-lines.ts';
import type { ImageDescription } from './image-description.ts';
import { interleave } from './interleave.ts';
import { decodeExtendedJpeg } from './jpeg/decode-extended.ts';
import { decodeLosslessJpeg } from './jpeg/decode-lossless.ts';
import { readJpegHeader, withColourMarker, type JpegHeader } from './jpeg/jpeg-markers.ts';
import { PixelError } from './pixel-error.ts';
import type { PhotometricInterpretation, StoredFrame } from './stored-frame.ts';
import { cellsOf, storedValues } from './stored-values.ts';

/** Decodes a frame of the JPEG family by the process that its own header names (ISO 10918-1 table B.1). */
export async function decodeJpeg(
  bytes: Uint8Array<ArrayBuffer>,
  image: ImageDescription,
  codecs: Codecs,
): Promise<StoredFrame> {
  const header = readJpegHeader(bytes);
  checkSize(header.rows, header.columns, header.components.length, image);
  if (header.process === 0xc3)
    return storedFrame(streamOf(header, decodeLosslessJpeg(bytes)), image);
  const huffmanDct = header.process >= 0xc0 && header.process <= 0xc2;
  if (huffmanDct && header.precision === 8) {
    const isRgb = image.photometricInterpretation === 'RGB';
    const needsMarker = header.components.length === 3 && !header.saysColour;
    const stream = needsMarker ? withColourMarker(bytes, isRgb) : bytes;
    const decoded = await decodeWithWasm(codecs, 'libjpeg-turbo', stream);
    // The library converts YCbCr to RGB on its own.
    return storedFrame(decoded, image, image.samplesPerPixel === 3 ? 'RGB' : undefined);
  }
  if (huffmanDct && header.process !== 0xc2 && header.precision === 12) {
    return storedFrame(streamOf(header, decodeExtendedJpeg(bytes)), image);
  }
  const process = header.process.toString(16);
  const message = `JPEG of ${header.precision} bits by process ${process} can't be decoded.`;
  throw new PixelError('transfer-syntax', message);
}

const streamOf = (header: JpegHeader, samples: Uint16Array<ArrayBuffer>): DecodedStream => ({
  rows: header.rows,
  columns: header.columns,
  components: header.components.length,
  precision: header.precision,
  signed: false,
  planar: false,
  bytes: header.precision > 8 ? new Uint8Array(samples.buffer) : Uint8Array.from(samples),
});

/** Decodes a JPEG-LS frame (ISO 14495-1). */
export async function decodeJpegLs(
  bytes: Uint8Array<ArrayBuffer>,
  image: ImageDescription,
  codecs: Codecs,
): Promise<StoredFrame> {
  return storedFrame(await decodeWithWasm(codecs, 'charls', bytes), image);
}

/** Decodes a JPEG 2000 frame (ISO 15444-1), or one of High-Throughput JPEG 2000 (ISO 15444-15). */
export async function decodeJpeg2000(
  bytes: Uint8Array<ArrayBuffer>,
  image: ImageDescription,
  codecs: Codecs,
): Promise<StoredFrame> {
  if (image.encoding === 'jpeg-2000') {
    return storedFrame(await decodeWithWasm(codecs, 'openjpeg', bytes), image);
  }
  const decoded = await decodeWithWasm(codecs, 'openjph', bytes);
  if (decoded.components === 1 || usesColourTransform(bytes)) return storedFrame(decoded, image);
  const shape = { ...decoded, bytesPerSample: decoded.precision > 8 ? 2 : 1 };
  return storedFrame({ ...decoded, bytes: fromBindingOrder(decoded.bytes, shape) }, image);
}

/** Decodes a JPEG XL frame (ISO 18181-1), a recompressed JPEG among them. */
export async function decodeJpegXl(
  bytes: Uint8Array<ArrayBuffer>,
  image: ImageDescription,
  codecs: Codecs,
): Promise<StoredFrame> {
  const stream = await decodeWithWasm(codecs, 'jxl-oxide', bytes);
  // A recompressed JPEG comes out as RGB; samples that were encoded as they are stay what they were.
  const isSubsampled = image.photometricInterpretation === 'YBR_FULL_422';
  return storedFrame(stream, image, isSubsampled ? 'RGB' : undefined);
}

function checkSize(rows: number, columns: number, components: number, image: ImageDescription) {
  if (rows === image.rows && columns === image.columns && components === image.samplesPerPixel) {
    return;
  }
  const is = `${columns} × ${rows} × ${components}`;
  const said = `${image.columns} × ${image.rows} × ${image.samplesPerPixel}`;
  const message = `The compressed frame is ${is}, its attributes describe ${said}.`;
  throw new PixelError('attributes', message);
}

/** Holds a decoded stream against the attributes and makes stored values of it. */
function storedFrame(
  stream: DecodedStream,
  image: ImageDescription,
  converted?: PhotometricInterpretation,
): StoredFrame {
  checkSize(stream.rows, stream.columns, stream.components, image);
  if (stream.precision > image.bitsAllocated) {
    const message = `The compressed samples have ${stream.precision} bits, Bits Allocated is ${image.bitsAllocated}.`;
    throw new PixelError('attributes', message);
  }
  const pixels = image.rows * image.columns;
  const cells = cellsOf(stream.bytes, stream.precision > 8 ? 16 : 8, pixels * stream.components);
  // A stream that reaches beyond High Bit holds whole cells, and what stands above the pixel in them (PS3.5 section 8.1.1).
  const hasCells = stream.precision > image.highBit;
  const bitsStored = Math.min(stream.precision, image.bitsStored);
  // Unsigned streams of fewer bits than Bits Stored hold no negative values: the sign would stand above them.
  const reachesSign = stream.precision >= image.bitsStored;
  const values = storedValues(cells, {
    bitsAllocated: stream.precision > 8 ? 16 : 8,
    bitsStored,
    highBit: hasCells ? image.highBit : bitsStored - 1,
    signed: stream.signed || (image.signed && reachesSign),
  });
  return {
    rows: image.rows,
    columns: image.columns,
    samplesPerPixel: image.samplesPerPixel,
    photometricInterpretation: converted ?? decodedTerm(image.photometricInterpretation),
    samples: stream.planar ? interleave(values, pixels, stream.components, values.slice()) : values,
  };
}

/** What the samples are after decoding: JPEG 2000 undoes its own colour transforms (PS3.5 section 8.2.4). */
function decodedTerm(term: PhotometricInterpretation): PhotometricInterpretation {
  if (term === 'YBR_ICT' || term === 'YBR_RCT' || term === 'XYB') return 'RGB';
  return term === 'YBR_FULL_422' || term === 'YBR_PARTIAL_422' ? 'YBR_FULL' : term;
}
