/** The part of a source that lies in memory while it is parsed. Offsets count from the start of the source. */
export class ByteWindow {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
  #view = new DataView(this.#bytes.buffer);
  #start = 0;

  /** Puts other bytes in place. Slices that were taken before stay valid. */
  load(start: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = start;
  }

  /** Offset behind its last byte. */
  get end(): number {
    return this.#start + this.#bytes.byteLength;
  }

  has(offset: number, length: number): boolean {
    return offset >= this.#start && offset + length <= this.#start + this.#bytes.byteLength;
  }

  uint8(offset: number): number {
    return this.#view.getUint8(offset - this.#start);
  }

  uint16(offset: number, littleEndian: boolean): number {
    return this.#view.getUint16(offset - this.#start, littleEndian);
  }

  uint32(offset: number, littleEndian: boolean): number {
    return this.#view.getUint32(offset - this.#start, littleEndian);
  }

  slice(offset: number, length: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}
