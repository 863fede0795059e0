import { ascii, CodestreamError, u16, u32, type Found, type LengthField, type Place } from './beside.ts'; // prettier-ignore
import type { FragmentStream } from './fragment-stream.ts';
import { cleanIccProfile } from './icc-profile.ts';
import { inJpeg2000 } from './in-jpeg2000.ts';

/** Boxes of codestreams, or parts of one (ISO 15444-1 annex I, ISO 18181-2). */
const SAMPLES = new Set(['jp2c', 'jxlc', 'jxlp']);
/** Of the header that holds boxes, what is needed to show the picture. */
const NEEDED_IN_HEADER = new Set(['ihdr', 'bpcc', 'pclr', 'cmap', 'cdef']);

/** The kinds of files that one may say to be. */
const BRANDS = new Set(['jp2 ', 'jpx ', 'jpxb', 'jph ', 'jxl ', '\0\0\0\0']);

/** JPEG 2000 and JPEG XL, which may come in boxes. @returns where the picture ends */
export async function inBoxes(
  stream: FragmentStream,
  start: number,
  found: Found,
): Promise<number> {
  const head = await stream.read(start, SIGNATURE_LENGTH);
  if (isSignature(head)) {
    return inBoxesFrom(stream, start + SIGNATURE_LENGTH, await nextPicture(stream, start), found);
  }
  return u16(head, 0) === 0xff0a
    ? stream.fragmentEnd(start + 1)
    : inJpeg2000(stream, start, await nextPicture(stream, start), found, []);
}

async function inBoxesFrom(
  stream: FragmentStream,
  start: number,
  limit: number,
  found: Found,
): Promise<number> {
  let hasSamples = false;
  let at = start;
  for (let box = await boxAt(stream, at, limit); box; box = await boxAt(stream, at, limit)) {
    at = box.to;
    if (SAMPLES.has(box.type)) hasSamples = true;
    if (box.type === 'jp2c') {
      const end = await inJpeg2000(stream, box.content, box.to, found, box.lengths);
      // Without a length it ends where the codestream does.
      if (box.lengths.length === 0) at = end;
      else if (await found.says({ from: end, to: at }))
        found.add({ from: end, to: at }, box.lengths);
    } else if (box.type === 'jp2h') {
      await inHeader(stream, box, found);
    } else if (box.type === 'ftyp') {
      await inFileType(stream, box, found);
    } else if (!SAMPLES.has(box.type)) {
      found.add(box);
    }
  }
  if (!hasSamples) throw new CodestreamError('It ends before its samples.');
  // Behind the last box no more than what fills its fragment.
  if (stream.fragmentEnd(at) < limit) throw new CodestreamError('A box is missing.');
  return at;
}

const SIGNATURE_LENGTH = 12;
const isSignature = (head: Uint8Array): boolean =>
  u32(head, 0) === SIGNATURE_LENGTH &&
  /^(jP {2}|JXL )$/.test(ascii(head, 4, 8)) &&
  u32(head, 8) === 0x0d0a870a;

/** Where the next picture begins: in a fragment of its own (PS3.5 section A.4), with a signature or SOC and SIZ. */
async function nextPicture(stream: FragmentStream, start: number): Promise<number> {
  let at = stream.nextStart(start);
  for (; at < stream.length; at = stream.nextStart(at)) {
    const head = await stream.peek(at, SIGNATURE_LENGTH);
    if (isSignature(head) || u32(head, 0) === 0xff4fff51) break;
  }
  return at;
}

interface BoxPlace extends Place {
  readonly type: string;
  readonly content: number;
  /** What says its length; nothing where that reaches up to the end. */
  readonly lengths: readonly LengthField[];
}

/** The box that begins at a place; undefined where none does. */
async function boxAt(
  stream: FragmentStream,
  at: number,
  limit: number,
): Promise<BoxPlace | undefined> {
  if (at + 8 > limit) return undefined;
  const head = await stream.read(at, 16);
  const size = u32(head, 0);
  const isLarge = size === 1;
  const value = isLarge ? u32(head, 8) * 2 ** 32 + u32(head, 12) : size;
  const to = size === 0 ? limit : at + value;
  const content = at + (isLarge ? 16 : 8);
  if (to < content || to > limit) return undefined;
  const lengths: LengthField[] =
    size === 0 ? [] : [{ at: isLarge ? at + 8 : at, bytes: isLarge ? 8 : 4, value }];
  return { from: at, to, type: ascii(head, 4, 8), content, lengths };
}

/** The boxes of JP2's header (section I.5.3): names and words within go, and those of a colour profile. */
async function inHeader(stream: FragmentStream, header: BoxPlace, found: Found): Promise<void> {
  let at = header.content;
  while (at < header.to) {
    const box = await boxAt(stream, at, header.to);
    if (!box) throw new CodestreamError('A box is longer than the one around it.');
    if (box.type === 'colr') await inColour(stream, box, header.lengths, found);
    else if (!NEEDED_IN_HEADER.has(box.type)) found.add(box, header.lengths);
    at = box.to;
  }
}

/** Colour as one of a list, or as an ICC profile (section I.5.3.3). */
async function inColour(
  stream: FragmentStream,
  box: BoxPlace,
  lengths: readonly LengthField[],
  found: Found,
): Promise<void> {
  const content = (await stream.read(box.content, box.to - box.content)).slice();
  const method = content[0];
  if (method === 1 && content.length === 7) return;
  if (method !== 2 && method !== 3) {
    found.add(box, lengths);
    return;
  }
  const profile = content.slice(3);
  const clean = cleanIccProfile(profile);
  if (!clean) throw new CodestreamError('Its colour profile is none.');
  if (clean.some((byte, i) => byte !== profile[i])) {
    found.replace({ from: box.content + 3, to: box.to }, clean);
  }
}

/** A kind, its version, and others that it can be read as (section I.5.2). */
async function inFileType(stream: FragmentStream, box: BoxPlace, found: Found): Promise<void> {
  for (let at = box.content; at < box.to; at += 4) {
    const place = { from: at, to: Math.min(at + 4, box.to) };
    const isVersion = at === box.content + 4;
    const brand = ascii(await stream.read(at, place.to - at), 0, 4);
    if (isVersion || !BRANDS.has(brand)) await found.clear(place);
  }
}
