// What a codestream holds beside its samples, and how the places are named where it lies.
import type { FragmentStream } from './fragment-stream.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Data that can't be followed to its end: what lies in it can't be told. */
export class CodestreamError extends Error {
  override readonly name = 'CodestreamError';
}

/** Bytes of the stream. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** Something beside the samples: from its marker, or the header of its box, to its end. */
export interface Beside extends Place {
  /** What takes its place; nothing where it is cut out. */
  readonly value: Bytes;
  /** The lengths that count its bytes. */
  readonly lengths: readonly LengthField[];
}

/** A length that is written in a codestream, big endian. */
export interface LengthField {
  readonly at: number;
  readonly bytes: 2 | 4 | 8;
  readonly value: number;
}

/** A frame's codestream: from the start of a fragment to the end of one. */
export interface Picture {
  readonly from: number;
  /** One past its last byte; padding follows. */
  readonly end: number;
  readonly to: number;
  readonly beside: readonly Beside[];
}

/** What is found in a picture. */
export class Found {
  readonly #stream: FragmentStream;
  readonly list: Beside[] = [];

  constructor(stream: FragmentStream) {
    this.#stream = stream;
  }

  /** To be cut out. */
  add({ from, to }: Place, lengths: readonly LengthField[] = []): void {
    this.list.push({ from, to, value: NOTHING, lengths });
  }

  /** To become other bytes, as many. */
  replace({ from, to }: Place, value: Bytes): void {
    this.list.push({ from, to, value, lengths: [] });
  }

  /** To become zeros where it is anything else: gaps and padding. */
  async clear(place: Place): Promise<void> {
    if (await this.says(place)) this.replace(place, new Uint8Array(place.to - place.from));
  }

  /** Whether anything but zeros lies there. */
  async says({ from, to }: Place): Promise<boolean> {
    for (let at = from; at < to; at += CHUNK) {
      const bytes = await this.#stream.read(at, Math.min(CHUNK, to - at));
      if (bytes.some((byte) => byte !== 0)) return true;
    }
    return false;
  }
}

const NOTHING: Bytes = new Uint8Array();

/** Bytes that are looked through at once. */
export const CHUNK = 65_536;

export const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
export const u32 = (bytes: Uint8Array, at: number): number =>
  u16(bytes, at) * 65_536 + u16(bytes, at + 2);
export const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));
