import { describe, expect, it } from 'vitest';
import { decodeText } from './character-set.ts';
import { WRITABLE_CHARACTER_SETS, characterSetOf, encodeText } from './encode-text.ts';
import type { WritableCharacterSet } from './encode-text.ts';

const NAMES: Readonly<Record<WritableCharacterSet, string>> = {
  'ISO_IR 192': 'Wang^XiaoDong=王^小东=',
  'ISO_IR 100': 'Äneas^Rüdiger',
  'ISO_IR 101': 'Wałęsa^Świętosława',
  'ISO_IR 109': 'Ħaż-Żebbuġ',
  'ISO_IR 110': 'Ģirts^Ķēniņš',
  'ISO_IR 148': 'İğdır^Ş',
  'ISO_IR 203': 'Œuvre^Žofie',
  'ISO_IR 126': 'Διονυσιος',
  'ISO_IR 144': 'Люкceмбypг',
  'ISO_IR 127': 'قباني^لنزار',
  'ISO_IR 138': 'שרון^דבורה',
  'ISO_IR 166': 'สมชาย',
  'ISO_IR 13': 'ﾔﾏﾀﾞ^ﾀﾛｳ',
  'ISO 2022 IR 87': 'Yamada^Tarou=山田^太郎=やまだ^たろう',
  'ISO 2022 IR 149': 'Hong^Gildong=洪^吉洞=홍^길동',
  'ISO 2022 IR 58': 'Zhang^XiaoDong=张^小东=',
  GB18030: 'Wang^XiaoDong=王^小东=',
  GBK: 'Wang^XiaoDong=王^小东=',
};

describe('encodeText', () => {
  it.each(WRITABLE_CHARACTER_SETS)('writes in %s what decoding gives back', (term) => {
    const bytes = encodeText(NAMES[term], term, true)!;
    expect(decodeText(bytes, characterSetOf(term), 'PN')).toBe(NAMES[term]);
  });

  it('writes Japanese as the example of PS3.5 section H.3.1 does', () => {
    const hex = `59616d6164615e5461726f753d1b2442 3b33 4544 1b2842 5e 1b2442 4240 4f3a 1b2842 3d
      1b2442 2464 245e 2440 1b2842 5e 1b2442 243f 246d 2426 1b2842`.replace(/\s/g, '');
    const bytes = encodeText(NAMES['ISO 2022 IR 87'], 'ISO 2022 IR 87', true)!;
    expect(Buffer.from(bytes).toString('hex')).toBe(hex);
  });

  it('writes Korean as the example of PS3.5 section I.2 does', () => {
    const hex = `486f6e675e47696c646f6e673d1b242943 fbf3 5e1b242943 d1ce d4d7 3d1b242943 c8ab 5e
      1b242943 b1e6 b5bf`.replace(/\s/g, '');
    const bytes = encodeText(NAMES['ISO 2022 IR 149'], 'ISO 2022 IR 149', true)!;
    expect(Buffer.from(bytes).toString('hex')).toBe(hex);
  });

  it('writes a character of four bytes in GB18030', () => {
    const bytes = encodeText('\u3ffd', 'GB18030', false)!;
    expect(bytes).toHaveLength(4);
    expect(decodeText(bytes, ['GB18030'], 'LO')).toBe('\u3ffd');
  });

  it.each<[string, WritableCharacterSet]>([
    ['Ω', 'ISO_IR 100'],
    ['€', 'ISO_IR 100'],
    ['ü', 'ISO 2022 IR 87'],
    ['山', 'ISO_IR 144'],
    ['\u3ffd', 'GBK'],
  ])('says that %s is not in %s', (character, term) => {
    expect(encodeText(`A${character}B`, term, true)).toBeUndefined();
  });

  it('designates again behind each value of a list', () => {
    const bytes = encodeText('길\\동', 'ISO 2022 IR 149', false)!;
    expect(decodeText(bytes, ['', 'ISO 2022 IR 149'], 'LO')).toBe('길\\동');
    expect([...bytes].filter((byte) => byte === 0x1b)).toHaveLength(2);
  });
});
