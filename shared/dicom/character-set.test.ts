import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bufferSource } from './byte-source.ts';
import { decodeText, isKnownCharacterSet } from './character-set.ts';
import { readInstance } from './read-instance.ts';
import { bytesOf, corpusFiles } from './testing/corpus.ts';
import { hasDcmtk } from './testing/dcmdump.ts';
import * as Tag from './tags.generated.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'));

/** Examples of PS3.5 annexes H to K, edition 2026d: terms of Specific Character Set, the bytes, the name. */
const EXAMPLES: readonly (readonly [string, string[], string, string])[] = [
  [
    'H.3.1, Japanese with one G0 set',
    ['', 'ISO 2022 IR 87'],
    `59616d6164615e5461726f753d 1b2442 3b33 4544 1b2842 5e 1b2442 4240 4f3a 1b2842 3d
     1b2442 2464 245e 2440 1b2842 5e 1b2442 243f 246d 2426 1b2842`,
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
  ],
  [
    'H.3.2, Japanese with half-width katakana',
    ['ISO 2022 IR 13', 'ISO 2022 IR 87'],
    `d4cfc0de5ec0dbb33d 1b2442 3b33 4544 1b284a 5e 1b2442 4240 4f3a 1b284a 3d
     1b2442 2464 245e 2440 1b284a 5e 1b2442 243f 246d 2426 1b284a`,
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
  ],
  [
    'I.2, Korean',
    ['', 'ISO 2022 IR 149'],
    '486f6e675e47696c646f6e673d 1b242943 fbf3 5e 1b242943 d1ce d4d7 3d 1b242943 c8ab 5e 1b242943 b1e6 b5bf',
    'Hong^Gildong=洪^吉洞=홍^길동',
  ],
  [
    'J.1, Chinese in UTF-8',
    ['ISO_IR 192'],
    '57616e675e5869616f446f6e673de78e8b5ee5b08fe69db13d',
    'Wang^XiaoDong=王^小東=',
  ],
  [
    'J.2, Chinese in GB18030',
    ['GB18030'],
    '57616e675e5869616f446f6e673dcdf55ed0a1b6ab3d',
    'Wang^XiaoDong=王^小东=',
  ],
  [
    'J.3, Chinese in GBK, with a traditional character',
    ['GBK'],
    '57616e675e5869616f446f6e673dcdf55ed0a1967c3d',
    'Wang^XiaoDong=王^小東=',
  ],
  [
    'K.2, Chinese with code extensions',
    ['', 'ISO 2022 IR 58'],
    '5a68616e675e5869616f446f6e673d 1b242941 d5c5 5e 1b242941 d0a1 b6ab 3d',
    'Zhang^XiaoDong=张^小东=',
  ],
];

describe('Names are read as the standard prints them:', () => {
  for (const [name, terms, hex, expected] of EXAMPLES) {
    it(name, () => {
      expect(decodeText(bytes(hex), terms, 'PN')).toBe(expected);
    });
  }

  it('single-byte sets, with and without code extensions', () => {
    for (const [number, hex, expected] of [
      ['100', 'e9', 'é'],
      ['101', 'b1', 'ą'],
      ['109', 'f8', 'ĝ'],
      ['110', 'bf', 'ŋ'],
      ['144', 'bb', 'Л'],
      ['127', 'e2', 'ق'],
      ['126', 'c4', 'Δ'],
      ['138', 'f9', 'ש'],
      ['148', 'f0', 'ğ'],
      ['166', 'a1', 'ก'],
      ['203', 'a4', '€'],
      ['13', 'd4', 'ﾔ'],
    ]) {
      expect(decodeText(bytes(hex!), [`ISO_IR ${number}`], 'LO')).toBe(expected);
      expect(decodeText(bytes(hex!), [`ISO 2022 IR ${number}`], 'LO')).toBe(expected);
    }
  });

  it('a backslash within a two-byte character separates nothing', () => {
    expect(decodeText(bytes('965c'), ['GBK'], 'LO')).toHaveLength(1);
  });

  it('terms that nobody defined are said to be unknown', () => {
    expect(['ISO_IR 100', 'ISO 2022 IR 87', 'GBK', ''].every(isKnownCharacterSet)).toBe(true);
    expect(['ISO_IR 999', 'UTF-8', 'toString'].some(isKnownCharacterSet)).toBe(false);
  });
});

describe('Names in the collection of files', () => {
  const files = corpusFiles().filter(({ name }) =>
    /chr[A-Z][^/]*\.dcm$|\/SCS|ISO_IR13|issue49/.test(name),
  );
  /** Where DCMTK can't convert: what the standard's annexes give, or the file's documentation. */
  const KNOWN: Readonly<Record<string, string>> = {
    'chrH31.dcm': 'Yamada^Tarou=山田^太郎=やまだ^たろう',
    SCSH31: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
    'chrGB2312.dcm': 'Zhang^XiaoDong=张^小东=',
  };
  it.skipIf(files.length === 0 || !hasDcmtk())(
    'are those that dcmdump converts, or that are known',
    async () => {
      let compared = 0;
      for (const file of files) {
        const { dataset } = await readInstance(bufferSource(bytesOf(file)));
        const ours = dataset.text(Tag.PatientName);
        const known = KNOWN[file.name.split('/').at(-1) ?? ''];
        if (known !== undefined) {
          expect(ours, file.name).toBe(known);
        } else if (ours !== undefined) {
          const text = execFileSync('dcmdump', ['-q', '+U8', '+P', '0010,0010', file.path], {
            encoding: 'utf8',
          });
          expect(ours, file.name).toBe(/\[(.*)\]/.exec(text)?.[1]?.trimEnd());
        }
        compared++;
      }
      expect(compared).toBeGreaterThan(15);
    },
  );

  it.skipIf(files.length === 0)(
    'follow the character set of the item that they stand in',
    async () => {
      const file = files.find(({ name }) => name.endsWith('chrSQEncoding.dcm'))!;
      const { dataset } = await readInstance(bufferSource(bytesOf(file)));
      expect(dataset.items(Tag.RequestedProcedureCodeSequence)[0]?.text(Tag.PatientName)).toBe(
        'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
      );
    },
  );
});
