import { charactersOf, MAX_SHORT } from './ascii.ts';
import { isSingleText, type Vr } from './vr.ts';

/** The terms of Specific Character Set (0008,0005); an empty list or first term is the default repertoire. */
export type CharacterSet = readonly string[];

/** Single-byte sets and sets without code extensions (PS3.3 C.12.1.1.2, tables C.12-2, C.12-3, C.12-5), by WHATWG label. */
const WHATWG_LABELS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '': 'iso-8859-1',
    'ISO_IR 6': 'iso-8859-1',
    'ISO_IR 13': 'shift_jis',
    'ISO_IR 100': 'iso-8859-1',
    'ISO_IR 101': 'iso-8859-2',
    'ISO_IR 109': 'iso-8859-3',
    'ISO_IR 110': 'iso-8859-4',
    'ISO_IR 126': 'iso-8859-7',
    'ISO_IR 127': 'iso-8859-6',
    'ISO_IR 138': 'iso-8859-8',
    'ISO_IR 144': 'iso-8859-5',
    'ISO_IR 148': 'windows-1254',
    'ISO_IR 166': 'windows-874',
    'ISO_IR 203': 'iso-8859-15',
    'ISO_IR 192': 'utf-8',
    GB18030: 'gb18030',
    GBK: 'gbk',
  }),
);

/** Terms of Specific Character Set that are read without code extensions; "" is the default repertoire. */
export const PLAIN_CHARACTER_SETS: readonly string[] = [...WHATWG_LABELS.keys()];

/** What an escape sequence designates (PS3.3 tables C.12-3 and C.12-4): which half of the code, and how it is read. */
interface Designation {
  readonly half: 'G0' | 'G1';
  readonly label: string;
  readonly bytesPerCharacter: 1 | 2;
  /** JIS X 0212 is the third plane of EUC-JP, announced by 0x8F. */
  readonly prefix?: number;
}

const g0 = (label: string, bytesPerCharacter: 1 | 2 = 1, prefix?: number): Designation =>
  prefix === undefined
    ? { half: 'G0', label, bytesPerCharacter }
    : { half: 'G0', label, bytesPerCharacter, prefix };
const g1 = (label: string, bytesPerCharacter: 1 | 2 = 1): Designation => ({
  half: 'G1',
  label,
  bytesPerCharacter,
});

const ESCAPES: readonly (readonly [string, Designation])[] = [
  ['(B', g0('iso-8859-1')],
  ['(J', g0('shift_jis')],
  [')I', g1('shift_jis')],
  ['$B', g0('euc-jp', 2)],
  ['$@', g0('euc-jp', 2)],
  ['$(D', g0('euc-jp', 2, 0x8f)],
  ['$)C', g1('euc-kr', 2)],
  ['$)A', g1('gbk', 2)],
  ['-A', g1('iso-8859-1')],
  ['-B', g1('iso-8859-2')],
  ['-C', g1('iso-8859-3')],
  ['-D', g1('iso-8859-4')],
  ['-F', g1('iso-8859-7')],
  ['-G', g1('iso-8859-6')],
  ['-H', g1('iso-8859-8')],
  ['-L', g1('iso-8859-5')],
  ['-M', g1('windows-1254')],
  ['-T', g1('windows-874')],
  ['-b', g1('iso-8859-15')],
];

const ESC = 0x1b;
const decoders = new Map<string, TextDecoder>();

function decode(label: string, bytes: Uint8Array<ArrayBuffer>): string {
  let decoder = decoders.get(label);
  if (!decoder) {
    decoder = new TextDecoder(label);
    decoders.set(label, decoder);
  }
  return decoder.decode(bytes);
}

/** "ISO 2022 IR 100" and "ISO_IR 100" name the same set, with and without code extensions. */
const withoutExtensions = (term: string): string => term.replace(/^ISO 2022 IR /, 'ISO_IR ');

/** Sets that can't be extended (PS3.3 table C.12-5): an escape sequence in them is none, and low bytes end characters. */
const WHOLE: ReadonlySet<string> = new Set(['utf-8', 'gb18030', 'gbk']);

/** Multi-byte sets in G1 that some writers name alone and don't designate: they are taken for active from the start. */
const UNDESIGNATED: ReadonlyMap<string, string> = new Map([
  ['ISO 2022 IR 149', 'euc-kr'],
  ['ISO 2022 IR 58', 'gbk'],
]);

const ONLY_EXTENSIONS: ReadonlySet<string> = new Set([
  'ISO 2022 IR 87',
  'ISO 2022 IR 159',
  ...UNDESIGNATED.keys(),
]);

/** False for a term that isn't defined: its bytes are then shown as Latin 1. */
export const isKnownCharacterSet = (term: string): boolean =>
  WHATWG_LABELS.has(withoutExtensions(term)) || ONLY_EXTENSIONS.has(term);

