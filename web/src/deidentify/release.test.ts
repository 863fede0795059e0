import { describe, expect, it } from 'vitest';
import { UNDEFINED_LENGTH } from '../../../shared/dicom/element-header.ts';
import {
  concatBytes,
  elementHeader,
  encodePart10,
  itemHeader,
  type Fields,
} from '../../../shared/dicom/encode.ts';
import { isPrivate, ITEM, SEQUENCE_DELIMITATION } from '../../../shared/dicom/tag.ts';
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
const RELEASED: Look = { ...UNSEEN, content: 'released' };
const REFUSED: Look = { ...UNSEEN, content: 'withheld' };

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

/** Nothing but a video is read from its file. */
const never = () => Promise.reject(new Error('Nobody needs the file.'));

const ascii = (text: string) => new TextEncoder().encode(text);
const pdf = ascii('%PDF-1.4 of Doe');

const CONTENT: (readonly [string, Bytes, (sent: Bytes) => Promise<unknown>, unknown])[] = [
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
      [Tag.WaveformSequence]: [
        {
          [Tag.NumberOfWaveformChannels]: 1,
          [Tag.NumberOfWaveformSamples]: 4,
          [Tag.WaveformBitsAllocated]: 8,
          [Tag.WaveformData]: { vr: 'OB', value: ascii('aaaa') },
        },
      ],
    }),
    async (file) =>
      (await read(file)).dataset.items(Tag.WaveformSequence)[0]?.get(Tag.WaveformData)?.length,
    4,
  ],
];

/** A stream of pictures and sound in two fragments, as it lies in a file. */
const STREAM = [ascii('....ftypmp42 of Doe '), ascii('pictures and sound..')];

function video(fields: Fields = {}): Bytes {
  const transferSyntaxUid = '1.2.840.10008.1.2.4.102';
  const sopClassUid = `${ROOT}.77.1.1.1`;
  const head = encodePart10(
    { sopClassUid, sopInstanceUid: INSTANCE_UID, transferSyntaxUid },
    {
      [Tag.SOPClassUID]: sopClassUid,
      [Tag.SOPInstanceUID]: INSTANCE_UID,
      [Tag.StudyInstanceUID]: '1.9.1',
      [Tag.PatientID]: 'P-4711',
      [Tag.PatientName]: 'Doe^Jane',
      [Tag.StudyDate]: '19700101',
      [Tag.StudyDescription]: 'Of Jane',
      [Tag.BurnedInAnnotation]: 'YES',
      ...fields,
    },
    ExplicitVrLittleEndian,
  );
  return concatBytes([
    head,
    elementHeader(Tag.PixelData, 'OB', UNDEFINED_LENGTH, ExplicitVrLittleEndian),
    itemHeader(ITEM, 0, true),
    ...STREAM.flatMap((part) => [itemHeader(ITEM, part.length, true), part]),
    itemHeader(SEQUENCE_DELIMITATION, 0, true),
  ]);
}

CONTENT.push([
  'a video',
  video(),
  async (file) => {
    const parsed = await read(file);
    const shown = await shownContent(parsed, () => Promise.resolve(new Blob([file])));
    if (shown.kind !== 'video') return expect.fail(shown.kind);
    return new Uint8Array(await shown.content.arrayBuffer());
  },
  concatBytes(STREAM),
]);

const RAW_BLOCK = { vr: 'LO', value: 'ACME RAW' } as const;
CONTENT.push([
  'raw data',
  made('66', {
    0x00290010: RAW_BLOCK,
    0x00291001: { vr: 'OB', value: ascii('samples of Jane.') },
    0x00291002: { vr: 'UI', value: '1.9.1' },
  }),
  async (file) => {
    const { dataset } = await read(file);
    // A UID would lead back, wherever it stands.
    expect(dataset.string(0x00291002)).toBe(dataset.string(Tag.StudyInstanceUID));
    return dataset.get(0x00291001)?.bytes;
  },
  ascii('samples of Jane.'),
]);

