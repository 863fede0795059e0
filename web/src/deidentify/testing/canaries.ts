/** Unique texts planted where a name, an ID or a date may stand, to be looked for in what is sent. */
export class Canaries {
  readonly #planted: string[] = [];
  #count: number;

  /** @param first the number of the first, so that those of several lists differ */
  constructor(first = 0) {
    this.#count = first % 1_000_000;
  }

  /** Letters and figures that no dictionary, dummy or pseudonym holds; 8 of them, so that CS, SH and AE take them. */
  text(): string {
    return this.#add(`QZ${(this.#count++).toString(36).toUpperCase().padStart(4, '0')}ZQ`);
  }

  /** Eight figures that pass for an ID or a number. */
  figures(): string {
    return this.#add(String(73_100_000 + this.#count++ * 7));
  }

  uid(): string {
    return this.#add(`1.9.73.${7_310_000 + this.#count++}.3`);
  }

  date(): string {
    const day = this.#count++;
    const two = (value: number) => String(value).padStart(2, '0');
    const [year, month] = [31 + (day % 60), 1 + (Math.floor(day / 60) % 12)];
    return this.#add(`19${year}${two(month)}${two(1 + (Math.floor(day / 720) % 28))}`);
  }

  #add(canary: string): string {
    this.#planted.push(canary);
    return canary;
  }

  /** The canaries that stand in these bytes, in ASCII, UTF-8, UTF-16 of either order, hexadecimal or Base64. */
  foundIn(bytes: Uint8Array): string[] {
    const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#planted.filter((canary) => {
      const wide = Buffer.from(canary, 'utf16le');
      const forms = [
        Buffer.from(canary),
        wide,
        Buffer.from(wide).swap16(),
        ...encodedForms(canary),
      ];
      return forms.some((form) => haystack.includes(form));
    });
  }
}

/** A text as messages may carry it: in hexadecimal, and in Base64 wherever it begins among the other bytes. */
function encodedForms(text: string): string[] {
  const hex = Buffer.from(text).toString('hex');
  const base64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.from(' '.repeat(before) + text).toString('base64');
    // The characters at both ends hold bits of what stands beside the text, too.
    const whole = Math.floor(((before + text.length) * 8) / 6);
    return encoded.slice(Math.ceil((before * 8) / 6), whole);
  });
  return [hex, hex.toUpperCase(), ...base64];
}
