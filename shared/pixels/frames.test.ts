import { describe, expect, it } from 'vitest';
import { bufferSource } from '../dicom/byte-source.ts';
import {
  concatBytes,
  elementHeader,
  encodeFileMeta,
  encodeDataset,
  itemHeader,
  type Fields,
} from '../dicom/encode.ts';
import { readInstance, type ParsedInstance } from '../dicom/read-instance.ts';
import { ITEM, SEQUENCE_DELIMITATION } from '../dicom/tag.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { ExplicitVrBigEndian, ExplicitVrLittleEndian } from '../dicom/uids.ts';
import { decodeNative } from './decode-native.ts';
import { decodeRle } from './decode-rle.ts';
import { imageProblems, readFrame } from './frames.ts';
import { describeImage } from './image-description.ts';

const RLE = '1.2.840.10008.1.2.5';

const grey = (fields: Fields): Fields => ({
  [Tag.SamplesPerPixel]: 1,
  [Tag.PhotometricInterpretation]: 'MONOCHROME2',
  [Tag.Rows]: 2,
  [Tag.Columns]: 2,
  [Tag.BitsAllocated]: 8,
  [Tag.BitsStored]: 8,
  [Tag.HighBit]: 7,
  [Tag.PixelRepresentation]: 0,
  ...fields,
});

function parse(fields: Fields, tail: Uint8Array[], uid: string, littleEndian = true) {
  const encoding = littleEndian ? ExplicitVrLittleEndian : ExplicitVrBigEndian;
  const meta = { sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid: uid };
  const bytes = concatBytes([encodeFileMeta(meta), encodeDataset(fields, encoding), ...tail]);
  return readInstance(bufferSource(bytes));
}

const native = (fields: Fields, littleEndian = true): Promise<ParsedInstance> =>
  parse(
    grey(fields),
    [],
    (littleEndian ? ExplicitVrLittleEndian : ExplicitVrBigEndian).uid,
    littleEndian,
  );

const encapsulated = (fields: Fields, ...fragments: Uint8Array[]): Promise<ParsedInstance> => {
  const items = fragments.flatMap((fragment) => [
    itemHeader(ITEM, fragment.length, true),
    fragment,
  ]);
  const header = elementHeader(Tag.PixelData, 'OB', 0xffffffff, ExplicitVrLittleEndian);
  return parse(grey(fields), [header, ...items, itemHeader(SEQUENCE_DELIMITATION, 0, true)], RLE);
};

const offsets = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
const soi = (...rest: number[]) => Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 2, ...rest);

async function frameBytes(instance: ParsedInstance, index: number): Promise<number[]> {
  return Array.from(await readFrame(instance, describeImage(instance), index));
}

