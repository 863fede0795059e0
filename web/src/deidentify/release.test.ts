import { describe, expect, it } from 'vitest';
import { encodePart10, type Fields } from '../../../shared/dicom/encode.ts';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { uncleanableContent } from './content.ts';
import { UNSEEN, type Look } from './look.ts';
import { BASIC_PROFILE } from './profile.ts';
import { shownContent } from './shown-content.ts';
import { INSTANCE_UID } from './testing/instance.ts';
import { read, send } from './testing/run.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const ROOT = '1.2.840.10008.5.1.4.1.1';
const RELEASED: Look = { kind: 'released' };

const made = (sopClass: string, fields: Fields): Bytes =>
  encodePart10(
    {
      sopClassUid: `${ROOT}.${sopClass}`,
      sopInstanceUid: INSTANCE_UID,
      transferSyntaxUid: ExplicitVrLittleEndian.uid,
    },
    {
      [Tag.SOPClassUID]: `${ROOT}.${sopClass}`,
      [Tag.SOPInstanceUID]: INSTANCE_UID,
      [Tag.StudyInstanceUID]: '1.9.1',
      [Tag.PatientID]: 'P-4711',
      [Tag.PatientName]: 'Doe^Jane',
      [Tag.StudyDate]: '19700101',
      [Tag.StudyDescription]: 'Of Jane',
      ...fields,
    },
    ExplicitVrLittleEndian,
    'as they are',
  );

const ascii = (text: string) => new TextEncoder().encode(text);
const pdf = ascii('%PDF-1.4 of Doe');

const CONTENT: readonly (readonly [string, Bytes, (sent: Bytes) => Promise<unknown>, unknown])[] = [
  [
    'an encapsulated PDF',
    made('104.1', {
      [Tag.BurnedInAnnotation]: 'YES',
      [Tag.DocumentTitle]: 'Letter about Jane Doe',
      [Tag.EncapsulatedDocument]: { vr: 'OB', value: pdf },
    }),
    async (file) => {
      const { dataset } = await read(file);
      expect(dataset.text(Tag.DocumentTitle) ?? '').not.toContain('Jane');
      expect(dataset.string(Tag.BurnedInAnnotation)).toBe('YES');
      return dataset.get(Tag.EncapsulatedDocument)?.bytes;
    },
    new Uint8Array([...pdf, 0]),
  ],
  [
    'a structured report',
    made('88.11', {
      [Tag.ContentSequence]: [
        { [Tag.ValueType]: 'TEXT', [Tag.TextValue]: 'Nothing new, Jane Doe' },
        { [Tag.ValueType]: 'PNAME', [Tag.PersonName]: 'Roe^Richard' },
      ],
    }),
    async (file) => {
      const [text, person] = (await read(file)).dataset.items(Tag.ContentSequence);
      // A name in an attribute of its own is no text that was looked at.
      expect(person?.text(Tag.PersonName) ?? '').not.toContain('Roe');
      return text?.text(Tag.TextValue);
    },
    'Nothing new, Jane Doe',
  ],
  [
    'a presentation state',
    made('11.1', {
      [Tag.GraphicAnnotationSequence]: [
        { [Tag.TextObjectSequence]: [{ [Tag.UnformattedTextValue]: 'of Doe' }] },
      ],
    }),
    async (file) =>
      (await read(file)).dataset
        .items(Tag.GraphicAnnotationSequence)[0]
        ?.items(Tag.TextObjectSequence)[0]
        ?.text(Tag.UnformattedTextValue),
    'of Doe',
  ],
  [
    'waveforms with notes',
    made('9.1.1', { [Tag.WaveformAnnotationSequence]: [{ [Tag.UnformattedTextValue]: 'sinus' }] }),
    async (file) =>
      (await read(file)).dataset
        .items(Tag.WaveformAnnotationSequence)[0]
        ?.text(Tag.UnformattedTextValue),
    'sinus',
  ],
  [
    'sound',
    made('9.4.1', {
      [Tag.WaveformSequence]: [{ [Tag.WaveformData]: { vr: 'OB', value: ascii('aaaa') } }],
    }),
    async (file) =>
      (await read(file)).dataset.items(Tag.WaveformSequence)[0]?.get(Tag.WaveformData)?.length,
    4,
  ],
];

