import { describe, expect, it } from 'vitest';
import {
  dictionaryEntry,
  dictionaryKeywords,
  tagOfKeyword,
} from '../../../shared/dicom/dictionary.ts';
import { concatBytes } from '../../../shared/dicom/encode.ts';
import { ascii, raw, rawSequence } from '../../../shared/dicom/testing/raw-element.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import {
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
} from '../../../shared/dicom/uids.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';
import { CLASS_UIDS } from './action.ts';
import { PROFILE_TABLE } from './profile-table.generated.ts';
import { Canaries } from './testing/canaries.ts';
import { isUnlistedText } from './strict-text.ts';
import { instanceFile } from './testing/instance.ts';
import { send } from './testing/run.ts';

const SYNTAXES = [ExplicitVrLittleEndian, ImplicitVrLittleEndian, ExplicitVrBigEndian];

/** Every row of the table with a tag of its own, and one of each that stands for many. */
const ROWS = PROFILE_TABLE.split('\n').map((line) => {
  const [tag = '', action = ''] = line.split('|');
  const hex =
    tag === 'private' ? '00111001' : tag.replace('50xxxxxx', '50003000').replace('60xx', '6000');
  return { row: tag, tag: parseInt(hex, 16), action };
});

/** A value for a VR that is valid and can be found again. */
function plant(canaries: Canaries, vr: Vr): string {
  switch (vr) {
    case 'DA':
      return canaries.date();
    case 'DT':
      return `${canaries.date()}120000`;
    case 'TM':
      return `12${canaries.figures().slice(0, 4)}.${canaries.figures().slice(2)}`;
    case 'UI':
      return canaries.uid();
    case 'DS':
    case 'IS':
      return canaries.figures();
    default:
      return canaries.text();
  }
}

const even = (text: string) => (text.length % 2 === 0 ? text : `${text} `);

type Place = (elements: Uint8Array, syntax: (typeof SYNTAXES)[number]) => Uint8Array<ArrayBuffer>;

const REFERENCED = Tag.ReferencedImageSequence;

function nested(
  element: Uint8Array,
  depth: number,
  syntax: (typeof SYNTAXES)[number],
  open: boolean,
) {
  let content = element;
  for (let i = 0; i < depth; i++) {
    content = rawSequence(REFERENCED, [content], {
      open: open === (i % 2 === 0),
      encoding: syntax,
    });
  }
  return Uint8Array.from(content);
}

const PLACES: readonly (readonly [string, Place])[] = [
  ['at the top', (element) => Uint8Array.from(element)],
  ['one deep', (element, syntax) => nested(element, 1, syntax, false)],
  ['four deep', (element, syntax) => nested(element, 4, syntax, true)],
  [
    'in a private sequence',
    (element, syntax) => rawSequence(0x00111010, [element], { encoding: syntax }),
  ],
];

describe('Each of the 657 rows of table E.1-1', () => {
  it('is there', () => {
    expect(ROWS).toHaveLength(657);
  });

  for (const syntax of SYNTAXES) {
    for (const [place, put] of PLACES) {
      it(`loses its value ${place}, in ${syntax.name}`, async () => {
        const canaries = new Canaries();
        // One file with all rows: what one leaves behind doesn't depend on the others.
        const elements = ROWS.filter(({ tag }) => tag !== Tag.SOPInstanceUID).map(({ tag }) => {
          const vr = dictionaryEntry(tag)?.vr ?? 'LO';
          const element =
            vr === 'SQ'
              ? rawSequence(tag, [raw(Tag.PatientID, 'LO', canaries.text(), syntax)], {
                  encoding: syntax,
                })
              : raw(tag, vr, even(plant(canaries, vr)), syntax);
          return { tag, element };
        });
        const withhold = new Set<number>([Tag.ContentSequence, Tag.EncapsulatedDocument]);
        const sendable = elements.filter(
          ({ tag }) => !withhold.has(tag) && !tag.toString(16).startsWith('60'),
        );
        const sent = await send(
          instanceFile({
            syntax,
            elements: [put(concatBytes(sendable.map(({ element }) => element)), syntax)],
          }),
        );
        if ('kind' in sent) expect.fail(sent.reason);
        expect(canaries.foundIn(sent.dataset)).toEqual([]);
      });
    }
  }

  it('loses its value one by one, encoded as UN', async () => {
    for (const { tag } of ROWS) {
      const canaries = new Canaries();
      const vr = dictionaryEntry(tag)?.vr ?? 'LO';
      if (vr === 'SQ' || tag === Tag.SOPInstanceUID) continue;
      const sent = await send(
        instanceFile({ elements: [raw(tag, 'UN', ascii(even(plant(canaries, vr))))] }),
      );
      if (!('kind' in sent)) expect(canaries.foundIn(sent.dataset), tag.toString(16)).toEqual([]);
    }
  });
});

/** VRs of which nothing stays that the table doesn't name: people, places in a network, days. */
const NEVER_KEPT: ReadonlySet<Vr> = new Set(['AE', 'DA', 'DT', 'PN', 'TM']);

/** Those of codes, words and UIDs: they stay only in a vocabulary, or where a list says why. */
const WORDS: ReadonlySet<Vr> = new Set(['CS', 'LO', 'LT', 'SH', 'ST', 'UC', 'UI', 'UT']);

describe('An attribute that the table doesn’t name', () => {
  const named = new Set(ROWS.map(({ tag }) => tag));
  const others = [...dictionaryKeywords()]
    .map((keyword) => tagOfKeyword(keyword) ?? 0)
    .filter((tag) => tag >>> 16 >= 8 && tag >>> 24 < 0x50 && !named.has(tag))
    .filter((tag) => tag !== Tag.SpecificCharacterSet)
    .sort((a, b) => a - b)
    .map((tag) => ({ tag, vr: dictionaryEntry(tag)?.vr ?? 'UN' }));

  /** The attributes of these VRs in which a planted value stays, at the top or within a sequence. */
  async function keptOf(vrs: ReadonlySet<Vr>): Promise<number[]> {
    const kept = new Set<number>();
    const chosen = others.filter(({ vr }) => vrs.has(vr));
    for (const depth of [0, 1]) {
      const planted = chosen.map(({ tag, vr }) => ({ tag, vr, canaries: new Canaries(tag) }));
      const elements = planted.map(({ tag, vr, canaries }) =>
        raw(tag, vr, even(plant(canaries, vr))),
      );
      const content = nested(concatBytes(elements), depth, ExplicitVrLittleEndian, false);
      const sent = await send(instanceFile({ elements: [content] }));
      if ('kind' in sent) expect.fail(sent.reason);
      for (const { tag, canaries } of planted) {
        if (canaries.foundIn(sent.dataset).length > 0) kept.add(tag);
      }
    }
    return [...kept];
  }

  it('goes where it is about a person, a machine or a day', async () => {
    expect(await keptOf(NEVER_KEPT)).toEqual([]);
  });

  it('goes where it is a code, a word or a UID, unless a list says why not', async () => {
    const kept = await keptOf(WORDS);
    const isListed = (tag: number) => {
      const vr = dictionaryEntry(tag)?.vr ?? 'UN';
      return vr === 'UI' ? CLASS_UIDS.has(tag) : vr !== 'CS' && !isUnlistedText(tag, vr);
    };
    expect(kept.filter((tag) => !isListed(tag))).toEqual([]);
    expect(kept.length).toBeGreaterThan(50);
  });
});
