import { DICTIONARY } from './dictionary.generated.ts';
import { elementOf, formatTag, groupOf, isGroupLength, isPrivate, type TagNumber } from './tag.ts';
import { isVr, type Vr } from './vr.ts';

/** A row of the data dictionary (PS3.6 chapters 6 to 8). */
export interface DictionaryEntry {
  readonly keyword: string;
  readonly name: string;
  /** The first of the VRs that the standard allows. */
  readonly vr: Vr;
  readonly vm: string;
  readonly retired: boolean;
}

interface Tables {
  readonly byTag: ReadonlyMap<TagNumber, DictionaryEntry>;
  readonly byKeyword: ReadonlyMap<string, TagNumber>;
  /** Rows for repeating groups and elements: a tag matches when it equals `value` under `mask`. */
  readonly repeating: readonly { mask: number; value: number; entry: DictionaryEntry }[];
}

let tables: Tables | undefined;

/** Parsed on first use: most programs that import this module look up few tags, some none. */
function load(): Tables {
  if (tables) return tables;
  const byTag = new Map<TagNumber, DictionaryEntry>();
  const byKeyword = new Map<string, TagNumber>();
  const repeating: { mask: number; value: number; entry: DictionaryEntry }[] = [];
  for (const line of DICTIONARY.split('\n')) {
    const [tag = '', keyword = '', vr = '', vm = '', retired = '', name = ''] = line.split('|');
    const entry = {
      keyword,
      name,
      vr: isVr(vr) ? vr : 'UN',
      vm,
      retired: retired === 'R',
    } as const;
    if (tag.includes('x')) {
      repeating.push({
        mask: parseInt(tag.replace(/[^x]/g, 'f').replace(/x/g, '0'), 16) >>> 0,
        value: parseInt(tag.replace(/x/g, '0'), 16) >>> 0,
        entry,
      });
    } else {
      byTag.set(parseInt(tag, 16) >>> 0, entry);
      byKeyword.set(keyword, parseInt(tag, 16) >>> 0);
    }
  }
  tables = { byTag, byKeyword, repeating };
  return tables;
}

/** The tag of a keyword such as "PatientID"; undefined for those of repeating groups, too. */
export const tagOfKeyword = (keyword: string): TagNumber | undefined =>
  load().byKeyword.get(keyword);

/** All keywords that name one attribute. */
export const dictionaryKeywords = (): Iterable<string> => load().byKeyword.keys();

/** What PS3.6 says of a tag; undefined for private and unknown ones. */
export function dictionaryEntry(tag: TagNumber): DictionaryEntry | undefined {
  if (isPrivate(tag)) return undefined;
  const { byTag, repeating } = load();
  const entry = byTag.get(tag);
  if (entry) return entry;
  return repeating.find(({ mask, value }) => (tag & mask) >>> 0 === value)?.entry;
}

/** (gggg,0010-00FF) reserves a block of private elements for a creator (PS3.5 section 7.8.1). */
export const isPrivateCreator = (tag: TagNumber): boolean =>
  isPrivate(tag) && elementOf(tag) >= 0x10 && elementOf(tag) <= 0xff;

/** Pixel Data; LUT Data, and Gray Lookup Table Data (retired): "OB or OW" and "US or OW" in PS3.6. */
const IMPLICIT_WORDS: ReadonlySet<TagNumber> = new Set([0x7fe00010, 0x00283006, 0x00281200]);

/**
 * The VR of an element that is encoded without one (PS3.5 section 6.2.2 and annex A.1): the dictionary's, LO for
 * a private creator, UL for a group length, UN for what isn't known.
 */
export function implicitVr(tag: TagNumber): Vr {
  const entry = dictionaryEntry(tag);
  if (entry) {
    // Implicit VR has words, never bytes, where the dictionary leaves the choice (PS3.5 annex A.1).
    const group = groupOf(tag);
    const isWords =
      IMPLICIT_WORDS.has(tag) || (group >= 0x5000 && group < 0x6100 && entry.vr === 'OB');
    return isWords ? 'OW' : entry.vr;
  }
  if (isGroupLength(tag)) return 'UL';
  return isPrivateCreator(tag) ? 'LO' : 'UN';
}

/** "PatientName (0010,0010)", or the tag alone where the dictionary has no keyword. */
export function describeTag(tag: TagNumber): string {
  const entry = dictionaryEntry(tag);
  return entry ? `${entry.keyword} ${formatTag(tag)}` : formatTag(tag);
}

/**
 * The same for bytes that may be no tag at all: where a file is damaged, a number that no dictionary knows may be a part of
 * a text, which no message repeats.
 */
export const describeFoundTag = (tag: TagNumber, offset: number): string =>
  dictionaryEntry(tag) ? describeTag(tag) : `An unknown element at offset ${offset}`;