describe('Content that no profile can clean', () => {
  for (const [what, file, contentOf, expected] of CONTENT) {
    it(`${what} is withheld until someone has looked at it, and then leaves with a de-identified header`, async () => {
      const before = await send(file, undefined, false, { look: UNSEEN });
      expect(before).toMatchObject({ kind: 'withheld', content: expect.any(String) as string });
      const refused = await send(file, undefined, false, { look: { kind: 'withheld' } });
      expect(refused).toMatchObject({ kind: 'withheld' });

      const after = await send(file, undefined, false, { look: RELEASED });
      if ('kind' in after) return expect.fail(after.reason);
      expect(after.prepared.isReleased).toBe(true);
      expect(await contentOf(after.file)).toEqual(expected);
      const { dataset } = await read(after.file);
      expect(dataset.string(Tag.PatientID)).toMatch(/^ANON-/);
      expect(dataset.string(Tag.StudyDescription)).toBeUndefined();
      expect(dataset.string(Tag.StudyDate) ?? '').toBe('');
      expect(dataset.text(Tag.DeidentificationMethod)).toContain('released as it is');
      const codes = dataset
        .items(Tag.DeidentificationMethodCodeSequence)
        .map((item) => item.string(Tag.CodeValue));
      expect(codes).toEqual(['113100']);
    });
  }

  it('a presentation state that was released under Clean Descriptors doesn’t claim that its text was cleaned', async () => {
    const [, , drawing] = CONTENT;
    const options = new Set(['clean-descriptors', 'retain-uids'] as const);
    const sent = await send(drawing![1], undefined, false, {
      look: RELEASED,
      profile: { ...BASIC_PROFILE, options },
    });
    if ('kind' in sent) return expect.fail(sent.reason);
    const codes = (await read(sent.file)).dataset
      .items(Tag.DeidentificationMethodCodeSequence)
      .map((item) => item.string(Tag.CodeValue));
    expect(codes).toEqual(['113100', '113110']);
  });

  it('a document beside a picture is released by nobody, and raw data neither', async () => {
    const withPixels = made('104.1', {
      [Tag.EncapsulatedDocument]: { vr: 'OB', value: pdf },
      [Tag.PixelData]: { vr: 'OB', value: new Uint8Array(4) },
    });
    for (const file of [withPixels, made('66', {})]) {
      const sent = await send(file, undefined, false, { look: RELEASED });
      expect(sent).toMatchObject({ kind: 'withheld' });
      expect(sent).not.toHaveProperty('content');
    }
  });

  it('all text that leaves by it is shown before, and what repeats a name is marked', async () => {
    const shown = await shownContent(await read(CONTENT[1]![1]));
    expect(shown).toMatchObject({
      kind: 'text',
      lines: [{ text: 'Nothing new, Jane Doe', isSuspect: true }],
    });
    const sound = made('9.4.1', {
      [Tag.WaveformSequence]: [
        {
          [Tag.NumberOfWaveformChannels]: 1,
          [Tag.SamplingFrequency]: '8000',
          [Tag.WaveformSampleInterpretation]: 'MB',
          [Tag.WaveformData]: { vr: 'OB', value: Uint8Array.of(0x00, 0x80, 0x7f, 0xff) },
        },
      ],
    });
    const heard = await shownContent(await read(sound));
    if (heard.kind !== 'sound') return expect.fail(heard.kind);
    // G.711: the greatest values of both signs, and two zeros.
    expect([...(heard.sound.channels[0] ?? [])].map((value) => value * 32768 + 0)).toEqual([
      -32124, 32124, 0, 0,
    ]);
  });

  it.skipIf(corpusFiles().length === 0)(
    'is released in every real file that has some',
    async () => {
      let released = 0;
      for (const file of corpusFiles()) {
        const bytes = bytesOf(file);
        // What can't be read is withheld by other tests.
        const parsed = await read(bytes).catch(() => undefined);
        if (!parsed || !uncleanableContent(parsed.dataset, BASIC_PROFILE)?.isReleasable) continue;
        await shownContent(parsed);
        const after = await send(bytes, undefined, false, { look: RELEASED });
        expect('kind' in after ? after.reason : '', file.name).toBe('');
        released++;
      }
      expect(released).toBeGreaterThan(3);
    },
  );
});
