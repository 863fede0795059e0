// Frames into compression: PS3.5 sections 8.2 and A.4, edition 2026d.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part05.html#sect_8.2
import { concatBytes } from '../../dicom/encode.ts';
import type { CodecName, Codecs } from '../codecs/codecs.ts';
import { encodeWithWasm } from '../codecs/encode-wasm.ts';
import { toBindingOrder } from '../codecs/openjph-lines.ts';
import type { WasmImageInfo } from '../codecs/wasm-module.ts';
import { encodeLosslessJpeg } from '../jpeg/encode-lossless.ts';
import { PixelError } from '../pixel-error.ts';
import type { PhotometricInterpretation } from '../stored-frame.ts';
import type { CompressedSyntax } from './compressed-syntaxes.ts';
import type { EncodableFrame } from './encodable-frame.ts';
import { encodeRle } from './encode-rle.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface EncodedFrame {
  /** The stream, perhaps of an odd length. */
  readonly bytes: Bytes;
  /** What the stream's samples are, by the terms of Photometric Interpretation. */
  readonly photometricInterpretation: PhotometricInterpretation;
}

/** Quality of lossy JPEG on the scale of its library, 0 to 100: at 90 differences are seldom seen. */
export const DEFAULT_QUALITY = 90;

/**
 * Encodes a frame. Lossless but for JPEG Baseline.
 * @param quality of JPEG Baseline, 1 to 100
 * @throws PixelError for what the syntax can't hold
 */
export async function encodeFrame(
  frame: EncodableFrame,
  syntax: CompressedSyntax,
  codecs: Codecs<CodecName>,
  quality = DEFAULT_QUALITY,
): Promise<EncodedFrame> {
  checkWidth(frame, syntax);
  const { photometricInterpretation } = frame;
  switch (syntax.encoder) {
    case 'rle':
      return { bytes: encodeRle(frame), photometricInterpretation };
    case 'jpeg-lossless':
      return { bytes: encodeLosslessJpeg(frame), photometricInterpretation };
    case 'jpeg-ls':
      return { bytes: await encodeJpegLs(frame, codecs), photometricInterpretation };
    case 'jpeg-2000':
    case 'htj2k':
      return encodeJpeg2000(frame, syntax.encoder, codecs);
    case 'jpeg-baseline':
      return encodeBaseline(frame, codecs, quality);
  }
}

function checkWidth({ precision, rows, columns }: EncodableFrame, syntax: CompressedSyntax): void {
  if (precision < syntax.minBits || precision > syntax.maxBits) {
    const { name, minBits, maxBits } = syntax;
    const holds = minBits === maxBits ? `${minBits}` : `${minBits} to ${maxBits}`;
    const message = `${name} holds ${holds} bits, these pixels have ${precision}.`;
    throw new PixelError('transfer-syntax', message);
  }
  // Rows and Columns are numbers of 16 bits wherever a stream repeats them.
  if (rows > 0xffff || columns > 0xffff) {
    throw new PixelError('attributes', 'The frame is too large for a compressed stream.');
  }
}

const samplesOf = ({ cells }: EncodableFrame): Uint8Array =>
  new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);

const infoOf = (frame: EncodableFrame): WasmImageInfo => ({
  width: frame.columns,
  height: frame.rows,
  bitsPerSample: frame.precision,
  componentCount: frame.samplesPerPixel,
  isSigned: false,
  isUsingColorTransform: false,
});

/** Signed values go as they are stored, in two's complement: JPEG-LS knows no others (PS3.5 section 8.2.3). */
function encodeJpegLs(frame: EncodableFrame, codecs: Codecs<CodecName>): Promise<Bytes> {
  const info = infoOf(frame);
  return encodeWithWasm(codecs, 'charls-encoder', info, samplesOf(frame), ({ JpegLSEncoder }) => {
    if (!JpegLSEncoder) return undefined;
    const encoder = new JpegLSEncoder();
    encoder.setNearLossless(0);
    encoder.setInterleaveMode(frame.samplesPerPixel > 1 ? 2 : 0);
    return encoder;
  });
}

