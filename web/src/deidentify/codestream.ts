// What stands beside the samples in compressed pixel data: comments, Exif and XML, bytes behind the end.
import type { ByteRange, FragmentStream } from './fragment-stream.ts';

/** Data that can't be followed to its end: what lies in it can't be told. */
export class CodestreamError extends Error {
  override readonly name = 'CodestreamError';
}

type Family = 'jpeg' | 'jpeg2000' | 'jpegxl';

const FAMILIES: readonly (readonly [RegExp, Family])[] = [
  [/^1\.2\.840\.10008\.1\.2\.4\.(5\d|6\d|70|80|81)$/, 'jpeg'],
  [/^1\.2\.840\.10008\.1\.2\.4\.(9[0-5]|20[1-5])$/, 'jpeg2000'],
  [/^1\.2\.840\.10008\.1\.2\.4\.11[0-2]$/, 'jpegxl'],
];

/** Something beside the samples, in places of the stream. */
export interface Beside {
  /** Where its marker or the header of its box begins. */
  readonly from: number;
  /** Where its content begins: what is to be zero where it can't go as a whole. */
  readonly content: number;
  readonly to: number;
  /** The lengths, big endian, that count its bytes. */
  readonly lengths: readonly LengthField[];
  /** It is counted in more places than that. */
  readonly mustStay: boolean;
}

/** A length that is written in a codestream. */
export interface LengthField {
  readonly at: number;
  readonly bytes: 4 | 8;
  readonly value: number;
}

/** A frame's codestream: from the start of a fragment to the end of one. */
export interface Picture {
  readonly from: number;
  /** One past its last byte; padding follows. */
  readonly end: number;
  readonly to: number;
  readonly beside: readonly Beside[];
  /** The shortest comment of an odd length, which says nothing. */
  readonly emptyComment: readonly number[];
}

/**
 * The pictures of a stream, one after another, with what stands beside their samples and isn't zero.
 * @throws CodestreamError
 */
export async function* picturesIn(
  transferSyntaxUid: string,
  stream: FragmentStream,
): AsyncGenerator<Picture> {
  const family = FAMILIES.find(([pattern]) => pattern.test(transferSyntaxUid))?.[1];
  if (!family) return;
  let at = 0;
  while (at < stream.length) {
    const found = new Found(stream);
    const end = await (family === 'jpeg' ? inJpeg(stream, at, found) : inBoxes(stream, at, found));
    const to = stream.fragmentEnd(end);
    await found.add({ from: end, content: end, to });
    yield { from: at, end, to, beside: found.list, emptyComment: EMPTY_COMMENT[family] };
    // Each frame begins in a fragment of its own (PS3.5 section A.4).
    at = to;
  }
}

const EMPTY_COMMENT: Readonly<Record<Family, readonly number[]>> = {
  jpeg: [0xff, 0xfe, 0, 3, 0],
  jpeg2000: [0xff, 0x64, 0, 5, 0, 0, 0],
  jpegxl: [],
};

/**
 * The bytes of the source that must become zero where nothing can be cut out.
 * @throws CodestreamError
 */
export async function metadataRanges(
  transferSyntaxUid: string,
  stream: FragmentStream,
): Promise<ByteRange[]> {
  const ranges: ByteRange[] = [];
  for await (const { beside } of picturesIn(transferSyntaxUid, stream)) {
    for (const { content, to } of beside) ranges.push(...stream.ranges(content, to));
  }
  return ranges;
}

/** What is found in a picture. */
class Found {
  readonly #stream: FragmentStream;
  readonly list: Beside[] = [];

  constructor(stream: FragmentStream) {
    this.#stream = stream;
  }

  /** Padding is zeros; anything else is none. */
  async add(
    place: Pick<Beside, 'from' | 'content' | 'to'>,
    lengths: readonly LengthField[] = [],
    mustStay = false,
  ): Promise<void> {
    for (let at = place.content; at < place.to; at += CHUNK) {
      const bytes = await this.#stream.read(at, Math.min(CHUNK, place.to - at));
      if (bytes.every((byte) => byte === 0)) continue;
      this.list.push({ ...place, lengths, mustStay });
      return;
    }
  }
}

const CHUNK = 65_536;

const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 65_536 + u16(bytes, at + 2);
const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const COM = 0xfe;

