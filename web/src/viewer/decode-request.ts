import { colourPicture, isColour } from '../../../shared/pixels/colour.ts';
import type { Codecs } from '../../../shared/pixels/codecs/codecs.ts';
import { decodeFrame } from '../../../shared/pixels/decode-frame.ts';
import { lookUp, type LookupTable } from '../../../shared/pixels/lookup-table.ts';
import { marksOf } from '../../../shared/pixels/marks.ts';
import { applyModality, rangeOf } from '../../../shared/pixels/modality.ts';
import { defaultWindow, makePicture } from '../../../shared/pixels/picture.ts';
import { shrinkPicture } from '../../../shared/pixels/shrink.ts';
import type { SampleArray, StoredFrame } from '../../../shared/pixels/stored-frame.ts';
import { windowOfRange } from '../../../shared/pixels/voi.ts';
import type { DecodedFrame, DecodedThumbnail, DecodeRequest } from './decode-messages.ts';

/** Does what a request asks for. Rejects with a PixelError when the frame can't be shown. */
export async function runDecodeRequest(
  request: DecodeRequest,
  codecs: Codecs,
): Promise<DecodedFrame | DecodedThumbnail> {
  const { image, display, output } = request;
  const frame = await decodeFrame(request.bytes, image, codecs);
  const marks = await marksOf(request.bytes, frame, image, request.marks, codecs);
  if (output.kind === 'thumbnail') {
    const picture = makePicture(image, frame, display, marks);
    return { kind: 'thumbnail', ...shrinkPicture(picture, output.size, output.pixelAspect) };
  }
  if (isColour(frame)) {
    const rgba = colourPicture(frame, image.bitsStored, display.palette);
    const values = output.alpha ? new Uint8Array(rgba.buffer) : withoutAlpha(rgba);
    const range = { lowest: 0, highest: 255 };
    return { kind: 'values', isColour: true, values, ...range, defaultWindow: undefined, marks };
  }
  return { ...greyValues(frame, request, output.voiLut), marks };
}

function greyValues(
  frame: StoredFrame,
  { image, display }: DecodeRequest,
  voiLut: LookupTable | undefined,
): Omit<DecodedFrame, 'marks'> {
  const modality = applyModality(frame.samples, display.modality);
  const values = textureValues(voiLut ? throughLut(modality, voiLut) : modality);
  const window = voiLut
    ? windowOfRange({ lowest: 0, highest: 2 ** voiLut.bits - 1 })
    : defaultWindow(image, frame, display.modality);
  return { kind: 'values', isColour: false, values, ...rangeOf(values), defaultWindow: window };
}

function throughLut(values: SampleArray, table: LookupTable): Uint16Array<ArrayBuffer> {
  return Uint16Array.from(values, (value) => lookUp(table, value));
}

/** Textures take integers of up to 16 bits and Float32; what was shared with the source is copied. */
function textureValues(values: SampleArray): SampleArray {
  const isWide = values.BYTES_PER_ELEMENT === 8 || /^U?[Ii]nt32/.test(values.constructor.name);
  return isWide ? Float32Array.from(values) : values;
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] ?? 0;
    rgb[to + 1] = rgba[from + 1] ?? 0;
    rgb[to + 2] = rgba[from + 2] ?? 0;
  }
  return rgb;
}