describe('native frames', () => {
  it('follow each other, and only the wanted one is read', async () => {
    const instance = await native({
      [Tag.NumberOfFrames]: '2',
      [Tag.PixelData]: { vr: 'OB', value: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    });
    const reads: number[] = [];
    const { source } = instance;
    const watched = {
      size: source.size,
      read: (at: number, length: number) => (reads.push(length), source.read(at, length)),
    };
    expect(await frameBytes({ ...instance, source: watched }, 1)).toEqual([5, 6, 7, 8]);
    expect(reads).toEqual([4]);
  });

  it('of 1 bit begin within a byte', async () => {
    const instance = await native({
      [Tag.NumberOfFrames]: '3',
      [Tag.BitsAllocated]: 1,
      [Tag.BitsStored]: 1,
      [Tag.HighBit]: 0,
      [Tag.PixelData]: { vr: 'OB', value: Uint8Array.of(0b0110_1001, 0b1111_0101) },
    });
    const image = describeImage(instance);
    const frames = [0, 1, 2].map(async (i) =>
      Array.from(decodeNative(await readFrame(instance, image, i), image).samples),
    );
    expect(await Promise.all(frames)).toEqual([
      [1, 0, 0, 1],
      [0, 1, 1, 0],
      [1, 0, 1, 0],
    ]);
  });

  it('of 8 bits in big endian words are turned, of an odd length too', async () => {
    const instance = await native(
      {
        [Tag.Rows]: 1,
        [Tag.Columns]: 3,
        [Tag.NumberOfFrames]: '2',
        [Tag.PixelData]: { vr: 'OW', value: Uint8Array.of(2, 1, 4, 3, 6, 5) },
      },
      false,
    );
    expect(await frameBytes(instance, 0)).toEqual([1, 2, 3]);
    expect(await frameBytes(instance, 1)).toEqual([4, 5, 6]);
  });

  it('have their sign and lose what lies above High Bit', async () => {
    const instance = await native({
      [Tag.BitsAllocated]: 16,
      [Tag.BitsStored]: 12,
      [Tag.HighBit]: 11,
      [Tag.PixelRepresentation]: 1,
      [Tag.PixelData]: { vr: 'OW', value: [0xffff, 0x0800, 0xf7ff, 0x0001] },
    });
    const image = describeImage(instance);
    const { samples } = decodeNative(await readFrame(instance, image, 0), image);
    expect(Array.from(samples)).toEqual([-1, -2048, 2047, 1]);
  });

  it('come out side by side when their colours lie in planes', async () => {
    const instance = await native({
      [Tag.Rows]: 1,
      [Tag.SamplesPerPixel]: 3,
      [Tag.PhotometricInterpretation]: 'RGB',
      [Tag.PlanarConfiguration]: 1,
      [Tag.PixelData]: { vr: 'OB', value: Uint8Array.of(1, 2, 3, 4, 5, 6) },
    });
    const image = describeImage(instance);
    const { samples } = decodeNative(await readFrame(instance, image, 0), image);
    expect(Array.from(samples)).toEqual([1, 3, 5, 2, 4, 6]);
  });

  it('that are cut short or too long are refused in words', async () => {
    const short = await native({
      [Tag.NumberOfFrames]: '2',
      [Tag.PixelData]: { vr: 'OB', value: Uint8Array.of(1, 2, 3, 4, 5, 6) },
    });
    expect(await frameBytes(short, 0)).toEqual([1, 2, 3, 4]);
    await expect(frameBytes(short, 1)).rejects.toThrow(/ends before frame 2 does: 2 bytes/);
    const long = await native({ [Tag.PixelData]: { vr: 'OB', value: new Uint8Array(8) } });
    expect(() => describeImage(long)).toThrow(/has 8 bytes, its attributes describe 4/);
  });
});

describe('what can’t be shown says why', () => {
  it.each([
    [{ [Tag.Rows]: 0 }, /Rows is missing or not above 0/],
    [{ [Tag.BitsStored]: 12 }, /12 bits up to bit 7 of 8/],
    [{ [Tag.BitsAllocated]: 12 }, /Bits Allocated is 12: 1, 8, 16 and 32 can be shown/],
    [{ [Tag.PhotometricInterpretation]: 'CMYK' }, /Interpretation CMYK is retired/],
    [{ [Tag.PhotometricInterpretation]: 'YBR_PARTIAL_420' }, /YBR_PARTIAL_420 is retired, or for/],
    [{ [Tag.PhotometricInterpretation]: 'JANE DOE' }, /is no term of the standard/],
    [{ [Tag.SamplesPerPixel]: 3 }, /Samples per Pixel is 3, MONOCHROME2 has 1/],
    [{ [Tag.NumberOfFrames]: '0' }, /Number of Frames is missing or not above 0/],
  ])('%j', async (fields, words) => {
    const instance = await native({
      [Tag.PixelData]: { vr: 'OB', value: Uint8Array.of(1, 2, 3, 4) },
      ...fields,
    });
    expect(() => describeImage(instance)).toThrow(words);
  });

  it('a transfer syntax by its name', async () => {
    const video = '1.2.840.10008.1.2.4.102';
    const instance = await parse(grey({}), [], video);
    expect(() => describeImage(instance)).toThrow(/no pixel data/);
    const item = elementHeader(Tag.PixelData, 'OB', 0xffffffff, ExplicitVrLittleEndian);
    const film = await parse(grey({}), [item, itemHeader(SEQUENCE_DELIMITATION, 0, true)], video);
    expect(() => describeImage(film)).toThrow(/The transfer syntax MPEG-4 AVC.* can't be decoded/);
  });
});

describe('encapsulated frames', () => {
  const [a, b, c] = [soi(1, 1), soi(2, 2), Uint8Array.of(3, 3)];

  it('are one fragment each when there are as many, whatever the offset table says', async () => {
    const instance = await encapsulated({ [Tag.NumberOfFrames]: '2' }, offsets(7, 9), a, b);
    expect(await frameBytes(instance, 1)).toEqual(Array.from(b));
  });

  it('are all fragments when there is one frame', async () => {
    const instance = await encapsulated({}, offsets(), a, c);
    expect(await frameBytes(instance, 0)).toEqual([...a, ...c]);
  });

  it('are told apart by the basic offset table', async () => {
    const table = offsets(0, 8 + a.length + 8 + c.length);
    const instance = await encapsulated({ [Tag.NumberOfFrames]: '2' }, table, a, c, c);
    expect(await frameBytes(instance, 0)).toEqual([...a, ...c]);
    expect(await frameBytes(instance, 1)).toEqual(Array.from(c));
  });

  it('are told apart by the extended offset table', async () => {
    const table = new Uint8Array(BigUint64Array.of(0n, BigInt(8 + a.length)).buffer);
    const fields = {
      [Tag.NumberOfFrames]: '2',
      [Tag.ExtendedOffsetTable]: { vr: 'OV' as const, value: table },
    };
    const instance = await encapsulated(fields, offsets(), a, c, c);
    expect(await frameBytes(instance, 1)).toEqual([...c, ...c]);
  });

  it('are told apart by their start markers when the table is wrong', async () => {
    const instance = await encapsulated({ [Tag.NumberOfFrames]: '2' }, offsets(0, 5), a, c, b);
    expect(await frameBytes(instance, 0)).toEqual([...a, ...c]);
    expect(await frameBytes(instance, 1)).toEqual(Array.from(b));
  });

  it('are there as far as there are fragments, and what is missing is named', async () => {
    const instance = await encapsulated({ [Tag.NumberOfFrames]: '3' }, offsets(), a, b);
    const image = describeImage(instance);
    expect(await frameBytes(instance, 1)).toEqual(Array.from(b));
    const words = 'The pixel data holds 2 frames, Number of Frames says 3.';
    await expect(frameBytes(instance, 2)).rejects.toThrow(words);
    expect(await imageProblems(instance, image)).toEqual([words]);
  });

  it('are the first ones when there are more streams than frames', async () => {
    for (const [frames, stream] of [
      ['1', a],
      ['2', b],
    ] as const) {
      const instance = await encapsulated({ [Tag.NumberOfFrames]: frames }, offsets(), a, b, a);
      expect(await frameBytes(instance, Number(frames) - 1)).toEqual(Array.from(stream));
      expect(await imageProblems(instance, describeImage(instance))).toEqual([
        `The pixel data holds 3 frames, Number of Frames says ${frames}.`,
      ]);
    }
  });

  it('that nothing tells apart are refused', async () => {
    const instance = await encapsulated({ [Tag.NumberOfFrames]: '2' }, offsets(), c, c, c);
    await expect(frameBytes(instance, 0)).rejects.toThrow(/can't be assigned to 2 frames/);
  });
});

it('decodes RLE of 32 bits, most significant byte first, with a run beyond the last pixel', async () => {
  const header = new Uint8Array(64);
  new Uint32Array(header.buffer).set([4, 64, 66, 68, 70]);
  // Four segments: runs of four 0x01, 0x02, 0x03, and a literal run that is one longer than the image.
  const segments = [0xfd, 1, 0xfd, 2, 0xfd, 3, 4, 4, 5, 6, 7, 8];
  const bytes = concatBytes([header, Uint8Array.from(segments)]);
  const instance = await encapsulated(
    { [Tag.BitsAllocated]: 32, [Tag.BitsStored]: 32, [Tag.HighBit]: 31 },
    offsets(),
    bytes,
  );
  const image = describeImage(instance);
  const { samples } = decodeRle(await readFrame(instance, image, 0), image);
  expect(Array.from(samples)).toEqual([0x01020304, 0x01020305, 0x01020306, 0x01020307]);
  const cut = bytes.subarray(0, bytes.length - 3);
  expect(() => decodeRle(new Uint8Array(cut), image)).toThrow(/cut short/);
});