async function encodeJpeg2000(
  frame: EncodableFrame,
  form: 'jpeg-2000' | 'htj2k',
  codecs: Codecs<CodecName>,
): Promise<EncodedFrame> {
  const isRgb = frame.photometricInterpretation === 'RGB';
  const isUntransformed = frame.samplesPerPixel > 1 && !isRgb;
  // Its encoder transforms whatever has three components, which only RGB may be (PS3.5 section 8.2.4).
  if (form === 'jpeg-2000' && isUntransformed) {
    const message = 'The JPEG 2000 encoder takes RGB; these pixels are luminance and chrominance.';
    throw new PixelError('transfer-syntax', message);
  }
  // The codestream names its samples' sign and bits as the attributes do.
  const bitsPerSample = frame.signed ? signedBits(frame) : frame.precision;
  const info = {
    ...infoOf(frame),
    bitsPerSample,
    isSigned: frame.signed,
    isUsingColorTransform: isRgb,
  };
  const name = form === 'htj2k' ? 'openjph' : 'openjpeg-encoder';
  const shape = {
    ...frame,
    components: frame.samplesPerPixel,
    bytesPerSample: frame.cells.BYTES_PER_ELEMENT,
  };
  const samples = isUntransformed ? toBindingOrder(samplesOf(frame), shape) : samplesOf(frame);
  const bytes = await encodeWithWasm(codecs, name, info, samples, (module) => {
    const Encoder = form === 'htj2k' ? module.HTJ2KEncoder : module.J2KEncoder;
    if (!Encoder) return undefined;
    const encoder = new Encoder();
    encoder.setQuality(true, 0);
    encoder.setDecompositions(decompositionsOf(frame));
    return encoder;
  });
  return {
    bytes: withoutComments(bytes),
    photometricInterpretation: isRgb ? 'YBR_RCT' : frame.photometricInterpretation,
  };
}

const [SOT, COM] = [0xff90, 0xff64];

/** Encoders sign what they write, in comments of the main header, which say nothing of the picture (ISO 15444-1 section A.9.2). */
function withoutComments(codestream: Bytes): Bytes {
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.byteLength);
  const kept: Bytes[] = [];
  let from = 0;
  let at = 2;
  for (let marker = view.getUint16(at); marker !== SOT; marker = view.getUint16(at)) {
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === COM) {
      kept.push(codestream.subarray(from, at));
      from = end;
    }
    at = end;
  }
  return concatBytes([...kept, codestream.subarray(from)]);
}

/** As few bits as keep the cells' width when they are decoded. */
const signedBits = ({ cells, bitsStored }: EncodableFrame): number =>
  cells.BYTES_PER_ELEMENT > 1 && bitsStored <= 8 ? 16 : bitsStored;

/** The smallest picture of a frame shall have a pixel: each decomposition halves it. */
const decompositionsOf = ({ rows, columns }: EncodableFrame): number =>
  Math.min(5, Math.floor(Math.log2(Math.min(rows, columns))));

async function encodeBaseline(
  frame: EncodableFrame,
  codecs: Codecs<CodecName>,
  quality: number,
): Promise<EncodedFrame> {
  const { photometricInterpretation } = frame;
  if (frame.signed || photometricInterpretation === 'PALETTE COLOR') {
    const is = frame.signed ? 'signed' : 'indices into a palette';
    throw new PixelError('transfer-syntax', `JPEG Baseline can’t hold pixels that are ${is}.`);
  }
  const isColour = frame.samplesPerPixel > 1;
  if (isColour && photometricInterpretation !== 'RGB') {
    const message = 'The JPEG encoder takes RGB; these pixels are luminance and chrominance.';
    throw new PixelError('transfer-syntax', message);
  }
  const info = infoOf(frame);
  const samples = samplesOf(frame);
  const make: Parameters<typeof encodeWithWasm>[4] = ({ JPEGEncoder }) => {
    if (!JPEGEncoder) return undefined;
    const encoder = new JPEGEncoder();
    encoder.setQuality(quality);
    encoder.setProgressive(false);
    encoder.setSubSampling(1);
    return encoder;
  };
  const bytes = await encodeWithWasm(codecs, 'libjpeg-turbo-encoder', info, samples, make);
  return {
    bytes,
    photometricInterpretation: isColour ? 'YBR_FULL_422' : photometricInterpretation,
  };
}
