import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bufferSource } from './byte-source.ts';
import { decodeText, isKnownCharacterSet } from './character-set.ts';
import { concatBytes, encodeFileMeta } from './encode.ts';
import { readInstance } from './read-instance.ts';
import * as Tag from './tags.generated.ts';
import { ascii, raw } from './testing/raw-element.ts';
import { ExplicitVrLittleEndian } from './uids.ts';

/** A set of PS3.3 section C.12.1.1.2, edition 2026d, and what the iconv of the machine calls it. */
interface Table {
  readonly terms: readonly string[];
  /** Every code of the set, as it stands in a value of one character. */
  readonly codes: readonly (readonly number[])[];
  readonly iconv: string;
  /** The same code for iconv, where it wants another form. */
  readonly toIconv?: (code: readonly number[]) => readonly number[];
  /** Codes that browsers and iconv read as two characters of one shape, with both. */
  readonly shapes?: Readonly<Record<string, string>>;
}

const upper = Array.from({ length: 96 }, (_, i) => [0xa0 + i]);
const square = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, row) =>
    Array.from({ length: last - first + 1 }, (_, cell) => [first + row, first + cell]),
  ).flat();
/** Leads from 81, trails from 40 but for DEL. */
const twoBytes = Array.from({ length: 0x7e }, (_, lead) =>
  Array.from({ length: 0xbf }, (_, trail) => [0x81 + lead, 0x40 + trail]),
)
  .flat()
  .filter(([, trail]) => trail !== 0x7f);
const escaped = (escape: string, codes: readonly (readonly number[])[]) =>
  codes.map((code) => [0x1b, ...ascii(escape), ...code]);
const last = (count: number) => (code: readonly number[]) => code.slice(-count);

/** JIS X 0208 in browsers has the characters that Windows has for these codes. */
const JIS_SHAPES = {
  '—': '―', '〜': '～', '‖': '∥', '−': '－', '¢': '￠', '£': '￡', '¬': '￢', '\\': '＼', '¦': '￤', '‾': '￣', '~': '～', '¥': '￥',
}; // prettier-ignore

const SINGLE: readonly (readonly [string, string])[] = [
  ['100', 'ISO-8859-1'],
  ['101', 'ISO-8859-2'],
  ['109', 'ISO-8859-3'],
  ['110', 'ISO-8859-4'],
  ['144', 'ISO-8859-5'],
  ['127', 'ISO-8859-6'],
  ['126', 'ISO-8859-7'],
  ['138', 'ISO-8859-8'],
  ['148', 'ISO-8859-9'],
  ['203', 'ISO-8859-15'],
  ['166', 'TIS-620'],
];
const FINAL: Readonly<Record<string, string>> = {
  '100': '-A', '101': '-B', '109': '-C', '110': '-D', '144': '-L', '127': '-G', '126': '-F', '138': '-H', '148': '-M', '203': '-b', '166': '-T',
}; // prettier-ignore

const g0Jis = (code: readonly number[]) => [0x1b, 0x24, 0x42, ...code.slice(-2), 0x1b, 0x28, 0x42];

