import type { CharacterSet } from './character-set.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** How the characters beyond ASCII are written; decoding them is the browser's and Node's own knowledge. */
type Repertoire =
  | { readonly kind: 'utf-8' }
  /** One byte each, from 0xA0: below, WHATWG's decoders know more than the ISO sets. */
  | { readonly kind: 'single'; readonly label: string }
  /** Two bytes each, or four in GB18030. */
  | { readonly kind: 'multiple'; readonly label: 'gbk' | 'gb18030' }
  /** 94×94 sets behind an escape sequence (PS3.3 table C.12-4), in G0 with 7 bits or in G1 with 8. */
  | {
      readonly kind: 'extension';
      readonly half: 'G0' | 'G1';
      readonly escape: string;
      readonly label: 'euc-jp' | 'euc-kr' | 'gbk';
    };

const single = (label: string): Repertoire => ({ kind: 'single', label });

/** By defined term (PS3.3 section C.12.1.1.2). Those with code extensions stand behind ASCII as the first set. */
const REPERTOIRES = {
  'ISO_IR 192': { kind: 'utf-8' },
  'ISO_IR 100': single('iso-8859-1'),
  'ISO_IR 101': single('iso-8859-2'),
  'ISO_IR 109': single('iso-8859-3'),
  'ISO_IR 110': single('iso-8859-4'),
  'ISO_IR 148': single('windows-1254'),
  'ISO_IR 203': single('iso-8859-15'),
  'ISO_IR 126': single('iso-8859-7'),
  'ISO_IR 144': single('iso-8859-5'),
  'ISO_IR 127': single('iso-8859-6'),
  'ISO_IR 138': single('iso-8859-8'),
  'ISO_IR 166': single('windows-874'),
  'ISO_IR 13': single('shift_jis'),
  'ISO 2022 IR 87': { kind: 'extension', half: 'G0', escape: '\x1b$B', label: 'euc-jp' },
  'ISO 2022 IR 149': { kind: 'extension', half: 'G1', escape: '\x1b$)C', label: 'euc-kr' },
  'ISO 2022 IR 58': { kind: 'extension', half: 'G1', escape: '\x1b$)A', label: 'gbk' },
  GB18030: { kind: 'multiple', label: 'gb18030' },
  GBK: { kind: 'multiple', label: 'gbk' },
} as const satisfies Record<string, Repertoire>;

export type WritableCharacterSet = keyof typeof REPERTOIRES;

/** Terms that text can be written in. */
// A cast: the keys of our own table.
export const WRITABLE_CHARACTER_SETS = Object.keys(REPERTOIRES) as WritableCharacterSet[];

/** The value of Specific Character Set for text that `encodeText` writes with a term. */
export const characterSetOf = (term: WritableCharacterSet): CharacterSet =>
  REPERTOIRES[term].kind === 'extension' ? ['', term] : [term];

/**
 * Writes text in a character set, code extensions included (PS3.5 section 6.1.2.5).
 * @returns undefined when the set lacks one of the characters
 */
export function encodeText(
  text: string,
  term: WritableCharacterSet,
  isPersonName: boolean,
): Bytes | undefined {
  const repertoire: Repertoire = REPERTOIRES[term];
  if (repertoire.kind === 'utf-8') return new TextEncoder().encode(text);
  const bytes: number[] = [];
  const extension = repertoire.kind === 'extension' ? repertoire : undefined;
  let isDesignated = false;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isAscii = code < 0x80;
    const written = isAscii ? [code] : codesOf(repertoire).get(character);
    if (!written) return undefined;
    if (extension && !isAscii && !isDesignated) {
      bytes.push(...asciiCodes(extension.escape));
      isDesignated = true;
    } else if (extension?.half === 'G0' && isAscii && isDesignated) {
      bytes.push(...asciiCodes(ASCII_IN_G0));
      isDesignated = false;
    }
    bytes.push(...written);
    // What follows a delimiter is designated anew (PS3.5 section 6.1.2.5.3).
    if (isAscii && isDelimiter(character, isPersonName)) isDesignated = false;
  }
  if (extension?.half === 'G0' && isDesignated) bytes.push(...asciiCodes(ASCII_IN_G0));
  return Uint8Array.from(bytes);
}

const ASCII_IN_G0 = '\x1b(B';

const asciiCodes = (text: string) => Array.from(text, (character) => character.charCodeAt(0));

const isDelimiter = (character: string, isPersonName: boolean) =>
  '\\\n\r\f\t'.includes(character) || (isPersonName && '^='.includes(character));

const tables = new Map<Repertoire, ReadonlyMap<string, readonly number[]>>();

/** Made when first needed, by decoding every code there is. */
function codesOf(
  repertoire: Exclude<Repertoire, { kind: 'utf-8' }>,
): ReadonlyMap<string, readonly number[]> {
  let table = tables.get(repertoire);
  if (!table) {
    table = invert(repertoire);
    tables.set(repertoire, table);
  }
  return table;
}

function invert(
  repertoire: Exclude<Repertoire, { kind: 'utf-8' }>,
): Map<string, readonly number[]> {
  const table = new Map<string, readonly number[]>();
  const decoder = new TextDecoder(repertoire.label, { fatal: true });
  for (const code of allCodes(repertoire)) {
    let character: string;
    try {
      character = decoder.decode(Uint8Array.from(code));
    } catch {
      // No character has this code.
      continue;
    }
    const isOne = Array.from(character).length === 1 && character >= '\xa0';
    if (!isOne || table.has(character)) continue;
    const isSevenBit = repertoire.kind === 'extension' && repertoire.half === 'G0';
    table.set(character, isSevenBit ? code.map((byte) => byte & 0x7f) : code);
  }
  return table;
}

function* allCodes(repertoire: Exclude<Repertoire, { kind: 'utf-8' }>): Generator<number[]> {
  if (repertoire.kind === 'single') {
    for (let byte = 0xa0; byte <= 0xff; byte++) yield [byte];
    return;
  }
  const [lead, trail] = repertoire.kind === 'extension' ? [0xa1, 0xa1] : [0x81, 0x40];
  for (let first = lead; first <= 0xfe; first++) {
    for (let second = trail; second <= 0xfe; second++) yield [first, second];
  }
  if (repertoire.label !== 'gb18030') return;
  // The rest of the Basic Multilingual Plane has four bytes each, in the order of Unicode.
  const LAST = 39_419;
  for (let at = 0; at <= LAST; at++) {
    const [a, b, c, d] = [at / 12_600, (at / 1260) % 10, (at / 10) % 126, at % 10].map(Math.floor);
    yield [0x81 + (a ?? 0), 0x30 + (b ?? 0), 0x81 + (c ?? 0), 0x30 + (d ?? 0)];
  }
}
