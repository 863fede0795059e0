/** What a colour transform needs (ICC.1 clause 9); everything else is words, dates of measurement, or a maker's own. */
const NEEDED = new Set(
  (
    'wtpt bkpt rXYZ gXYZ bXYZ kXYZ rTRC gTRC bTRC kTRC chad chrm clro clrt lumi ' +
    'A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 gamt pre0 pre1 pre2 cicp'
  ).split(' '),
);

const HEADER_LENGTH = 128;
const ENTRY_LENGTH = 12;

/** Bytes of the header that tell when, where and by whom a profile was made (clause 7.2): date, and its identifier. */
const PRIVATE_IN_HEADER: readonly (readonly [from: number, to: number])[] = [
  [24, 36],
  [48, 56],
  [80, 100],
];

/** 2000-01-01, as six 16-bit numbers. */
const NO_DATE = [0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];

/**
 * An ICC profile without the words in it: descriptions, copyright, device, date. Lengths and offsets stay.
 * @returns undefined where it is no profile
 */
export function cleanIccProfile(
  profile: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> | undefined {
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  if (profile.length < HEADER_LENGTH + 4) return undefined;
  const ascii = (at: number) => String.fromCharCode(...profile.subarray(at, at + 4));
  const size = view.getUint32(0);
  const count = view.getUint32(HEADER_LENGTH);
  const tableEnd = HEADER_LENGTH + 4 + count * ENTRY_LENGTH;
  if (ascii(36) !== 'acsp' || size > profile.length || tableEnd > size) return undefined;
  const cleaned = new Uint8Array(profile.length);
  cleaned.set(profile.subarray(0, tableEnd));
  for (const [from, to] of PRIVATE_IN_HEADER) cleaned.fill(0, from, to);
  cleaned.set(NO_DATE, 24);
  // Bytes that nobody has given a meaning yet.
  cleaned.fill(0, 100, HEADER_LENGTH);
  for (let entry = HEADER_LENGTH + 4; entry < tableEnd; entry += ENTRY_LENGTH) {
    const [offset, length] = [view.getUint32(entry + 4), view.getUint32(entry + 8)];
    if (offset < tableEnd || offset + length > size) return undefined;
    const name = ascii(entry);
    if (NEEDED.has(name)) cleaned.set(profile.subarray(offset, offset + length), offset);
    else cleaned.set(emptyText(length), offset);
  }
  return cleaned;
}

/** A text of no characters in the form that any reader takes: 'text', four zeros, zeros (clause 10.24). */
function emptyText(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (length >= 9) bytes.set([0x74, 0x65, 0x78, 0x74]);
  return bytes;
}
