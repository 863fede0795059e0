import { describe, expect, it } from 'vitest';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { concatBytes } from '../../../shared/dicom/encode.ts';
import { raw, rawSequence } from '../../../shared/dicom/testing/raw-element.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';
import { optionEntry, PROFILE_OPTIONS, type ProfileOption } from './options.ts';
import { isFreeText } from './own-rules.ts';
import { PROFILE_TABLE } from './profile-table.generated.ts';
import { BASIC_PROFILE } from './profile.ts';
import { Canaries } from './testing/canaries.ts';
import { instanceFile } from './testing/instance.ts';
import { pseudonymsOf, send, SEEN } from './testing/run.ts';

const DEPTHS = [0, 1, 4, 64];

/** What the table prints, row by row, of the tags that stand for themselves. */
const ROWS = PROFILE_TABLE.split('\n').flatMap((line) => {
  const [tag = '', action = '', options = ''] = line.split('|');
  if (!/^[0-9A-F]{8}$/.test(tag)) return [];
  const letters = new Map(options.split(',').map((pair) => pair.split('=') as [string, string]));
  return [{ tag: parseInt(tag, 16), action, letters }];
});

const NOT_PLANTED = new Set<number>([
  Tag.SOPInstanceUID,
  Tag.PatientName,
  Tag.PatientID,
  // They withhold the instance.
  Tag.ContentSequence,
  Tag.EncapsulatedDocument,
  Tag.BurnedInAnnotation,
]);

/** Commands, file meta information and directories stand below: no part of an instance, whatever the table says. */
const FIRST_TAG = 0x00080000;

interface Planted {
  readonly tag: number;
  readonly vr: Vr;
  readonly canary: string;
  readonly element: Uint8Array;
}

const even = (text: string) => (text.length % 2 === 0 ? text : `${text} `);

/** Something that its VR allows, that is found again, and that no rule takes for an ID or an old person's age. */
function plant(canaries: Canaries, tag: number): Planted | undefined {
  const vr = dictionaryEntry(tag)?.vr;
  if (vr === undefined || vr === 'SQ' || NOT_PLANTED.has(tag)) return undefined;
  const canary = canaryFor(canaries, vr);
  if (canary === undefined) return undefined;
  const text = isFreeText(vr) && vr !== 'SH' ? `${canary} Quisling` : canary;
  return { tag, vr, canary, element: raw(tag, vr, even(text)) };
}

function canaryFor(canaries: Canaries, vr: Vr): string | undefined {
  switch (vr) {
    case 'DA':
      return canaries.date();
    case 'DT':
      return `${canaries.date()}120000`;
    case 'TM':
      return `12${String(1000 + Number(canaries.figures().slice(-3))).slice(0, 4)}`;
    case 'UI':
      return canaries.uid();
    case 'DS':
    case 'IS':
      return canaries.figures();
    case 'AS':
    case 'PN':
    case 'AE':
      return undefined;
    case 'CS':
    case 'LO':
    case 'LT':
    case 'SH':
    case 'ST':
    case 'UC':
    case 'UT':
      return canaries.text();
    default:
      return undefined;
  }
}

/** Whether the table lets a value stand under an option, as it was planted or in a part of it. */
function survives({ vr }: Planted, letter: string | undefined, option: ProfileOption): boolean {
  if (letter === 'K') return true;
  if (letter !== 'C') return false;
  return option !== 'retain-device-identity' && isFreeText(vr);
}

function nested(element: Uint8Array, depth: number): Uint8Array<ArrayBuffer> {
  let content = Uint8Array.from(element);
  for (let i = 0; i < depth; i++) {
    content = rawSequence(Tag.ReferencedImageSequence, [content], { open: i % 2 === 0 });
  }
  return content;
}

