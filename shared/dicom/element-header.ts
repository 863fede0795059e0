import type { ByteWindow } from './byte-window.ts';
import { describeFoundTag, implicitVr } from './dictionary.ts';
import type { TagNumber } from './tag.ts';
import { hasLongLength, isVr, type Vr } from './vr.ts';

/** How elements are encoded (PS3.5 section 7.1). */
export interface Encoding {
  readonly explicitVr: boolean;
  readonly littleEndian: boolean;
}

/** The length of what ends with a delimitation (PS3.5 section 7.5). */
export const UNDEFINED_LENGTH = 0xffffffff;

export interface ElementHeader {
  readonly vr: Vr;
  /** Bytes of the value as claimed, or UNDEFINED_LENGTH. */
  readonly length: number;
  readonly valueStart: number;
  readonly problem?: string;
}

/** VRs end with two capitals, also those that are newer than this program. */
const VR_FORM = /^[A-Z]{2}$/;

/**
 * Reads VR and length behind a tag that stands at `at`. The window holds the header as far as the data goes;
 * a header that `end` cuts off gets a value that starts behind `end`.
 */
export function readElementHeader(
  window: ByteWindow,
  at: number,
  tag: TagNumber,
  { explicitVr, littleEndian }: Encoding,
  end: number,
): ElementHeader {
  if (!explicitVr) {
    return { vr: implicitVr(tag), length: window.uint32(at + 4, littleEndian), valueStart: at + 8 };
  }
  const text = String.fromCharCode(window.uint8(at + 4), window.uint8(at + 5));
  const known = isVr(text) ? text : undefined;
  if (known && !hasLongLength(known)) {
    return { vr: known, length: window.uint16(at + 6, littleEndian), valueStart: at + 8 };
  }
  if (known || VR_FORM.test(text)) {
    const length = end - at < 12 ? 0 : window.uint32(at + 8, littleEndian);
    if (known) return { vr: known, length, valueStart: at + 12 };
    // A VR that is newer than this program has a 4-byte length (PS3.5 section 6.2).
    const problem = `${describeFoundTag(tag, at)} has an unknown value representation.`;
    return { vr: 'UN', length, valueStart: at + 12, problem };
  }
  // Some writers put implicit elements into explicit data sets: the length stands where the VR should be.
  return {
    vr: implicitVr(tag),
    length: window.uint32(at + 4, littleEndian),
    valueStart: at + 8,
    problem: `${describeFoundTag(tag, at)} has no value representation although the transfer syntax asks for one.`,
  };
}
