import { describe, expect, it } from 'vitest';
import { encodeDataset, type Fields } from './encode.ts';
import * as Tag from './tags.generated.ts';
import { ExplicitVrLittleEndian } from './uids.ts';
import { allowsCount, bytesProblem, numbersProblem, textProblem } from './value-rules.ts';
import { isText, VALUE_REPRESENTATIONS, type Vr } from './vr.ts';

const x = (count: number, letter = 'X') => letter.repeat(count);

/** Values on both sides of each limit of PS3.5 table 6.2-1. */
const CASES: Partial<Readonly<Record<Vr, { readonly good: string[]; readonly bad: string[] }>>> = {
  AE: {
    good: ['GANTRY', x(16), ' A B ', 'a~!'],
    bad: [x(17), '   ', 'Ä', 'A\n', 'A\x1b'],
  },
  AS: {
    good: ['018M', '000D', '999Y', '012W', '018M\\019M'],
    bad: ['18M', '0180M', '018m', '018', '018M ', 'M'],
  },
  CS: {
    good: ['ORIGINAL', x(16), 'A_1 B', ' A ', 'A\\B', ''],
    bad: [x(17), 'original', 'A-B', 'A.B', 'Ä', 'A\t'],
  },
  DA: {
    good: ['20240229', '00010101', '19991231\\20000101'],
    bad: [
      '20230229',
      '20241301',
      '20240001',
      '20240100',
      '2024.01.01',
      '202401',
      '20240101 ',
      '20240101-',
    ],
  },
  DS: {
    good: ['1', '-1.5', '+.5', '1.', ' 1e-300 ', '1234567890123456', '1\\\\2', '1E5'],
    bad: ['12345678901234567', '1,5', '.', 'e5', '1e', 'NaN', '0x1', '1 2', '--1'],
  },
  DT: {
    good: [
      '2024',
      '202402',
      '20240229',
      '2024022923',
      '20240229235960',
      '20240229235959.123456',
      '20240229235959.123456+1400',
      '2024-1200',
      '2024+0000',
      '20240229235959.1 ',
    ],
    bad: [
      '20230229',
      '202413',
      '2024022924',
      '20240229236',
      '20240229235961',
      '20240229235959.1234567',
      '2024-0000',
      '2024-1201',
      '2024+1401',
      '2024+0060',
      '202402.5',
      '20240229235959.123456+1400 ',
    ],
  },
  IS: {
    good: ['0', '-2147483648', '2147483647', '+12', ' 7 ', '1\\2', '000000000001'],
    bad: ['-2147483649', '2147483648', '1.0', '1e3', '+', '0000000000001', '1 2'],
  },
  LO: {
    good: [x(64), x(64, 'ü'), x(64, '𠮷'), 'a\x1b$B'],
    bad: [x(65), 'a\nb', 'a\x7f', 'a\x85b'],
  },
  LT: { good: [x(10_240), 'a\\b\t\n\f\r', '\x1b'], bad: [x(10_241), 'a\x00b', 'a\x0bb', 'a\x9b'] },
  PN: {
    good: [
      'Doe^Jane',
      'A^B^C^D^E',
      x(64),
      `${x(64)}=${x(64, '山')}=${x(64)}`,
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
      'A\\B',
    ],
    bad: ['A^B^C^D^E^F', x(65), `A=${x(65)}`, 'A=B=C=D', 'A\nB', 'A\x00'],
  },
  SH: { good: [x(16), x(16, '山'), `${x(16)}\\${x(16)}`], bad: [x(17), 'a\r'] },
  ST: { good: [x(1024), 'a\\b\n'], bad: [x(1025), 'a\x07'] },
  TM: {
    good: ['00', '23', '2359', '235959', '235960', '235959.1', '235959.123456', '10 '],
    bad: [
      '24',
      '2360',
      '235961',
      '235959.1234567',
      '1',
      '123',
      '23:59',
      '1200.5',
      '235959.123456  ',
    ],
  },
  UC: { good: [x(100_000), 'a\\b'], bad: ['a\nb', 'a\x00'] },
  UI: {
    good: ['1.2', '2.25.0', `1.${x(62, '1')}`, '1.2\\1.3', '0.0'],
    bad: [`1.${x(63, '1')}`, '1', '1.02', '1..2', '.1', '1.2.', '1.2a', '1.2 ', '1.-2'],
  },
  UR: {
    good: ['https://example.org/a?b=c#d', 'about:blank', 'a%20b ', 'x,y;z'],
    bad: [' https://a', 'a b', 'a"b', 'ä', 'a\\b', 'a\n'],
  },
  UT: { good: [x(100_000), 'a\\b\t\n\f\r'], bad: ['a\x00', 'a\x0b'] },
};

describe('A text is held to the rules of its VR:', () => {
  const textVrs = VALUE_REPRESENTATIONS.filter((vr) => isText(vr));

  it.each(textVrs)('%s, on both sides of each limit', (vr) => {
    const { good = [], bad = [] } = CASES[vr] ?? {};
    expect(good.length).toBeGreaterThan(0);
    expect(good.filter((text) => textProblem(vr, text) !== undefined)).toEqual([]);
    expect(bad.filter((text) => textProblem(vr, text) === undefined)).toEqual([]);
  });

  it.each(textVrs)('%s may be empty, alone and among others', (vr) => {
    expect(textProblem(vr, '')).toBeUndefined();
    const [good = ''] = CASES[vr]?.good ?? [];
    if (!['LT', 'ST', 'UR', 'UT'].includes(vr)) {
      expect(textProblem(vr, `\\${good}\\`)).toBeUndefined();
    }
  });

  it.each(textVrs)('what is said of %s repeats nothing of the value', (vr) => {
    for (const text of CASES[vr]?.bad ?? []) {
      if (text.trim().length > 2) expect(textProblem(vr, text)).not.toContain(text.trim());
    }
  });
});