describe('Content that no profile can clean', () => {
  for (const [what, file, contentOf, expected] of CONTENT) {
    it(`${what} is withheld until someone has looked at it, and then leaves with a de-identified header`, async () => {
      const before = await send(file, undefined, false, { look: UNSEEN });
      expect(before).toMatchObject({ kind: 'withheld', content: expect.any(String) as string });
      const refused = await send(file, undefined, false, { look: REFUSED });
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

  it('a document beside a picture leaves when someone has looked at both', async () => {
    const withPixels = made('104.1', {
      [Tag.BurnedInAnnotation]: 'YES',
      [Tag.EncapsulatedDocument]: { vr: 'OB', value: pdf },
      [Tag.PixelData]: { vr: 'OB', value: new Uint8Array(4) },
    });
    const outcome = async (look: Look) => send(withPixels, undefined, false, { look });
    const seen: Look = { kind: 'seen', boxes: [] };
    expect(await outcome(seen)).toMatchObject({ kind: 'withheld', content: 'document' });
    expect(await outcome(RELEASED)).toMatchObject({ kind: 'withheld', needsLook: {} });
    const refused = await outcome({ kind: 'withheld', content: 'released' });
    expect(refused).toMatchObject({ kind: 'withheld' });
    expect(await outcome({ ...seen, content: 'withheld' })).toMatchObject({ kind: 'withheld' });
    const both = await outcome({ ...seen, content: 'released' });
    if ('kind' in both) return expect.fail(both.reason);
    expect(both.prepared.isReleased).toBe(true);
  });

  it('of raw data each private element is shown, and which of them name the patient', async () => {
    const [, file] = CONTENT.find(([what]) => what === 'raw data')!;
    const shown = await shownContent(await read(file), never);
    expect(shown).toEqual({
      kind: 'text',
      lines: [
        expect.objectContaining({ text: 'ACME RAW', isSuspect: false }),
        {
          name: expect.stringContaining('ACME RAW') as string,
          text: '16 bytes that only its maker can read',
          isSuspect: true,
        },
        expect.objectContaining({ text: '1.9.1', isSuspect: true }),
      ],
    });
  });

  it('raw data of any length are released, the rest of their header checked as ever', async () => {
    const large = new Uint8Array(2 ** 26 + 2).fill(0x5a);
    const fields = {
      0x00110010: { vr: 'LO', value: 'SOME MAKER' },
      0x00111001: { vr: 'OB', value: large },
    } as const;
    const sent = await send(made('66', fields), undefined, false, { look: RELEASED });
    if ('kind' in sent) throw new Error(sent.reason);
    const { dataset } = await read(sent.file);
    expect(dataset.get(0x00111001)?.length).toBe(large.length);
    expect(dataset.text(Tag.PatientName)).toMatch(/^ANON-/);
    expect(dataset.has(Tag.StudyDescription)).toBe(false);
  });

  it('private elements stay in raw data that was released, and in nothing else', async () => {
    const [, drawing] = CONTENT.find(([what]) => what === 'a presentation state')!;
    const fields = { 0x00290010: RAW_BLOCK, 0x00291001: { vr: 'LO', value: 'kept' } } as const;
    for (const file of [drawing, made('11.1', fields), video(fields)]) {
      const sent = await send(file, undefined, false, { look: RELEASED });
      if ('kind' in sent) return expect.fail(sent.reason);
      const { dataset } = await read(sent.file);
      expect(dataset.elements.filter(({ tag }) => isPrivate(tag))).toEqual([]);
    }
  });

  it('all text that leaves by it is shown before, and what repeats a name is marked', async () => {
    const shown = await shownContent(await read(CONTENT[1]![1]), never);
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
    const heard = await shownContent(await read(sound), never);
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
        if (!parsed || !uncleanableContent(parsed, BASIC_PROFILE)) continue;
        await shownContent(parsed, () => Promise.resolve(new Blob([bytes])));
        const after = await send(bytes, undefined, false, { look: RELEASED });
        expect('kind' in after ? after.reason : '', file.name).toBe('');
        released++;
      }
      expect(released).toBeGreaterThan(3);
    },
  );
});