const isHigh = (byte: number | undefined) => byte !== undefined && byte >= 0x80;

/** Padding of UIDs, and what is printed: the same in each set, and no escape. Most values are short and no more. */
function isPlainAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x7f || (byte < 0x20 && byte !== 0)) return false;
  return true;
}

/**
 * Decodes a text value in its character set, code extensions included (PS3.5 section 6.1.2.5). What ends a designation
 * depends on the VR: each control character, a backslash where it separates values, "^" and "=" in a person name.
 */
export function decodeText(
  bytes: Uint8Array<ArrayBuffer>,
  characterSet: CharacterSet,
  vr: Vr,
): string {
  if (bytes.length <= MAX_SHORT && isPlainAscii(bytes)) return charactersOf(bytes);
  const first = characterSet[0] ?? '';
  const initial = WHATWG_LABELS.get(withoutExtensions(first)) ?? 'iso-8859-1';
  const isPlain = characterSet.length <= 1 || !bytes.some(isHigh);
  if (WHOLE.has(initial) || (isPlain && !bytes.includes(ESC) && !UNDESIGNATED.has(first))) {
    return decode(initial, bytes);
  }
  const delimiters = (isSingleText(vr) ? '' : '\\') + (vr === 'PN' ? '^=' : '');
  return new ExtendedText(first, initial, delimiters).decode(bytes);
}

/** Text with code extensions: which set each half of the code has, as it goes along. */
class ExtendedText {
  readonly #first: readonly [Designation, Designation];
  readonly #delimiters: ReadonlySet<number>;
  #low: Designation;
  #high: Designation;

  constructor(first: string, initial: string, delimiters: string) {
    this.#first = [
      g0(initial === 'shift_jis' ? 'shift_jis' : 'iso-8859-1'),
      g1(UNDESIGNATED.get(first) ?? initial),
    ];
    [this.#low, this.#high] = this.#first;
    this.#delimiters = new Set(Array.from(delimiters, (character) => character.charCodeAt(0)));
  }

  decode(bytes: Uint8Array<ArrayBuffer>): string {
    const parts: string[] = [];
    for (let at = 0; at < bytes.length;) {
      if (bytes[at] === ESC) {
        const [designation, length] = designationAt(bytes, at + 1);
        if (designation?.half === 'G0') this.#low = designation;
        if (designation?.half === 'G1') this.#high = designation;
        at += 1 + length;
        continue;
      }
      const end = isHigh(bytes[at]) ? endOfHigh(bytes, at) : this.#endOfLow(bytes, at);
      const run = bytes.subarray(at, end);
      if (isHigh(run[0])) parts.push(decode(this.#high.label, run));
      else if (this.#low.bytesPerCharacter === 2) parts.push(doubleByte(run, this.#low));
      else parts.push(decode(this.#low.label, run));
      // What follows a delimiter is in the first character set again (PS3.5 section 6.1.2.5.3).
      if (this.#isDelimiter(run[run.length - 1])) [this.#low, this.#high] = this.#first;
      at = end;
    }
    return parts.join('');
  }

  /** Low bytes end at an escape sequence, a high byte, or behind a delimiter. */
  #endOfLow(bytes: Uint8Array, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      if (bytes[at] === ESC || isHigh(bytes[at])) return at;
      if (this.#isDelimiter(bytes[at])) return at + 1;
    }
    return bytes.length;
  }

  /** In a set of two bytes "\\", "^" and "=" are halves of characters; control characters never are. */
  #isDelimiter(byte: number | undefined): boolean {
    if (byte === undefined || isHigh(byte)) return false;
    return byte < 0x20 || (this.#low.bytesPerCharacter === 1 && this.#delimiters.has(byte));
  }
}

function endOfHigh(bytes: Uint8Array, start: number): number {
  let end = start + 1;
  while (isHigh(bytes[end])) end++;
  return end;
}

function designationAt(bytes: Uint8Array, at: number): [Designation | undefined, number] {
  for (const [sequence, designation] of ESCAPES) {
    let matches = true;
    for (let i = 0; i < sequence.length; i++) {
      if (bytes[at + i] !== sequence.charCodeAt(i)) matches = false;
    }
    if (matches) return [designation, sequence.length];
  }
  return [undefined, 0];
}

/** 94×94 sets in G0 are the EUC code with the high bits off. */
function doubleByte(run: Uint8Array, designation: Designation): string {
  const euc: number[] = [];
  for (let i = 0; i < run.length; i++) {
    const byte = run[i] ?? 0;
    // Space and control characters stand between the pairs, not in them.
    if (byte <= 0x20) {
      euc.push(byte);
      continue;
    }
    if (designation.prefix !== undefined) euc.push(designation.prefix);
    euc.push(byte | 0x80, (run[++i] ?? 0x20) | 0x80);
  }
  return decode(designation.label, Uint8Array.from(euc));
}