describe('Numbers are held to the rules of their VR:', () => {
  const LIMITS: readonly (readonly [Vr, bigint, bigint])[] = [
    ['US', 0n, 65_535n],
    ['SS', -32_768n, 32_767n],
    ['UL', 0n, 4_294_967_295n],
    ['SL', -2_147_483_648n, 2_147_483_647n],
    ['UV', 0n, 18_446_744_073_709_551_615n],
    ['SV', -9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
    ['AT', 0n, 4_294_967_295n],
    ['OB', 0n, 255n],
    ['OW', 0n, 65_535n],
    ['OL', 0n, 4_294_967_295n],
    ['OV', 0n, 18_446_744_073_709_551_615n],
  ];
  it.each(LIMITS)('%s from %s to %s', (vr, least, most) => {
    expect(numbersProblem(vr, [least, most])).toBeUndefined();
    expect(numbersProblem(vr, [0, least - 1n])).toMatch(/is beyond what \d bytes hold/);
    expect(numbersProblem(vr, [0, most + 1n])).toMatch(/is beyond what \d bytes hold/);
    expect(numbersProblem(vr, [0.5])).toBe('is no integer');
    expect(numbersProblem(vr, ['1'])).toMatch(/text/);
  });

  it('FL, FD, OF and OD hold any number', () => {
    for (const vr of ['FL', 'FD', 'OF', 'OD'] as const) {
      expect(numbersProblem(vr, [0.1, Number.NaN, -Infinity, 1e300])).toBeUndefined();
      expect(numbersProblem(vr, ['1'])).toMatch(/text/);
    }
  });

  it('bytes are whole numbers of their width, but for words, which are padded', () => {
    for (const [vr, width] of [
      ['US', 2],
      ['AT', 4],
      ['OL', 4],
      ['OD', 8],
      ['SV', 8],
    ] as const) {
      expect(bytesProblem(vr, 3 * width)).toBeUndefined();
      expect(bytesProblem(vr, 3 * width + 1)).toBe(`is no whole number of ${width} bytes`);
    }
    expect([bytesProblem('OB', 3), bytesProblem('OW', 3), bytesProblem('LO', 3)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('The number of values', () => {
  it.each<[string, number[], number[]]>([
    ['1', [0, 1], [2, 3]],
    ['2', [0, 2], [1, 3]],
    ['1-3', [0, 1, 3], [4]],
    ['2-4', [2, 4], [1, 5]],
    ['1-n', [1, 2, 1000], []],
    ['2-n', [2, 3], [1]],
    ['2-2n', [2, 4, 6], [1, 3]],
    ['3-3n', [3, 6], [1, 4]],
    ['1-99', [99], [100]],
    ['1-n or 1', [1, 5], []],
  ])('%s allows %j and not %j', (vm, allowed, refused) => {
    expect(allowed.filter((count) => !allowsCount(vm, count))).toEqual([]);
    expect(refused.filter((count) => allowsCount(vm, count))).toEqual([]);
  });
});

describe('The encoder for new data sets', () => {
  const write = (fields: Fields, check?: 'as they are') =>
    encodeDataset(fields, ExplicitVrLittleEndian, check);
  const FAULTS: readonly (readonly [Fields, RegExp])[] = [
    [{ [Tag.StudyDate]: '19700231' }, /^A value of StudyDate \(0008,0020\), VR DA, is no date/],
    [{ [Tag.Rows]: 65_536 }, /Rows .* is beyond what 2 bytes hold/],
    [{ [Tag.Rows]: [1, 2] }, /Rows .* is one of 2 where 1 may be/],
    [{ [Tag.Manufacturer]: 'A\\B' }, /Manufacturer .* is one of 2 where 1 may be/],
    [{ [Tag.ImageType]: 'ORIGINAL' }, /ImageType .* is one of 1 where 2-n may be/],
    [{ [Tag.SelectorFDValue]: { vr: 'FD', value: new Uint8Array(9) } }, /whole number of 8 bytes/],
    [{ 0x00091001: { vr: 'CS', value: 'lower' } }, /\(0009,1001\), VR CS, holds characters other/],
    [
      { [Tag.ReferencedImageSequence]: [{ [Tag.ReferencedSOPInstanceUID]: 'none' }] },
      /ReferencedSOPInstanceUID .* is no UID/,
    ],
  ];

  it.each(FAULTS)('refuses %j, and says which rule it breaks', (fields, message) => {
    expect(() => write(fields)).toThrow(RangeError);
    expect(() => write(fields)).toThrow(message);
  });

  it('writes what breaks the rules where it is told to: the keys of a query, a file of others', () => {
    for (const [fields] of FAULTS) expect(() => write(fields, 'as they are')).not.toThrow();
  });

  it('takes a text with backslashes for one value where its VR has one', () => {
    expect(() =>
      write({ [Tag.PatientComments]: 'a\\b\\c', [Tag.ImageComments]: '' }),
    ).not.toThrow();
  });
});