const TABLES: readonly Table[] = [
  ...SINGLE.flatMap(([number, iconv]): Table[] => [
    { terms: [`ISO_IR ${number}`], codes: upper, iconv },
    { terms: [`ISO 2022 IR ${number}`], codes: upper, iconv },
    {
      terms: ['', `ISO 2022 IR ${number}`],
      codes: escaped(FINAL[number] ?? '', upper),
      iconv,
      toIconv: last(1),
    },
  ]),
  ...[['ISO_IR 13'], ['ISO 2022 IR 13', 'ISO 2022 IR 87']].map((terms) => ({
    terms,
    codes: upper.slice(1, 64),
    iconv: 'SJIS',
  })),
  {
    terms: ['', 'ISO 2022 IR 13'],
    codes: escaped(')I', upper.slice(1, 64)),
    iconv: 'SJIS',
    toIconv: last(1),
  },
  {
    terms: ['', 'ISO 2022 IR 87'],
    codes: escaped('$B', square(0x21, 0x7e)),
    iconv: 'ISO-2022-JP',
    toIconv: g0Jis,
    shapes: JIS_SHAPES,
  },
  {
    terms: ['', 'ISO 2022 IR 159'],
    codes: escaped('$(D', square(0x21, 0x7e)),
    iconv: 'ISO-2022-JP-2',
    toIconv: (code) => [0x1b, 0x24, 0x28, 0x44, ...code.slice(-2), 0x1b, 0x28, 0x42],
    shapes: JIS_SHAPES,
  },
  {
    terms: ['', 'ISO 2022 IR 149'],
    codes: escaped('$)C', square(0xa1, 0xfe)),
    iconv: 'EUC-KR',
    toIconv: last(2),
    // Added in 1998 and 2002, behind the edition that DICOM names.
    shapes: { '€': '\ufffd', '®': '\ufffd', '㉾': '\ufffd' },
  },
  {
    terms: ['', 'ISO 2022 IR 58'],
    codes: escaped('$)A', square(0xa1, 0xfe)),
    iconv: 'GB2312',
    toIconv: last(2),
    shapes: { '―': '—', '・': '·' },
  },
  { terms: ['GBK'], codes: twoBytes, iconv: 'GBK' },
  {
    terms: ['GB18030'],
    codes: twoBytes,
    iconv: 'GB18030',
    // The edition of 2005, which browsers keep to, has no place for these in Unicode but the private one.
    shapes: {
      '\ue5e5': '\u3000',
      '𠂇': '\ue816',
      '𠂉': '\ue817',
      '𠃌': '\ue818',
      '𡗗': '\ue831',
      '𢦏': '\ue83b',
      '𤇾': '\ue855',
    },
  },
  {
    terms: ['GB18030'],
    codes: Array.from({ length: 4000 }, (_, i) => [
      0x81 + Math.floor(i / 1260),
      0x30 + (Math.floor(i / 126) % 10),
      0x81 + (i % 126),
      0x30 + (i % 10),
    ]),
    iconv: 'GB18030',
  },
  {
    terms: ['ISO_IR 192'],
    codes: ['é', 'Ω', '山', '한', '𠮷', '\u{10ffff}'].map((text) => [
      ...new TextEncoder().encode(text),
    ]),
    iconv: 'UTF-8',
  },
];

/** One character a line; a line is empty where iconv knows none. */
function iconv(from: string, codes: readonly (readonly number[])[]): string[] | undefined {
  const input = Buffer.from(codes.flatMap((code) => [...code, 0x0a]));
  const run = () =>
    execFileSync('iconv', ['-c', '-f', from, '-t', 'UTF-8'], { input, maxBuffer: 2 ** 28 });
  try {
    return run().toString('utf8').split('\n').slice(0, -1);
  } catch (error) {
    // With -c it ends with 1 where it left something out; what it wrote counts.
    const { status, stdout } = error as { status?: number; stdout?: Buffer };
    return status === 1 && stdout ? stdout.toString('utf8').split('\n').slice(0, -1) : undefined;
  }
}

describe('Every code of every defined set reads as iconv reads it:', () => {
  it.each(
    TABLES.map((table) => [`${table.terms.join('\\')} (${table.codes.length})`, table] as const),
  )('%s', (_, { terms, codes, iconv: name, toIconv, shapes = {} }) => {
    expect(terms.every(isKnownCharacterSet)).toBe(true);
    const theirs = iconv(name, toIconv ? codes.map(toIconv) : codes);
    expect(theirs).toHaveLength(codes.length);
    const different = codes.flatMap((code, i) => {
      const expected = theirs?.[i] ?? '';
      const ours = decodeText(Uint8Array.from(code), terms, 'LO');
      if (expected === '' || ours === expected || shapes[expected] === ours) return [];
      return [`${Buffer.from(code).toString('hex')} ${ours} ${expected}`];
    });
    expect(different).toEqual([]);
    // Enough of the codes have a character for the comparison to mean something.
    expect(theirs?.filter((text) => text !== '').length).toBeGreaterThan(codes.length / 4);
  });
});

