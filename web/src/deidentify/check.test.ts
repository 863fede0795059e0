import { describe, expect, it } from 'vitest';
import { Dataset } from '../../../shared/dicom/dataset.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { concatBytes, encodeDataset } from '../../../shared/dicom/encode.ts';
import { ascii, raw, rawSequence } from '../../../shared/dicom/testing/raw-element.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { checkOutput, type OutputToCheck } from './check.ts';
import { IdentityTokens } from './identity-tokens.ts';
import { BASIC_PROFILE } from './profile.ts';
import { PROFILE_TABLE } from './profile-table.generated.ts';
import { instanceFile } from './testing/instance.ts';
import { read } from './testing/run.ts';
import { NO_WORDS, TextCleaner } from './text-cleaner.ts';

const MAPPED = '2.25.1234567890';
const PSEUDONYM = 'ANON-01234567890123';

const SOUND = encodeDataset(
  {
    [Tag.SOPClassUID]: '1.2.840.10008.5.1.4.1.1.7',
    [Tag.SOPInstanceUID]: MAPPED,
    [Tag.PatientName]: `${PSEUDONYM}^`,
    [Tag.PatientID]: PSEUDONYM,
    [Tag.Rows]: 8,
  },
  ExplicitVrLittleEndian,
);

/** What the engine would hand over if it had left `extra` in its output. */
async function check(
  extra: Uint8Array,
  place: 'head' | 'tail' = 'head',
): Promise<string | undefined> {
  const source = await read(
    instanceFile({
      elements: [raw(Tag.PatientName, 'PN', 'Quisling^Jo '), raw(Tag.PatientID, 'LO', 'PID-4711')],
    }),
  );
  const output: OutputToCheck = {
    head: place === 'head' ? concatBytes([SOUND, extra]) : SOUND,
    tail: place === 'tail' ? Uint8Array.from(extra) : new Uint8Array(),
    encoding: new Dataset([], ExplicitVrLittleEndian),
    pseudonym: PSEUDONYM,
    mappedUids: new Set([MAPPED]),
    originalUids: new Set(['1.9.8.7.6.5']),
    tokens: new IdentityTokens(source.dataset, () => false),
    profile: BASIC_PROFILE,
    cleaner: new TextCleaner(NO_WORDS, 'remove'),
    given: new Set(),
  };
  return checkOutput(output);
}

describe('The check before sending', () => {
  it('finds nothing in an output that is as it should be', async () => {
    expect(await check(new Uint8Array())).toBeUndefined();
    expect(await check(raw(Tag.ColumnAngulationPatient, 'DS', '0 '))).toBeUndefined();
  });

  it('finds each row of the table that the engine would have skipped, at the top and nested', async () => {
    const missed: string[] = [];
    for (const line of PROFILE_TABLE.split('\n')) {
      const [tag = '', action = ''] = line.split('|');
      const hex =
        tag === 'private'
          ? '00111001'
          : tag.replace('50xxxxxx', '50003000').replace('60xx', '6000');
      const number = parseInt(hex, 16);
      const vr = dictionaryEntry(number)?.vr ?? 'LO';
      // Of U and D the items stay, and each of their elements is a row of its own.
      if (vr === 'SQ' && (action === 'D' || action.includes('U'))) continue;
      const value = vr === 'UI' ? '1.9.1.1.1.1 ' : vr === 'DA' ? '19700131' : 'ABCDEFGH';
      const element =
        vr === 'SQ'
          ? rawSequence(number, [raw(Tag.CodeMeaning, 'LO', 'code')])
          : raw(number, vr, value);
      if ((await check(element)) === undefined) missed.push(`${tag} at the top`);
      const nested = rawSequence(Tag.ReferencedImageSequence, [element]);
      if ((await check(nested)) === undefined) missed.push(`${tag} nested`);
      if ((await check(element, 'tail')) === undefined) missed.push(`${tag} behind the pixel data`);
    }
    expect(missed).toEqual([]);
  });

  const FINDINGS: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['an original UID', raw(Tag.FrameOfReferenceUID, 'UI', '1.9.8.7.6.5\0'), /original UID/],
    ['a UID that nobody mapped', raw(Tag.FrameOfReferenceUID, 'UI', '1.9.9\0'), /not mapped/],
    ['an unknown element', raw(0x00087777, 'LO', 'text'), /still there/],
    ['a name in a text', raw(Tag.ConvolutionKernel, 'SH', 'for Quisling'), /repeats a name/],
    ['a name in a code', raw(Tag.BodyPartExamined, 'CS', 'QUISLING'), /repeats a name/],
    ['a word that is no code', raw(Tag.BodyPartExamined, 'CS', 'CHEST OSTERHASE'), /no vocabulary/],
    [
      'a name in a text that is encoded as UN',
      raw(Tag.ConvolutionKernel, 'UN', 'quisling'),
      /repeats a name/,
    ],
    ['an ID in a text', raw(Tag.ConvolutionKernel, 'SH', 'of PID-4711 '), /repeats a name/],
    ['a text behind a NUL', raw(Tag.ConvolutionKernel, 'SH', 'soft\0text '), /not a valid/],
    ['prose', raw(Tag.SegmentDescription, 'ST', 'something '), /still has its value/],
    [
      'a second element with the same tag',
      concatBytes([
        raw(Tag.ConvolutionKernel, 'SH', 'text'),
        raw(Tag.ConvolutionKernel, 'SH', 'soft'),
      ]),
      /stands twice/,
    ],
    [
      'another pseudonym',
      rawSequence(Tag.ReferencedImageSequence, [raw(Tag.PatientID, 'LO', 'PID-4711')]),
      /not the pseudonym/,
    ],
    [
      'a sequence that is not taken apart',
      raw(Tag.ReferencedImageSequence, 'UN', 'some bytes'),
      /taken apart/,
    ],
    ['half an element', ascii('\x08\0\x70\0LO'), /could not read|stands twice/],
  ];
  for (const [what, extra, finding] of FINDINGS) {
    it(`finds ${what}`, async () => {
      expect(await check(extra)).toMatch(finding);
    });
  }
});
