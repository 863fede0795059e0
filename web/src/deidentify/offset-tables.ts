import type { ByteSource } from '../../../shared/dicom/byte-source.ts';
import type { Element } from '../../../shared/dicom/dataset.ts';
import type { CutFragment } from './cut-fragments.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Tables of more bytes are left out: 16 MiB, for four million frames. */
const MAX_TABLE = 2 ** 24;

/** Bytes of an entry: of the Basic Offset Table, and of the extended ones. */
const BASIC = 4;
const EXTENDED = 8;

/**
 * The Basic Offset Table (PS3.5 section A.4) for the fragments as they are now. Empty where it holds anything but the
 * places of fragments, which the standard allows: a reader then finds the frames without it.
 */
export async function basicOffsets(
  table: { readonly offset: number; readonly length: number },
  fragments: readonly CutFragment[],
  source: ByteSource,
): Promise<Bytes> {
  const { offset, length } = table;
  if (length === 0 || length > MAX_TABLE || length % BASIC !== 0) return new Uint8Array();
  const bytes = await source.read(offset, length);
  const places = new Map(fragments.map(({ before, after }) => [before.offset, after.offset]));
  const [view, made] = [viewOf(bytes), new Uint8Array(length)];
  for (let at = 0; at < length; at += BASIC) {
    const place = places.get(view.getUint32(at, true));
    if (place === undefined || place >= 2 ** 32) return new Uint8Array();
    viewOf(made).setUint32(at, place, true);
  }
  return made;
}

/**
 * The values of Extended Offset Table and Extended Offset Table Lengths (PS3.3 section C.7.6.3) for the fragments as they are
 * now; undefined where they hold anything else.
 */
export async function extendedOffsets(
  offsets: Element | undefined,
  lengths: Element | undefined,
  fragments: readonly CutFragment[],
  source: ByteSource,
): Promise<{ readonly offsets: Bytes; readonly lengths: Bytes } | undefined> {
  const length = offsets?.length ?? 0;
  if (!offsets || lengths?.length !== length) return undefined;
  if (length === 0 || length > MAX_TABLE || length % EXTENDED !== 0) return undefined;
  const from = viewOf(offsets.bytes ?? (await source.read(offsets.valueStart, length)));
  const long = viewOf(lengths.bytes ?? (await source.read(lengths.valueStart, length)));
  const byPlace = new Map(fragments.map((fragment) => [fragment.before.offset, fragment]));
  const made = { offsets: new Uint8Array(length), lengths: new Uint8Array(length) };
  for (let at = 0; at < length; at += EXTENDED) {
    const fragment = byPlace.get(Number(from.getBigUint64(at, true)));
    const before = Number(long.getBigUint64(at, true));
    if (!fragment) return undefined;
    const unpadded = fragment.before.length - before;
    // A frame is one fragment, with or without the byte that makes it even.
    if (unpadded < 0 || unpadded > 1) return undefined;
    const isCut = fragment.after.length !== fragment.before.length;
    const after =
      unpadded === 0 || !isCut ? fragment.after.length - unpadded : fragment.lengthUnpadded;
    viewOf(made.offsets).setBigUint64(at, BigInt(fragment.after.offset), true);
    viewOf(made.lengths).setBigUint64(at, BigInt(after), true);
  }
  return made;
}

const viewOf = (bytes: Bytes): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