describe('A designation ends', () => {
  const read = (
    bytes: readonly (string | readonly number[])[],
    terms: string[],
    vr: 'PN' | 'LO' | 'LT',
  ) =>
    decodeText(
      concatBytes(
        bytes.map((part) => (typeof part === 'string' ? ascii(part) : Uint8Array.from(part))),
      ),
      terms,
      vr,
    );
  const KOREAN = ['\x1b$)C', [0xfb, 0xf3]] as const;
  const BARE = [0xe9];
  const korean = ['ISO 2022 IR 100', 'ISO 2022 IR 149'];

  for (const delimiter of ['\n', '\r', '\f', '\t']) {
    it(`at ${JSON.stringify(delimiter)}, for each half`, () => {
      expect(read([...KOREAN, `${delimiter}ab`, BARE], korean, 'LT')).toBe(`洪${delimiter}abé`);
      expect(read(['\x1b$B', [0x3b, 0x33], `${delimiter}ab`], ['', 'ISO 2022 IR 87'], 'LT')).toBe(
        `山${delimiter}ab`,
      );
    });
  }

  it('at a backslash where it separates values, and not where it is a part of the text', () => {
    expect(read([...KOREAN, '\\ab', BARE], korean, 'LO')).toBe('洪\\abé');
    expect(read([...KOREAN, '\\ab', [0xfb, 0xf3]], korean, 'LT')).toBe('洪\\ab洪');
  });

  it('at "^" and "=" in a person name alone', () => {
    for (const delimiter of ['^', '=']) {
      expect(read([...KOREAN, `${delimiter}ab`, BARE], korean, 'PN')).toBe(`洪${delimiter}abé`);
      expect(read([...KOREAN, `${delimiter}ab`, [0xfb, 0xf3]], korean, 'LO')).toBe(
        `洪${delimiter}ab洪`,
      );
    }
  });

  it('not at the second half of a character that looks like a delimiter', () => {
    const terms = ['ISO 2022 IR 13', 'ISO 2022 IR 87'];
    for (const second of [0x5c, 0x5e, 0x3d]) {
      const text = read(['\x1b$B', [0x25, second], [0xd4], [0x3b, 0x33]], terms, 'PN');
      expect(Array.from(text)).toHaveLength(3);
      expect(text.endsWith('ﾔ山')).toBe(true);
    }
  });
});

describe('A value is not split in the middle of a character', () => {
  it.each([
    ['GBK', [0x95, 0x5c]],
    ['GB18030', [0x95, 0x5c]],
    ['GBK', [0x81, 0x5c]],
    // Shift JIS under the term of its half-width half, as Japanese writers have it.
    ['ISO_IR 13', [0x94, 0x5c]],
    ['ISO_IR 13', [0x83, 0x5c]],
  ] as const)('in %s, whose trail byte is a backslash (%j)', async (term, code) => {
    const value = concatBytes([Uint8Array.from(code), ascii('\\B'), Uint8Array.from(code)]);
    const bytes = concatBytes([
      encodeFileMeta({
        sopClassUid: '1.2',
        sopInstanceUid: '1.3',
        transferSyntaxUid: ExplicitVrLittleEndian.uid,
      }),
      raw(Tag.SpecificCharacterSet, 'CS', term),
      raw(Tag.OtherPatientNames, 'PN', value),
    ]);
    const { dataset } = await readInstance(bufferSource(bytes));
    const [first = '', second = '', ...more] = dataset.strings(Tag.OtherPatientNames);
    expect(more).toEqual([]);
    expect(Array.from(first)).toHaveLength(1);
    expect(first).not.toContain('\\');
    expect(second).toBe(`B${first}`);
  });

  it('in GBK with an escape character, which announces nothing there', () => {
    const text = decodeText(Uint8Array.of(0x95, 0x5c, 0x1b, 0x95, 0x5c), ['GBK'], 'LO');
    expect(Array.from(text)).toHaveLength(3);
  });
});

describe('What writers get wrong', () => {
  it('a Korean or Chinese set that is named alone and not designated is read', () => {
    expect(decodeText(Uint8Array.of(0xfb, 0xf3), ['ISO 2022 IR 149'], 'PN')).toBe('洪');
    expect(decodeText(Uint8Array.of(0xd5, 0xc5), ['ISO 2022 IR 58'], 'PN')).toBe('张');
  });

  it('an unknown term is said to be one, at every depth, and the bytes are kept', async () => {
    const value = Uint8Array.of(0xe1, 0xe2);
    for (const [term, problems] of [
      ['ISO_IR 999', 1],
      ['ISO_IR 100\\latin', 1],
      ['ISO_IR 100', 0],
      ['\\ISO 2022 IR 87', 0],
      ['', 0],
    ] as const) {
      const bytes = concatBytes([
        encodeFileMeta({
          sopClassUid: '1.2',
          sopInstanceUid: '1.3',
          transferSyntaxUid: ExplicitVrLittleEndian.uid,
        }),
        raw(Tag.SpecificCharacterSet, 'CS', term),
        raw(Tag.PatientName, 'PN', value),
      ]);
      const instance = await readInstance(bufferSource(bytes));
      expect(instance.problems, term).toHaveLength(problems);
      for (const problem of instance.problems) {
        expect(problem).toMatch(/SpecificCharacterSet \(0008,0005\) names a set that is not known/);
        expect(problem).not.toContain('999');
      }
      expect(instance.dataset.bytes(Tag.PatientName)).toEqual(value);
      expect(instance.isComplete).toBe(true);
    }
  });
});