/** ITU-T T.81 annex B and, for JPEG-LS, T.87. @returns where the codestream ends */
async function inJpeg(stream: FragmentStream, start: number, found: Found): Promise<number> {
  if (u16(await stream.read(start, 2), 0) !== 0xffd8)
    throw new CodestreamError('It begins with no SOI.');
  let at = start + 2;
  for (;;) {
    const head = await stream.read(at, 4);
    // Many a picture has lost its end, and is shown all the same.
    if (head.length === 0) return at;
    if (head.length < 2 || head[0] !== 0xff) throw new CodestreamError('A marker is missing.');
    const marker = head[1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    // The next picture begins: this one has lost its end.
    if (marker === SOI) return at;
    at += 2;
    if (marker === EOI) return at;
    if ((marker >= 0xd0 && marker <= 0xd7) || marker === 0x01) continue;
    const length = u16(head, 2);
    if (head.length < 4 || length < 2 || at + length > stream.length) {
      throw new CodestreamError('A segment is longer than the data.');
    }
    const isApplication = marker >= 0xe0 && marker <= 0xef;
    if (
      marker === COM ||
      (isApplication && !isHarmless(marker, await stream.read(at + 2, length - 2)))
    ) {
      await found.add({ from: at - 2, content: at + 2, to: at + length });
    }
    at += length;
    if (marker === SOS) at = await nextMarker(stream, at);
  }
}

/** Segments that say how the samples are to be taken, in their only form: JFIF without a picture, Adobe, HP's transform. */
function isHarmless(marker: number, content: Uint8Array): boolean {
  if (marker === 0xe0) {
    return content.length === 14 && ascii(content, 0, 5) === 'JFIF\0' && u16(content, 12) === 0;
  }
  if (marker === 0xee) return content.length === 12 && ascii(content, 0, 5) === 'Adobe';
  return marker === 0xe8 && content.length === 5 && ascii(content, 0, 4) === 'mrfx';
}

/** Past entropy-coded data: 0xFF there is followed by what is no marker, or by a restart. */
async function nextMarker(stream: FragmentStream, from: number): Promise<number> {
  let at = from;
  while (at < stream.length) {
    const bytes = await stream.read(at, CHUNK);
    let i = bytes.indexOf(0xff);
    for (; i >= 0 && i + 1 < bytes.length; i = bytes.indexOf(0xff, i + 1)) {
      const next = bytes[i + 1] ?? 0;
      if (next >= 0xc0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at + i;
    }
    // The last byte may be the first half of a marker.
    at += i >= 0 && i === bytes.length - 1 && bytes.length > 1 ? bytes.length - 1 : bytes.length;
  }
  return at;
}

/** JP2 and JPEG XL may come in boxes (ISO 15444-1 annex I, ISO 18181-2). */
async function inBoxes(stream: FragmentStream, start: number, found: Found): Promise<number> {
  const head = await stream.read(start, 12);
  const isBoxed = u32(head, 0) === 12 && /^(jP {2}|JXL )$/.test(ascii(head, 4, 8));
  if (!isBoxed) {
    return u16(head, 0) === 0xff0a
      ? stream.fragmentEnd(start + 1)
      : inJpeg2000(stream, start, stream.length, found, []);
  }
  const limit = stream.fragmentEnd(start + 1);
  let at = start;
  while (at + 8 <= limit) {
    const box = await stream.read(at, 16);
    const size = u32(box, 0);
    const isLarge = size === 1;
    const length = isLarge ? u32(box, 8) * 2 ** 32 + u32(box, 12) : size === 0 ? limit - at : size;
    if (length < (isLarge ? 16 : 8) || at + length > limit) return at;
    const content = at + (isLarge ? 16 : 8);
    const type = ascii(box, 4, 8);
    const own: LengthField[] =
      size === 0 ? [] : [{ at: isLarge ? at + 8 : at, bytes: isLarge ? 8 : 4, value: length }];
    if (type === 'jp2c') await inJpeg2000(stream, content, at + length, found, own);
    else if (!KEPT_BOXES.has(type)) await found.add({ from: at, content, to: at + length });
    at += length;
  }
  return at;
}

/** What is needed to show the picture. */
const KEPT_BOXES = new Set(['jP  ', 'ftyp', 'jp2h', 'JXL ', 'jxlc', 'jxlp', 'jxll']);

const SOC = 0xff4f;
const SOT = 0xff90;
const SOD = 0xff93;
const EOC = 0xffd9;
const CME = 0xff64;
const TLM = 0xff55;

/** ISO 15444-1 annex A. @returns where the codestream ends */
async function inJpeg2000(
  stream: FragmentStream,
  start: number,
  limit: number,
  found: Found,
  box: readonly LengthField[],
): Promise<number> {
  if (u16(await stream.read(start, 2), 0) !== SOC)
    throw new CodestreamError('It begins with no SOC.');
  let at = start + 2;
  /** Where the tile-part that is read ends, and what says so. */
  let partEnd = 0;
  let part: readonly LengthField[] = [];
  /** A table in the main header has the lengths of all tile-parts. */
  let areListed = false;
  while (at + 2 <= limit) {
    const head = await stream.read(at, 10);
    const marker = u16(head, 0);
    if (marker === EOC) return at + 2;
    if (marker === SOD) {
      at = partEnd;
      continue;
    }
    const length = u16(head, 2);
    if (length < 2 || at + 2 + length > limit)
      throw new CodestreamError('A segment is longer than the data.');
    if (marker === SOT) {
      const partLength = u32(head, 6);
      // Zero: up to the end of the codestream, of which the last marker is a part.
      part = partLength === 0 ? [] : [{ at: at + 6, bytes: 4, value: partLength }];
      partEnd = partLength === 0 ? await endOfLastPart(stream, at, limit) : at + partLength;
      if (partEnd <= at || partEnd > limit)
        throw new CodestreamError('A tile is longer than the data.');
    } else if (marker === CME) {
      const place = { from: at, content: at + 6, to: at + 2 + length };
      await found.add(place, [...part, ...box], areListed && partEnd > 0);
    } else if (marker === TLM) {
      areListed = true;
    } else if (marker < 0xff30) {
      throw new CodestreamError('A marker is missing.');
    }
    at += 2 + length;
  }
  // Some writers leave the last marker out.
  return limit;
}

/** Packets hold no marker above FF8F: the first EOC is the one. */
async function endOfLastPart(stream: FragmentStream, from: number, limit: number): Promise<number> {
  for (let at = from; at < limit; at += CHUNK) {
    const bytes = await stream.read(at, CHUNK + 1);
    for (let i = bytes.indexOf(0xff); i >= 0 && i < CHUNK; i = bytes.indexOf(0xff, i + 1)) {
      if (bytes[i + 1] === 0xd9) return at + i;
    }
  }
  return limit;
}
