import { CHUNK, CodestreamError, u16, u32, type Found, type LengthField, type Place } from './beside.ts'; // prettier-ignore
import type { FragmentStream } from './fragment-stream.ts';

const SOC = 0xff4f;
const CAP = 0xff50;
const SIZ = 0xff51;
const COD = 0xff52;
const TLM = 0xff55;
const PLM = 0xff57;
const PLT = 0xff58;
const CRG = 0xff63;
const CME = 0xff64;
const SOT = 0xff90;
const SOD = 0xff93;
const EOC = 0xffd9;

/** Whether a marker is one of ISO 15444-1, or of its parts 2 and 15, that says how the samples are read. */
const isNeeded = (marker: number): boolean =>
  (marker >= CAP && marker < CRG && ![TLM, PLM, PLT].includes(marker)) ||
  (marker >= 0xff72 && marker <= 0xff79);

/** A tile-part (ISO 15444-1 section A.4.2). */
interface Part extends Place {
  readonly tile: number;
  /** What says its length; nothing where that is said to reach up to the end. */
  readonly lengths: readonly LengthField[];
}

/** A place in a tile-part, or in the main header. */
interface InPart extends Place {
  readonly part: number | undefined;
}

/**
 * A JPEG 2000 codestream (ISO 15444-1 annex A, 15444-15): comments are beside the samples, and so are segments that nothing
 * reads and tables of lengths that aren't true.
 * @param limit where it ends at the latest
 * @param box lengths of the boxes around it
 * @returns where it ends
 */
export async function inJpeg2000(
  stream: FragmentStream,
  start: number,
  limit: number,
  found: Found,
  box: readonly LengthField[],
): Promise<number> {
  if (u16(await stream.read(start, 2), 0) !== SOC)
    throw new CodestreamError('It begins with no SOC.');
  const parts: Part[] = [];
  const beside: InPart[] = [];
  const tables: PartLengths[] = [];
  let packets: PacketLengths[] = [];
  let components = 0;
  /** Within the header of a tile-part. */
  let part: Part | undefined;
  const ended = (end: number): number => {
    if (parts.length === 0 || part) throw new CodestreamError('It ends before its samples.');
    const fields = fieldsOf(tables, parts);
    if (!fields) beside.push(...tables.map(({ from, to }) => ({ from, to, part: undefined })));
    for (const place of beside) {
      const own = place.part === undefined ? [] : (parts[place.part]?.lengths ?? []);
      const listed = place.part === undefined ? undefined : fields?.[place.part];
      found.add(place, [...own, ...(listed ? [listed] : []), ...box]);
    }
    return end;
  };
  let at = start + 2;
  while (at + 2 <= limit) {
    const head = await stream.read(at, 10);
    const marker = u16(head, 0);
    if (marker === EOC) return ended(at + 2);
    if (marker === SOD) {
      if (!part) throw new CodestreamError('A marker is missing.');
      const length = part.to - (at + 2);
      const said = packets.map(({ bytes }) => bytes).reduce((sum, bytes) => sum + bytes, 0);
      if (said !== length)
        beside.push(...packets.map((one) => ({ ...one, part: parts.length - 1 })));
      at = part.to;
      part = undefined;
      continue;
    }
    // Markers without a segment (table A.1).
    if (marker >= 0xff30 && marker <= 0xff3f) {
      at += 2;
      continue;
    }
    const length = u16(head, 2);
    const place = { from: at, to: at + 2 + length };
    if (length < 2 || place.to > limit)
      throw new CodestreamError('A segment is longer than the data.');
    const inPart = part ? parts.length - 1 : undefined;
    if (marker === SOT) {
      if (part || length !== 10) throw new CodestreamError('A tile begins within another.');
      part = await partAt(stream, at, limit, head);
      parts.push(part);
      packets = [];
    } else if (marker < 0xff30 || (parts.length > 0 && !part)) {
      throw new CodestreamError('A marker is missing.');
    } else if (marker === TLM && !part) {
      tables.push(partLengths(await stream.read(at, 2 + length), place));
    } else if (marker === PLT && part) {
      packets.push({ ...place, bytes: packetBytes(await stream.read(at + 5, length - 3)) });
    } else if (isNeeded(marker)) {
      const bytes = await stream.read(at, 2 + length);
      if (!isWhole(marker, bytes)) {
        throw new CodestreamError('A segment has another length than what it says.');
      }
      if (marker === SIZ) components = u16(bytes, 38);
    } else if (marker === CRG && length === 2 + 4 * components) {
      // Where the components lie towards each other.
    } else if (await found.says({ from: at + (marker === CME ? 6 : 4), to: place.to })) {
      beside.push({ ...place, part: inPart });
    }
    at = place.to;
  }
  // Some writers leave the last marker out.
  return ended(limit);
}

