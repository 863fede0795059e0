import { ascii, CHUNK, CodestreamError, u16, type Found } from './beside.ts';
import type { FragmentStream } from './fragment-stream.ts';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/** Markers without a segment: TEM, and those that restart (ITU-T T.81 table B.1). */
const isAlone = (marker: number): boolean => marker === 0x01 || isRestart(marker);
const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

/**
 * A JPEG codestream (ITU-T T.81 annex B) or one of JPEG-LS (T.87 annex C): segments that don't say how samples are read are
 * beside them. @returns where it ends
 */
export async function inJpeg(stream: FragmentStream, start: number, found: Found): Promise<number> {
  if (u16(await stream.read(start, 2), 0) !== 0xffd8)
    throw new CodestreamError('It begins with no SOI.');
  let at = start + 2;
  let hasScan = false;
  let isLs = false;
  const ended = (end: number): number => {
    if (!hasScan) throw new CodestreamError('It ends before its samples.');
    return end;
  };
  for (;;) {
    const head = await stream.read(at, 4);
    // Many a picture has lost its end, and is shown all the same.
    if (head.length === 0) return ended(at);
    if (head.length < 2 || head[0] !== 0xff) throw new CodestreamError('A marker is missing.');
    const marker = head[1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === SOI) {
      // The next picture begins: this one has lost its end.
      if (stream.isStart(at)) return ended(at);
      throw new CodestreamError('A picture begins within another.');
    }
    at += 2;
    if (marker === EOI) return ended(at);
    if (isAlone(marker)) continue;
    const length = u16(head, 2);
    if (head.length < 4 || length < 2 || at + length > stream.length) {
      throw new CodestreamError('A segment is longer than the data.');
    }
    const content = await stream.read(at + 2, length - 2);
    isLs ||= marker === 0xf7;
    const form = FORMS.find(({ markers }) => markers(marker));
    if (form && !form.isWhole(content)) {
      throw new CodestreamError('A segment has another length than what it says.');
    }
    if (!form && !isHarmless(marker, content) && content.some((byte) => byte !== 0)) {
      found.add({ from: at - 2, to: at + length });
    }
    at += length;
    if (marker === SOS) {
      hasScan = true;
      at = await nextMarker(stream, at, isLs ? 0x80 : 0xc0);
    }
  }
}

interface Form {
  readonly markers: (marker: number) => boolean;
  /** Whether a segment holds what it must, and nothing behind it. */
  readonly isWhole: (content: Uint8Array) => boolean;
}

const among = (...markers: number[]) => {
  const set = new Set(markers);
  return (marker: number) => set.has(marker);
};

/** Segments that say how the samples are read. */
const FORMS: readonly Form[] = [
  // SOF, DHP, SOF of JPEG-LS.
  {
    markers: among(
      ...[0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xde, 0xf7],
    ),
    isWhole: (content) => content.length === 6 + 3 * (content[5] ?? 0),
  },
  { markers: among(SOS), isWhole: (content) => content.length === 4 + 2 * (content[0] ?? 0) },
  // DQT, DHT: tables one behind the other.
  {
    markers: among(0xdb),
    isWhole: (content) => endOfTables(content, (at) => 65 + 64 * ((content[at] ?? 0) >> 4)),
  },
  {
    markers: among(0xc4),
    isWhole: (content) =>
      endOfTables(
        content,
        (at) => 17 + content.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0),
      ),
  },
  // DAC; DNL; DRI, of up to four bytes in JPEG-LS; EXP.
  { markers: among(0xcc), isWhole: ({ length }) => length % 2 === 0 },
  { markers: among(0xdc), isWhole: ({ length }) => length === 2 },
  { markers: among(0xdd), isWhole: ({ length }) => length >= 2 && length <= 4 },
  { markers: among(0xdf), isWhole: ({ length }) => length === 1 },
  // LSE: thresholds; tables of colours, which stay out (T.87 section C.2.4.1).
  { markers: among(0xf8), isWhole: (content) => content[0] === 1 && content.length === 11 },
];

function endOfTables(content: Uint8Array, lengthAt: (at: number) => number): boolean {
  let at = 0;
  while (at < content.length) at += lengthAt(at);
  return at === content.length;
}

/** Segments that say how colours are to be taken, in their only form: JFIF without a picture, Adobe, HP's transform. */
function isHarmless(marker: number, content: Uint8Array): boolean {
  if (marker === 0xe0) {
    return content.length === 14 && ascii(content, 0, 5) === 'JFIF\0' && u16(content, 12) === 0;
  }
  if (marker === 0xee) return content.length === 12 && ascii(content, 0, 5) === 'Adobe';
  return marker === 0xe8 && content.length === 5 && ascii(content, 0, 4) === 'mrfx';
}

/** Past entropy-coded data: 0xFF there is followed by what is no marker, or by a restart. */
async function nextMarker(stream: FragmentStream, from: number, lowest: number): Promise<number> {
  let at = from;
  while (at < stream.length) {
    const bytes = await stream.read(at, CHUNK);
    let i = bytes.indexOf(0xff);
    for (; i >= 0 && i + 1 < bytes.length; i = bytes.indexOf(0xff, i + 1)) {
      const next = bytes[i + 1] ?? 0;
      if (next >= lowest && next !== 0xff && !isRestart(next)) return at + i;
    }
    // The last byte may be the first half of a marker.
    at += i >= 0 && i === bytes.length - 1 && bytes.length > 1 ? bytes.length - 1 : bytes.length;
  }
  return at;
}
