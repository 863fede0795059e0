import { describe, expect, it } from 'vitest';
import { swapBytes } from './byte-order.ts';
import { bufferSource, type ByteSource } from './byte-source.ts';
import {
  concatBytes,
  elementHeader,
  encodeDataset,
  encodeFileMeta,
  type Fields,
} from './encode.ts';
import { explicitVrOf } from './explicit-vr.ts';
import { readDataset, readInstance } from './read-instance.ts';
import * as Tag from './tags.generated.ts';
import { raw, rawSequence } from './testing/raw-element.ts';
import {
  transcodeDataset,
  transcodedBytes,
  TranscodeError,
  transcodeInstance,
} from './transcode.ts';
import { transcodeStream } from './transcode-stream.ts';
import {
  DeflatedExplicitVrLittleEndian,
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  type TransferSyntax,
} from './uids.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const ELE = ExplicitVrLittleEndian;
const ILE = ImplicitVrLittleEndian;
const EBE = ExplicitVrBigEndian;

const read = (bytes: Bytes, { explicitVr, littleEndian }: TransferSyntax) =>
  readDataset(bufferSource(bytes), {
    explicitVr,
    littleEndian,
    start: 0,
    end: bytes.byteLength,
    maxValueBytes: 2 ** 20,
  });

/** A data set given in one encoding, written in another. */
async function convert(bytes: Bytes, from: TransferSyntax, to: TransferSyntax): Promise<Bytes> {
  const transcoded = transcodeDataset(await read(bytes, from), to);
  const out = concatBytes(await Array.fromAsync(transcodedBytes(transcoded, bufferSource(bytes))));
  expect(out.byteLength).toBe(transcoded.length);
  return out;
}

