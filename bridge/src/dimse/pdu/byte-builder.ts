/** Puts big endian fields together; for the small PDUs, never for data sets. */
export class ByteBuilder {
  readonly #bytes: number[] = [];

  u8(...values: number[]): this {
    for (const value of values) this.#bytes.push(value & 0xff);
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8, value);
  }

  u32(value: number): this {
    return this.u8(value >>> 24, value >>> 16, value >>> 8, value);
  }

  bytes(values: Uint8Array): this {
    for (const value of values) this.#bytes.push(value);
    return this;
  }

  /** ASCII; anything else was refused where it came in. */
  text(value: string): this {
    for (let at = 0; at < value.length; at++) this.#bytes.push(value.charCodeAt(at) & 0x7f);
    return this;
  }

  /** Type, reserved byte, 16-bit length, contents: how all items of PS3.8 section 9.3 are framed. */
  item(type: number, contents: ByteBuilder): this {
    const body = contents.build();
    return this.u8(type, 0).u16(body.length).bytes(body);
  }

  build(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
