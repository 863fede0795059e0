import { protocolViolation } from '../dimse-error.ts';

/** Reads big endian fields from bytes that a peer sent; leaving the bounds is a protocol violation. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(what: string): number {
    return this.#view.getUint8(this.#take(1, what));
  }

  u16(what: string): number {
    return this.#view.getUint16(this.#take(2, what));
  }

  u32(what: string): number {
    return this.#view.getUint32(this.#take(4, what));
  }

  skip(length: number, what: string): void {
    this.#take(length, what);
  }

  bytes(length: number, what: string): Uint8Array {
    const from = this.#take(length, what);
    return this.#bytes.subarray(from, from + length);
  }

  /** A UID, name or title: ASCII, with the padding by spaces or NULs that some peers send taken off. */
  text(length: number, what: string): string {
    const characters = String.fromCharCode(...this.bytes(length, what));
    return characters.replace(/^ +/, '').replace(/[ \0]+$/, '');
  }

  #take(length: number, what: string): number {
    const from = this.#at;
    if (length > this.remaining) throw protocolViolation(`${what} ends behind its PDU or item`);
    this.#at += length;
    return from;
  }
}