/** Chunks of a size that divides nothing. */
async function* inChunks(bytes: Bytes, size = 777): AsyncGenerator<Bytes> {
  for (let at = 0; at < bytes.byteLength; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

const EVERYTHING: Fields = {
  [Tag.ImageType]: ['ORIGINAL', 'PRIMARY'],
  [Tag.PatientName]: 'Doe^Jane',
  [Tag.Rows]: 0x0102,
  [Tag.FrameIncrementPointer]: [Tag.FrameTime, Tag.FrameTimeVector],
  [Tag.RecommendedDisplayFrameRateInFloat]: { vr: 'FL', value: [1.5, -2.25] },
  [Tag.RealWorldValueSlope]: [Math.PI, 1e-300],
  [Tag.SelectorSVValue]: [-(2n ** 62n), 5n],
  [Tag.SelectorUVValue]: [2n ** 64n - 1n],
  [Tag.SelectorSLValue]: [-70_000],
  [Tag.SimpleFrameList]: [70_000],
  [Tag.SelectorOLValue]: { vr: 'OL', value: [1, 2 ** 31] },
  [Tag.ReferencedImageSequence]: [
    { [Tag.ReferencedSOPInstanceUID]: '1.2.3', [Tag.ReferencedFrameNumber]: '7' },
    {},
  ],
  [Tag.PixelData]: { vr: 'OW', value: [1, 0x0203, 0xfffe] },
};

describe('A change between encodings', () => {
  for (const from of [ELE, ILE, EBE]) {
    for (const to of [ELE, ILE, EBE]) {
      it(`from ${from.name} to ${to.name} is what the encoder writes there`, async () => {
        const expected = encodeDataset(EVERYTHING, to);
        expect(await convert(encodeDataset(EVERYTHING, from), from, to)).toEqual(expected);
      });
    }
  }

  it('inflates and deflates', async () => {
    const metaOf = (transferSyntaxUid: string) =>
      encodeFileMeta({ sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid });
    const plain = encodeDataset(EVERYTHING, EBE);
    const instance = await readInstance(bufferSource(concatBytes([metaOf(EBE.uid), plain])));
    const deflated = concatBytes(
      await Array.fromAsync(transcodeInstance(instance, DeflatedExplicitVrLittleEndian)),
    );
    expect(deflated.byteLength % 2).toBe(0);
    const again = await readInstance(
      bufferSource(concatBytes([metaOf(DeflatedExplicitVrLittleEndian.uid), deflated])),
    );
    expect(concatBytes(await Array.fromAsync(transcodeInstance(again, EBE)))).toEqual(plain);
  });

  it('keeps the form of lengths of sequences, and makes the defined ones right', async () => {
    for (const open of [false, true]) {
      const inner = (encoding: TransferSyntax) =>
        rawSequence(Tag.ReferencedImageSequence, [raw(Tag.TextValue, 'UT', 'text', encoding)], {
          encoding,
          open,
        });
      const outer = (encoding: TransferSyntax) =>
        rawSequence(Tag.SourceImageSequence, [inner(encoding), inner(encoding)], {
          encoding,
          open: !open,
        });
      expect(await convert(outer(ELE), ELE, ILE)).toEqual(outer(ILE));
      expect(await convert(outer(ILE), ILE, EBE)).toEqual(outer(EBE));
    }
  });

  it('goes through sequences 20,000 deep', async () => {
    const open = rawSequence(Tag.ReferencedImageSequence, [new Uint8Array()], { open: true });
    const bytes = concatBytes([
      ...Array.from({ length: 20_000 }, () => open.subarray(0, 20)),
      raw(Tag.CodeMeaning, 'LO', 'deep'),
      ...Array.from({ length: 20_000 }, () => open.subarray(20)),
    ]);
    const there = await convert(bytes, ELE, EBE);
    expect(Buffer.compare(await convert(there, EBE, ELE), bytes)).toBe(0);
  });

  it('leaves UN as it is, with the implicit items within it, also within another sequence', async () => {
    const un = (encoding: TransferSyntax, open: boolean) =>
      concatBytes([
        raw(0x00091001, 'UN', 'abcd', encoding),
        rawSequence(Tag.ReferencedImageSequence, [raw(Tag.Rows, 'US', 'ab', ILE)], {
          vr: 'UN',
          open,
          encoding,
        }),
      ]);
    for (const open of [false, true]) {
      expect(await convert(un(ELE, open), ELE, EBE)).toEqual(un(EBE, open));
      expect(await convert(un(ELE, open), ELE, ILE)).toEqual(un(ILE, open));
      const outer = (encoding: TransferSyntax) =>
        rawSequence(Tag.SourceImageSequence, [un(encoding, open)], { encoding });
      expect(await convert(outer(EBE), EBE, ELE)).toEqual(outer(ELE));
    }
  });

  it('keeps the VRs of private elements, and has none to give where there were none', async () => {
    const block = (encoding: TransferSyntax, vr: 'SS' | 'UN') =>
      concatBytes([
        raw(0x00290010, 'LO', 'ACME', encoding),
        raw(0x00291001, vr, encoding === EBE && vr === 'SS' ? '\x01\x02' : '\x02\x01', encoding),
      ]);
    expect(await convert(block(ELE, 'SS'), ELE, EBE)).toEqual(block(EBE, 'SS'));
    expect(await convert(block(ELE, 'SS'), ELE, ILE)).toEqual(block(ILE, 'SS'));
    expect(await convert(block(ILE, 'SS'), ILE, EBE)).toEqual(block(EBE, 'UN'));
  });

  it('writes a value as UN when it is too long for the two bytes of its length', async () => {
    const value = (length: number) => Uint8Array.from({ length }, (_, i) => i % 251);
    for (const [length, vr] of [
      [65_534, 'US'],
      [65_536, 'UN'],
    ] as const) {
      const there = await convert(raw(Tag.SelectorUSValue, 'US', value(length), ILE), ILE, EBE);
      // The bytes of UN are not turned.
      const bytes = vr === 'UN' ? value(length) : swapBytes(value(length), 2);
      expect(Buffer.compare(there, raw(Tag.SelectorUSValue, vr, bytes, EBE))).toBe(0);
      const back = await convert(there, EBE, ILE);
      expect(back).toEqual(raw(Tag.SelectorUSValue, 'US', value(length), ILE));
    }
  });

  it('pads odd values, and leaves out the lengths of groups', async () => {
    const odd = concatBytes([
      raw(0x00080000, 'UL', Uint8Array.of(9, 0, 0, 0)),
      raw(0x00080001, 'UL', Uint8Array.of(9, 0, 0, 0)),
      raw(Tag.Manufacturer, 'LO', 'ACM'),
      raw(Tag.SOPInstanceUID, 'UI', '1.2'),
    ]);
    const even = [
      raw(Tag.Manufacturer, 'LO', 'ACM ', EBE),
      raw(Tag.SOPInstanceUID, 'UI', '1.2\0', EBE),
    ];
    expect(await convert(odd, ELE, EBE)).toEqual(concatBytes(even));
  });

  it('refuses encapsulated pixel data and damaged data sets', async () => {
    const encapsulated = concatBytes([
      elementHeader(Tag.PixelData, 'OB', 0xffffffff, ELE),
      Uint8Array.of(0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0),
    ]);
    await expect(convert(encapsulated, ELE, ILE)).rejects.toMatchObject({ code: 'encapsulated' });
    const cut = raw(Tag.Manufacturer, 'LO', 'ACME').slice(0, -1);
    await expect(convert(cut, ELE, ILE)).rejects.toMatchObject({ code: 'damaged' });
  });
});

describe('The VR of what is read without one', () => {
  const padding = (word: number) => raw(Tag.PixelPaddingValue, 'US', Uint8Array.of(0, word), ILE);
  const sign = (value: number) => raw(Tag.PixelRepresentation, 'US', Uint8Array.of(value, 0), ILE);
  const vrOf = async (bytes: Bytes, isSigned?: boolean) => {
    const { dataset } = await read(bytes, ILE);
    return explicitVrOf(dataset.elements[0]!, dataset, isSigned);
  };

  it('follows Pixel Representation where it is US or SS', async () => {
    expect(await vrOf(padding(0x80), false)).toBe('US');
    expect(await vrOf(padding(0x80), true)).toBe('SS');
  });

  it('is UN where nothing tells the sign and it matters, US where it does not', async () => {
    expect(await vrOf(padding(0x80))).toBe('UN');
    expect(await vrOf(padding(0x7f))).toBe('US');
  });

  it('is taken from the enclosing data set in an item, and from what stands behind', async () => {
    const lut = (encoding: TransferSyntax, vr: 'US' | 'SS') =>
      rawSequence(
        Tag.ModalityLUTSequence,
        [raw(Tag.LUTDescriptor, vr, Uint8Array.of(1, 0, 0, 0x80, 16, 0), encoding)],
        { encoding },
      );
    for (const [value, vr] of [
      [0, 'US'],
      [1, 'SS'],
    ] as const) {
      const implicit = [padding(0x80), sign(value), lut(ILE, 'US')];
      const explicit = [
        raw(Tag.PixelPaddingValue, vr, Uint8Array.of(0, 0x80)),
        raw(Tag.PixelRepresentation, 'US', Uint8Array.of(value, 0)),
        lut(ELE, vr),
      ];
      expect(await convert(concatBytes(implicit), ILE, ELE)).toEqual(concatBytes(explicit));
    }
  });

  it('is words for pixels, overlays, waveforms and lookup tables', async () => {
    for (const tag of [Tag.PixelData, 0x60003000, Tag.WaveformData, Tag.LUTData]) {
      expect(await vrOf(raw(tag, 'OW', 'abcd', ILE))).toBe('OW');
    }
  });
});

describe('A data set that is written anew while it comes', () => {
  const LARGE = 3 * 1024 * 1024 + 2;

  it('is the same as one that is read as a whole, with large values at its end and in the middle', async () => {
    const fields = {
      ...EVERYTHING,
      [Tag.SelectorOWValue]: { vr: 'OW' as const, value: new Uint8Array(LARGE).fill(1) },
      [Tag.PixelData]: {
        vr: 'OW' as const,
        value: Uint8Array.from({ length: LARGE }, (_, i) => i % 251),
      },
      0xfffcfffc: { vr: 'OB' as const, value: new Uint8Array(8) },
    };
    const bytes = encodeDataset(fields, ELE);
    for (const to of [ILE, EBE]) {
      const streamed = await Array.fromAsync(
        transcodeStream(inChunks(bytes, 99_991), bytes.byteLength, ELE, to),
      );
      expect(Buffer.compare(concatBytes(streamed), await convert(bytes, ELE, to))).toBe(0);
    }
  });

  it('remembers from an earlier part whether pixels are signed', async () => {
    const build = (encoding: TransferSyntax, vr: 'US' | 'SS') =>
      concatBytes([
        raw(Tag.PixelRepresentation, 'US', Uint8Array.of(1, 0), encoding),
        raw(Tag.RedPaletteColorLookupTableData, 'OW', new Uint8Array(LARGE), encoding),
        raw(Tag.LargestPixelValueInSeries, vr, Uint8Array.of(0, 0x80), encoding),
      ]);
    const bytes = build(ILE, 'US');
    const chunks = transcodeStream(inChunks(bytes, 99_991), bytes.byteLength, ILE, ELE);
    const streamed = concatBytes(await Array.fromAsync(chunks));
    expect(Buffer.compare(streamed, build(ELE, 'SS'))).toBe(0);
  });

  it('is refused when more would have to be held than its bound, and when it is cut off', async () => {
    const item = raw(Tag.SelectorOWValue, 'OW', new Uint8Array(8 * 1024 * 1024));
    const sequence = rawSequence(
      Tag.SourceImageSequence,
      Array.from({ length: 9 }, () => item),
    );
    const all = (bytes: Bytes, length: number) =>
      Array.fromAsync(transcodeStream(inChunks(bytes, 2 ** 20), length, ELE, ILE));
    await expect(all(sequence, sequence.byteLength)).rejects.toThrow(RangeError);
    await expect(all(item, item.byteLength + 20)).rejects.toThrow();
    await expect(all(item.subarray(0, -20), item.byteLength - 20)).rejects.toThrow(TranscodeError);
  });

  it('of more than 4 GiB passes in bounded memory', { timeout: 60_000 }, async () => {
    const small = encodeDataset({ [Tag.Rows]: 7 }, ELE);
    const valueBytes = 0xfffffff0;
    const headers = [
      elementHeader(Tag.SelectorOWValue, 'OW', valueBytes, ELE),
      elementHeader(Tag.PixelData, 'OW', valueBytes, ELE),
    ];
    const zeros = new Uint8Array(1024 * 1024);
    const parts: Bytes[] = [small];
    const value = Array.from({ length: Math.ceil(valueBytes / zeros.byteLength) }, (_, i) =>
      zeros.subarray(0, Math.min(zeros.byteLength, valueBytes - i * zeros.byteLength)),
    );
    for (const header of headers) parts.push(header, ...value);
    const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
    async function* chunks(): AsyncGenerator<Bytes> {
      for (const part of parts) yield await Promise.resolve(part);
    }
    let out = 0;
    let most = 0;
    for await (const chunk of transcodeStream(chunks(), length, ELE, ILE)) {
      out += chunk.byteLength;
      most = Math.max(most, chunk.byteLength);
    }
    // Each of the two long headers is 4 bytes shorter without a VR.
    expect(out).toBe(length - 8);
    expect(most).toBeLessThanOrEqual(2 * 1024 * 1024);
  });
});

describe('Large values of a source that can be read anywhere', () => {
  it('are turned in windows, none of them read twice', async () => {
    const bytes = encodeDataset(
      { [Tag.PixelData]: { vr: 'OW', value: Uint8Array.from({ length: 5_000_001 }, (_, i) => i) } },
      ELE,
    );
    const inner = bufferSource(bytes);
    const reads: number[] = [];
    const source: ByteSource = {
      size: inner.size,
      read: (offset, length) => {
        reads.push(length);
        return inner.read(offset, length);
      },
    };
    const { explicitVr, littleEndian } = ELE;
    const parsed = await readDataset(inner, {
      explicitVr,
      littleEndian,
      start: 0,
      end: bytes.byteLength,
      maxValueBytes: 1024,
    });
    const chunks = await Array.fromAsync(transcodedBytes(transcodeDataset(parsed, EBE), source));
    expect(Math.max(...reads)).toBe(1024 * 1024);
    expect(reads.reduce((sum, length) => sum + length, 0)).toBe(bytes.byteLength - 12);
    expect(Buffer.compare(concatBytes(chunks), await convert(bytes, ELE, EBE))).toBe(0);
    expect(Buffer.compare(await convert(concatBytes(chunks), EBE, ELE), bytes)).toBe(0);
  });
});
