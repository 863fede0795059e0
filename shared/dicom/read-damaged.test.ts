import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bufferSource, type ByteSource } from './byte-source.ts';
import {
  concatBytes,
  elementHeader,
  encodeDataset,
  encodeFileMeta,
  encodePart10,
  itemHeader,
} from './encode.ts';
import { inflateDataset } from './inflate.ts';
import { NotDicomError, readInstance } from './read-instance.ts';
import { bytesOf, corpusFiles } from './testing/corpus.ts';
import { ascii, raw, rawSequence } from './testing/raw-element.ts';
import { ITEM } from './tag.ts';
import * as Tag from './tags.generated.ts';
import {
  DeflatedExplicitVrLittleEndian,
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
} from './uids.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const META = {
  sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
  sopInstanceUid: '1.9.1',
  transferSyntaxUid: ExplicitVrLittleEndian.uid,
};
const FIELDS = {
  [Tag.SOPClassUID]: META.sopClassUid,
  [Tag.PatientName]: 'Doe^Jane',
  [Tag.Rows]: 4,
  [Tag.PixelData]: { vr: 'OW' as const, value: new Uint8Array(32) },
};

const parse = (bytes: Bytes) => readInstance(bufferSource(bytes));

/** A generator of numbers that are the same in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('What is no DICOM is refused with a message that says so:', () => {
  const random = randomNumbers(7);
  const noise = Uint8Array.from({ length: 5000 }, () => Math.floor(random() * 256));
  const CASES: readonly (readonly [string, Bytes, RegExp])[] = [
    ['an empty file', new Uint8Array(), /empty/],
    ['three bytes', Uint8Array.of(8, 0, 5), /not a DICOM file/],
    ['a text', ascii('Patient list\nDoe, Jane\n'.repeat(40)), /not a DICOM file/],
    [
      'a PNG',
      concatBytes([Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), new Uint8Array(400)]),
      /not a DICOM file/,
    ],
    ['zeros', new Uint8Array(4096), /not a DICOM file/],
    ['noise', noise, /not a DICOM file/],
    [
      'a prefix with nothing behind it',
      concatBytes([new Uint8Array(128), ascii('DICM')]),
      /no transfer syntax/,
    ],
  ];
  for (const [what, bytes, message] of CASES) {
    it(what, async () => {
      await expect(parse(bytes)).rejects.toThrow(NotDicomError);
      await expect(parse(bytes)).rejects.toThrow(message);
    });
  }
});

describe('A data set is recognised', () => {
  for (const syntax of [ExplicitVrLittleEndian, ImplicitVrLittleEndian, ExplicitVrBigEndian]) {
    it(`without preamble and meta information, in ${syntax.name}`, async () => {
      const { dataset, transferSyntaxUid, problems } = await parse(encodeDataset(FIELDS, syntax));
      expect(transferSyntaxUid).toBe(syntax.uid);
      expect(dataset.string(Tag.PatientName)).toBe('Doe^Jane');
      expect(dataset.number(Tag.Rows)).toBe(4);
      expect(problems).toEqual([]);
    });

    it(`under meta information that names another syntax, in ${syntax.name}`, async () => {
      const other =
        syntax === ImplicitVrLittleEndian ? ExplicitVrLittleEndian : ImplicitVrLittleEndian;
      for (const named of [other, ExplicitVrLittleEndian]) {
        const bytes = concatBytes([
          encodeFileMeta({ ...META, transferSyntaxUid: named.uid }),
          encodeDataset(FIELDS, syntax),
        ]);
        const { dataset, transferSyntaxUid, problems } = await parse(bytes);
        expect(transferSyntaxUid).toBe(syntax.uid);
        expect(dataset.number(Tag.Rows)).toBe(4);
        expect(problems).toHaveLength(named === syntax ? 0 : 1);
      }
    });
  }

  it('when it is deflated, with junk behind the stream', async () => {
    const inner = encodeDataset(FIELDS, ExplicitVrLittleEndian);
    const meta = encodeFileMeta({ ...META, transferSyntaxUid: DeflatedExplicitVrLittleEndian.uid });
    for (const behind of [new Uint8Array(), new Uint8Array(1), ascii('junk')]) {
      const bytes = concatBytes([meta, new Uint8Array(deflateRawSync(inner)), behind]);
      const { dataset, isComplete } = await parse(bytes);
      expect(dataset.number(Tag.Rows)).toBe(4);
      expect(isComplete).toBe(true);
    }
  });

  it('not when its deflated stream is cut off or broken', async () => {
    const random = randomNumbers(3);
    const value = Uint8Array.from({ length: 4000 }, () => Math.floor(random() * 256));
    const inner = encodeDataset(
      { ...FIELDS, [Tag.PixelData]: { vr: 'OB', value } },
      ExplicitVrLittleEndian,
    );
    const deflated = new Uint8Array(deflateRawSync(inner));
    const meta = encodeFileMeta({ ...META, transferSyntaxUid: DeflatedExplicitVrLittleEndian.uid });
    for (const length of [0, 1, 100, deflated.length - 20, deflated.length - 1]) {
      const outcome = await parse(concatBytes([meta, deflated.slice(0, length)])).catch(
        (error: unknown) => error,
      );
      if (outcome instanceof NotDicomError) expect(outcome.message).toMatch(/damaged/);
      else expect(outcome, `cut at ${length}`).toMatchObject({ isComplete: false });
    }
  });

  it('not when it would inflate beyond the bound', () => {
    const bomb = new Uint8Array(deflateRawSync(new Uint8Array(50_000_000)));
    expect(() => inflateDataset(bomb, 1_000_000)).toThrow(/larger than 1000000/);
  });
});

describe('What odd writers do is read', () => {
  it('odd lengths, wrong group lengths, padding behind the data set', async () => {
    const bytes = concatBytes([
      encodeFileMeta(META),
      raw(0x00080000, 'UL', Uint8Array.of(0xff, 0xff, 0, 0)),
      raw(Tag.Manufacturer, 'LO', 'ACM'),
      raw(Tag.PatientName, 'PN', 'Doe^Jane'),
      new Uint8Array(5),
    ]);
    const { dataset, isComplete } = await parse(bytes);
    expect(dataset.string(Tag.Manufacturer)).toBe('ACM');
    expect(dataset.string(Tag.PatientName)).toBe('Doe^Jane');
    expect(isComplete).toBe(true);
  });

  it('a sequence in UN, of either length form, that is implicit in an explicit data set', async () => {
    const inner = raw(Tag.CodeMeaning, 'UN', 'text', ImplicitVrLittleEndian);
    for (const open of [false, true]) {
      const bytes = concatBytes([
        encodeFileMeta(META),
        rawSequence(Tag.ReferencedImageSequence, [inner], { vr: 'UN', open }),
      ]);
      const { dataset } = await parse(bytes);
      expect(dataset.items(Tag.ReferencedImageSequence)[0]?.string(Tag.CodeMeaning)).toBe('text');
    }
  });

  it('sequences 5,000 deep, of either length form', async () => {
    const open = rawSequence(Tag.ReferencedImageSequence, [new Uint8Array()], { open: true });
    const parts = [
      ...Array.from({ length: 5000 }, () => open.subarray(0, 20)),
      raw(Tag.CodeMeaning, 'LO', 'deep'),
      ...Array.from({ length: 5000 }, () => open.subarray(20)),
    ];
    const { dataset, isComplete } = await parse(concatBytes([encodeFileMeta(META), ...parts]));
    let inner = dataset;
    let depth = 0;
    for (; inner.items(Tag.ReferencedImageSequence)[0]; depth++)
      inner = inner.items(Tag.ReferencedImageSequence)[0]!;
    expect(depth).toBe(5000);
    expect(inner.string(Tag.CodeMeaning)).toBe('deep');
    expect(isComplete).toBe(true);
  });

  it('zeros behind the elements, as padding or as what was never filled in', async () => {
    const header = concatBytes([encodeFileMeta(META), raw(Tag.PatientName, 'PN', 'Doe^Jane')]);
    const pixels = raw(Tag.PixelData, 'OW', 'abcd');
    const cases: readonly (readonly [readonly Bytes[], number, boolean])[] = [
      [[header], 512, true],
      [[header], 100_000, false],
      [[header, pixels], 100_000, true],
      [[encodeFileMeta(META)], 512, false],
    ];
    for (const [parts, zeros, isWhole] of cases) {
      const { dataset, isComplete, problems } = await parse(
        concatBytes([...parts, new Uint8Array(zeros)]),
      );
      expect(isComplete).toBe(isWhole);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/zeros/);
      expect(dataset.elements.every(({ tag }) => tag !== 0)).toBe(true);
    }
  });

  it('zeros within an item, behind which the rest is read', async () => {
    const bytes = concatBytes([
      encodeFileMeta(META),
      rawSequence(Tag.ReferencedImageSequence, [new Uint8Array(4000)]),
      raw(Tag.PatientName, 'PN', 'Doe^Jane'),
    ]);
    const { dataset, isComplete } = await parse(bytes);
    expect(isComplete).toBe(false);
    expect(dataset.items(Tag.ReferencedImageSequence)[0]?.elements).toEqual([]);
    expect(dataset.string(Tag.PatientName)).toBe('Doe^Jane');
  });

  it('elements by the million, as far as memory is meant to go', async () => {
    const count = 2_100_000;
    const one = raw(Tag.Manufacturer, 'LO', '');
    const bytes = new Uint8Array(count * one.length);
    for (let at = 0; at < bytes.length; at += one.length) bytes.set(one, at);
    const { dataset, isComplete, problems } = await parse(
      concatBytes([encodeFileMeta(META), bytes]),
    );
    expect(dataset.elements).toHaveLength(2_000_000);
    expect(isComplete).toBe(false);
    expect(problems.at(-1)).toMatch(/more than 2000000 elements/);
  });

  it('a header that is cut off is damage, not padding', async () => {
    const { isComplete } = await parse(
      concatBytes([encodePart10(META, FIELDS, ExplicitVrLittleEndian), ascii('\x88\0\0\x02LO')]),
    );
    expect(isComplete).toBe(false);
  });
});

describe('A damaged file', () => {
  it('is not complete when an item claims more than its sequence has', async () => {
    const sequence = rawSequence(Tag.ReferencedImageSequence, [raw(Tag.CodeMeaning, 'LO', 'text')]);
    sequence[16] = 40;
    const { isComplete } = await parse(
      concatBytes([encodeFileMeta(META), sequence, raw(Tag.PatientName, 'PN', 'Doe^Jane')]),
    );
    expect(isComplete).toBe(false);
  });

  it('never makes the reader ask for more than there is, whatever length is claimed', async () => {
    const claims = [
      elementHeader(Tag.PixelData, 'OB', 0xfffffffe, ExplicitVrLittleEndian),
      concatBytes([
        elementHeader(Tag.ReferencedImageSequence, 'SQ', 0xfffffff0, ExplicitVrLittleEndian),
        itemHeader(ITEM, 0xffffff00, true),
      ]),
      concatBytes([
        elementHeader(Tag.PixelData, 'OB', 0xffffffff, ExplicitVrLittleEndian),
        itemHeader(ITEM, 0xfffffff0, true),
      ]),
    ];
    for (const claim of claims) {
      const bytes = concatBytes([encodeFileMeta(META), raw(Tag.Manufacturer, 'LO', 'ACME'), claim]);
      let most = 0;
      const source: ByteSource = {
        size: bytes.length,
        read: (offset, length) => {
          most = Math.max(most, offset + length);
          return Promise.resolve(bytes.subarray(offset, offset + length));
        },
      };
      const { isComplete, dataset } = await readInstance(source);
      expect(isComplete).toBe(false);
      expect(dataset.string(Tag.Manufacturer)).toBe('ACME');
      expect(most).toBeLessThanOrEqual(bytes.length);
    }
  });

  it(
    'is read or refused within bounds, with bytes changed at random',
    { timeout: 60_000 },
    async () => {
      const small = corpusFiles().filter(({ size }) => size < 30_000);
      const seeds =
        small.length > 0
          ? small.map(bytesOf)
          : [encodePart10(META, FIELDS, ExplicitVrLittleEndian)];
      const random = randomNumbers(42);
      for (let round = 0; round < 1500; round++) {
        const bytes = seeds[round % seeds.length]!.slice();
        for (let change = 0; change < 1 + (round % 8); change++) {
          const at = Math.floor(random() * Math.min(bytes.length, 4000));
          bytes[at] = random() < 0.3 ? 0xff : Math.floor(random() * 256);
        }
        const started = performance.now();
        try {
          const { problems } = await parse(bytes);
          expect(problems.length).toBeLessThanOrEqual(50);
        } catch (error) {
          expect(error, `round ${round}`).toBeInstanceOf(NotDicomError);
        }
        expect(performance.now() - started).toBeLessThan(2000);
      }
    },
  );
});