async function partAt(
  stream: FragmentStream,
  at: number,
  limit: number,
  head: Uint8Array,
): Promise<Part> {
  const value = u32(head, 6);
  // Zero: up to the end of the codestream, of which the last marker is a part.
  const to = value === 0 ? await endOfLastPart(stream, at, limit) : at + value;
  if (to <= at || to > limit) throw new CodestreamError('A tile is longer than the data.');
  const lengths: LengthField[] = value === 0 ? [] : [{ at: at + 6, bytes: 4, value }];
  return { from: at, to, tile: u16(head, 4), lengths };
}

/** Packets hold no marker above FF8F: the first EOC is the one. */
async function endOfLastPart(stream: FragmentStream, from: number, limit: number): Promise<number> {
  for (let at = from; at < limit; at += CHUNK) {
    const bytes = await stream.read(at, Math.min(CHUNK + 1, limit - at));
    for (let i = bytes.indexOf(0xff); i >= 0 && i < CHUNK; i = bytes.indexOf(0xff, i + 1)) {
      if (bytes[i + 1] === 0xd9) return at + i;
    }
  }
  return limit;
}

/** Segments whose length follows from what they hold, so that nothing can stand behind that (sections A.5 and A.6). */
function isWhole(marker: number, bytes: Uint8Array): boolean {
  const length = bytes.length - 2;
  if (marker === SIZ) return length === 38 + 3 * u16(bytes, 38);
  if (marker === COD) return length === 12 + ((bytes[4] ?? 0) & 1 ? (bytes[9] ?? 0) + 1 : 0);
  if (marker !== CAP) return true;
  const flags = u32(bytes, 4).toString(2).replaceAll('0', '').length;
  return length === 6 + 2 * flags;
}

/** A table of the lengths of tile-parts in the main header (section A.7.1). */
interface PartLengths extends Place {
  readonly index: number;
  /** Undefined where it is none. */
  readonly entries: readonly { readonly tile?: number; readonly field: LengthField }[] | undefined;
}

function partLengths(bytes: Uint8Array, place: Place): PartLengths {
  const [index, style] = [bytes[4] ?? 0, bytes[5] ?? 0];
  const tileBytes = (style >> 4) & 3;
  const lengthBytes = style & 0x40 ? 4 : 2;
  const width = tileBytes + lengthBytes;
  const isTable =
    bytes.length > 6 && tileBytes < 3 && (style & 0x8f) === 0 && (bytes.length - 6) % width === 0;
  if (!isTable) return { ...place, index, entries: undefined };
  const entries = Array.from({ length: (bytes.length - 6) / width }, (_, i) => {
    const at = 6 + i * width;
    const value = lengthBytes === 4 ? u32(bytes, at + tileBytes) : u16(bytes, at + tileBytes);
    const field = { at: place.from + at + tileBytes, bytes: lengthBytes, value } as const;
    if (tileBytes === 0) return { field };
    return { field, tile: tileBytes === 2 ? u16(bytes, at) : (bytes[at] ?? 0) };
  });
  return { ...place, index, entries };
}

/** The length of each tile-part in the tables; undefined where these say anything else than what is there. */
function fieldsOf(
  tables: readonly PartLengths[],
  parts: readonly Part[],
): readonly LengthField[] | undefined {
  if (tables.length === 0) return [];
  const sorted = [...tables].sort((a, b) => a.index - b.index);
  const entries = sorted.flatMap((table) => table.entries ?? []);
  const isTrue =
    tables.every((table) => table.entries) &&
    entries.length === parts.length &&
    entries.every(({ tile, field }, i) => {
      const part = parts[i];
      return part && field.value === part.to - part.from && (tile ?? part.tile) === part.tile;
    });
  return isTrue ? entries.map(({ field }) => field) : undefined;
}

/** A table of the lengths of packets in the header of a tile-part (section A.7.3). */
interface PacketLengths extends Place {
  readonly bytes: number;
}

/** The sum of lengths of seven bits a byte, of which all but the last have the highest bit set; NaN where it lacks. */
function packetBytes(bytes: Uint8Array): number {
  let [sum, length] = [0, 0];
  for (const byte of bytes) {
    length = length * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    sum += length;
    length = 0;
  }
  return (bytes.at(-1) ?? 0) & 0x80 ? NaN : sum;
}