describe.each(DEPTHS)('At depth %i, of each row of table E.1-1,', (depth) => {
  it.each(PROFILE_OPTIONS)(
    '%s lets stand what the table says, and nothing else',
    async (option) => {
      const canaries = new Canaries();
      const rows = ROWS.map((row) => ({ row, planted: plant(canaries, row.tag) }));
      const elements = rows.flatMap(({ planted }) => (planted ? [planted.element] : []));
      expect(elements.length).toBeGreaterThan(400);
      const file = instanceFile({
        elements: [raw(Tag.PatientName, 'PN', 'Quisling'), nested(concatBytes(elements), depth)],
      });
      const profile = { ...BASIC_PROFILE, options: new Set([option]) };
      const sent = await send(file, pseudonymsOf('key'), false, { profile, look: SEEN });
      if ('kind' in sent) return expect.fail(sent.reason);
      const output = Buffer.from(sent.dataset).toString('latin1');
      expect(output).not.toContain('Quisling');
      const wrong: string[] = [];
      for (const { row, planted } of rows) {
        if (!planted) continue;
        // A time of day can be found in any number: only its own option lets it stand, and there nothing is asked.
        if (planted.vr === 'TM') continue;
        const letter = row.letters.get(optionEntry(option).column);
        // Free text that holds a name is kept as a whole by no option but one that cleans it.
        const isRefused = letter === 'K' && isFreeText(planted.vr) && planted.vr !== 'SH';
        const expected = row.tag >= FIRST_TAG && survives(planted, letter, option) && !isRefused;
        if (output.includes(planted.canary) !== expected) {
          wrong.push(
            `${row.tag.toString(16)} ${row.action} ${letter ?? '-'} ${expected ? 'is gone' : 'is there'}`,
          );
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

/** Every row of the table, those for whole groups by one of their tags. */
const ALL_ROWS = PROFILE_TABLE.split('\n').map((line) => {
  const [tag = '', , options = ''] = line.split('|');
  const hex = tag
    .replace('private', '00111001')
    .replace('50xxxxxx', '50003000')
    .replace('60xx', '6000');
  const letters = new Map(options.split(',').map((pair) => pair.split('=') as [string, string]));
  return { tag: parseInt(hex, 16), letters };
});

/** A value that can be found again in an element of any VR; of a sequence in an attribute that no row keeps. */
function planted(tag: number, canaries: Canaries): readonly [canary: string, element: Uint8Array] {
  const vr = dictionaryEntry(tag)?.vr ?? 'LO';
  if (vr === 'SQ') {
    const canary = canaries.text();
    return [canary, rawSequence(tag, [raw(Tag.OtherPatientNames, 'PN', even(canary))])];
  }
  const canary = canaryFor(canaries, vr) ?? canaries.text();
  return [canary, raw(tag, vr, even(canary))];
}

// 31,536 instances; the rows together in one are what runs each time.
describe.runIf(process.env['GANTRY_TEST_LONG'])('Each of the 657 rows, alone', () => {
  it.each(DEPTHS)(
    'at depth %i under each option stands only where the table lets it, or withholds',
    { timeout: 600_000 },
    async (depth) => {
      const pseudonyms = pseudonymsOf('key');
      const wrong: string[] = [];
      let sentCount = 0;
      for (const { tag, letters } of ALL_ROWS) {
        for (const option of PROFILE_OPTIONS) {
          const [canary, element] = planted(tag, new Canaries());
          const file = instanceFile({ elements: [nested(element, depth)] });
          const profile = { ...BASIC_PROFILE, options: new Set([option]) };
          const sent = await send(file, pseudonyms, false, { profile, look: SEEN });
          if ('kind' in sent) continue;
          sentCount++;
          const mayStand = tag >= FIRST_TAG && letters.has(optionEntry(option).column);
          if (!mayStand && Buffer.from(sent.dataset).includes(canary)) {
            wrong.push(`${tag.toString(16)} ${option}`);
          }
        }
      }
      expect(ALL_ROWS).toHaveLength(657);
      expect(wrong).toEqual([]);
      expect(sentCount).toBeGreaterThan(657 * PROFILE_OPTIONS.length * 0.9);
    },
  );
});
