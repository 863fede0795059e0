import { UNSEEN } from './look.ts';
import { describe, expect, it } from 'vitest';
import { concatBytes, encodePart10, type Fields } from '../../../shared/dicom/encode.ts';
import { raw, rawSequence } from '../../../shared/dicom/testing/raw-element.ts';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian, ImplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { INSTANCE_UID, instanceFile, pixelBytes, SECONDARY_CAPTURE } from './testing/instance.ts';
import { pseudonymsOf, read, send, sendReady } from './testing/run.ts';

const files = corpusFiles();

const image = (fields: Fields, sopClassUid = SECONDARY_CAPTURE) =>
  encodePart10(
    { sopClassUid, sopInstanceUid: INSTANCE_UID, transferSyntaxUid: ExplicitVrLittleEndian.uid },
    {
      [Tag.SOPClassUID]: sopClassUid,
      [Tag.SOPInstanceUID]: INSTANCE_UID,
      [Tag.PatientID]: 'P-4711',
      [Tag.PatientName]: 'Doe^Jane',
      ...fields,
    },
    ExplicitVrLittleEndian,
    // Files that others have made.
    'as they are',
  );

describe('What is sent', () => {
  it('has UIDs mapped by value, the same in every place and file, and those of the standard as they were', async () => {
    const pseudonyms = pseudonymsOf('key');
    const one = await sendReady(
      image({
        [Tag.StudyInstanceUID]: '1.9.1',
        [Tag.FrameOfReferenceUID]: '1.9.2',
        [Tag.ReferencedImageSequence]: [
          {
            [Tag.ReferencedSOPClassUID]: SECONDARY_CAPTURE,
            [Tag.ReferencedSOPInstanceUID]: '1.9.3',
          },
        ],
      }),
      pseudonyms,
    );
    const two = await sendReady(
      image({
        [Tag.SOPInstanceUID]: '1.9.3',
        [Tag.StudyInstanceUID]: '1.9.1',
        [Tag.FrameOfReferenceUID]: '1.2.840.10008.1.4.1.1',
        [Tag.PatientID]: 'P-4711',
      }),
      pseudonyms,
    );
    const a = (await read(one.file)).dataset;
    const b = (await read(two.file)).dataset;
    expect(a.string(Tag.StudyInstanceUID)).toMatch(/^2\.25\.\d{30,39}$/);
    expect(a.string(Tag.StudyInstanceUID)).toBe(b.string(Tag.StudyInstanceUID));
    expect(a.string(Tag.FrameOfReferenceUID)).not.toBe(a.string(Tag.StudyInstanceUID));
    const reference = a.items(Tag.ReferencedImageSequence)[0]!;
    expect(reference.string(Tag.ReferencedSOPClassUID)).toBe(SECONDARY_CAPTURE);
    expect(reference.string(Tag.ReferencedSOPInstanceUID)).toBe(b.string(Tag.SOPInstanceUID));
    expect(b.string(Tag.FrameOfReferenceUID)).toBe('1.2.840.10008.1.4.1.1');
    expect(two.prepared.sopInstanceUid).toBe(b.string(Tag.SOPInstanceUID));
    expect(two.prepared.sopClassUid).toBe(SECONDARY_CAPTURE);
    expect(a.string(Tag.PatientID)).toBe(b.string(Tag.PatientID));
    expect(a.string(Tag.PatientName)).toBe(`${a.string(Tag.PatientID) ?? ''}^`);
  });

  it('keeps patients apart who have no ID and no name', async () => {
    const nobody = { [Tag.PatientID]: '', [Tag.PatientName]: '' };
    const ids = await Promise.all(
      ['1.9.1', '1.9.1', '1.9.4'].map(async (study) => {
        const { file } = await sendReady(image({ ...nobody, [Tag.StudyInstanceUID]: study }));
        return (await read(file)).dataset.string(Tag.PatientID);
      }),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  it('leaves geometry alone where an ID happens to look like a part of a number', async () => {
    const { file } = await sendReady(
      image({
        [Tag.PatientID]: '10008',
        [Tag.AccessionNumber]: '50000',
        [Tag.PixelSpacing]: ['0.50000', '1.10008'],
        [Tag.RelatedGeneralSOPClassUID]: SECONDARY_CAPTURE,
      }),
    );
    const { dataset } = await read(file);
    expect(dataset.text(Tag.PixelSpacing)).toBe('0.50000\\1.10008');
    expect(dataset.string(Tag.SOPClassUID)).toBe(SECONDARY_CAPTURE);
  });

  it('keeps codes that every image has, whatever the patient is called', async () => {
    const { file } = await sendReady(
      image({
        [Tag.PatientName]: 'Primary^Head',
        [Tag.ImageType]: ['DERIVED', 'PRIMARY'],
        [Tag.BodyPartExamined]: 'HEAD',
      }),
    );
    const { dataset } = await read(file);
    expect(dataset.strings(Tag.ImageType)).toEqual(['DERIVED', 'PRIMARY']);
    expect(dataset.string(Tag.BodyPartExamined)).toBe('HEAD');
  });

  it('is the same to the byte with the same key, and has other UIDs and names with another', async () => {
    const file = image({ [Tag.StudyInstanceUID]: '1.9.1' });
    const [a, b, c] = await Promise.all(
      ['key', 'key', 'other'].map((key) => sendReady(file, pseudonymsOf(key))),
    );
    expect(a!.dataset).toEqual(b!.dataset);
    expect(a!.prepared.sopInstanceUid).not.toBe(c!.prepared.sopInstanceUid);
  });

  it('can be de-identified again, and then differs in nothing but UIDs and pseudonym', async () => {
    const first = await sendReady(
      image({ [Tag.StudyDate]: '19700101', [Tag.StudyInstanceUID]: '1.9.1' }),
    );
    const second = await sendReady(first.file);
    const before = (await read(first.file)).dataset.elements.map(({ tag, length }) => [
      tag,
      length,
    ]);
    const after = (await read(second.file)).dataset.elements.map(({ tag, length }) => [
      tag,
      length,
    ]);
    const isStable = ([tag]: (number | undefined)[]) =>
      tag !== Tag.SOPInstanceUID && tag !== Tag.StudyInstanceUID;
    expect(after.filter(isStable)).toEqual(before.filter(isStable));
  });

  it('has the pixel data of the source, byte for byte', async () => {
    const { dataset } = await sendReady(instanceFile({}));
    expect(dataset.slice(-pixelBytes.length)).toEqual(pixelBytes);
  });

  it.skipIf(files.length === 0)(
    'has the same pixel data in every file of the collection, and finds each decision a name',
    { timeout: 60_000 },
    async () => {
      for (const corpusFile of files) {
        const bytes = bytesOf(corpusFile);
        const sent = await send(bytes, undefined, true);
        if ('kind' in sent) continue;
        const before = await read(bytes);
        const after = await read(sent.file);
        expect(after.isComplete, corpusFile.name).toBe(true);
        const old = before.dataset.get(Tag.PixelData);
        const now = after.dataset.get(Tag.PixelData);
        if (!old || !now) continue;
        if (!now.fragments) expect(now.length, corpusFile.name).toBe(old.length);
        const oldBytes = await before.source.read(old.valueStart, old.length);
        const newBytes = await after.source.read(now.valueStart, now.length);
        // Comments beside the samples are cut out, which cut-fragments.test.ts looks at.
        let at = 0;
        const isSame = newBytes.every((byte) => {
          // Overlays in unused bits are cleared, which unused-bits.test.ts looks at.
          if (!now.fragments) return byte === oldBytes[at++] || before.dataset.has(0x60000102);
          at = oldBytes.indexOf(byte, at) + 1;
          return at > 0;
        });
        expect(isSame || now.fragments !== undefined, corpusFile.name).toBe(true);
        for (const change of sent.prepared.changes) {
          if (change.isChanged)
            expect(change.reason, `${corpusFile.name} ${change.tag}`).not.toBe('');
        }
      }
    },
  );
});

describe('The table before → after', () => {
  it('shows what became of elements at every depth', async () => {
    const file = image({
      [Tag.StudyDate]: '19700101',
      [Tag.ReferencedImageSequence]: [
        { [Tag.ReferencedSOPInstanceUID]: '1.9.3', [Tag.PatientBirthName]: 'Roe' },
      ],
    });
    const sent = await send(file, undefined, true);
    if ('kind' in sent) return expect.fail(sent.reason);
    const row = (tag: string) => sent.prepared.changes.find((change) => change.tag === tag);
    expect(row('(0008,0020)')).toMatchObject({
      depth: 0,
      before: '19700101',
      after: '',
      isChanged: true,
    });
    expect(row('(0008,1155)')).toMatchObject({ depth: 1, before: '1.9.3', isChanged: true });
    expect(row('(0008,1155)')?.after).toMatch(/^2\.25\./);
    expect(row('(0010,1005)')).toMatchObject({ depth: 1, before: 'Roe', after: undefined });
    expect(row('(0012,0062)')).toMatchObject({ before: undefined, after: 'YES' });
  });
});

describe('Withheld, with a reason', () => {
  const CLASSES: readonly (readonly [string, RegExp])[] = [
    ['88.11', /structured report/],
    ['88.59', /structured report/],
    ['104.1', /encapsulated document/],
    ['104.2', /encapsulated document/],
    ['104.3', /encapsulated document/],
    ['11.1', /presentation state/],
    ['9.4.1', /sound/],
    ['9.4.2', /sound/],
    ['66', /raw data/],
  ];
  for (const [suffix, reason] of CLASSES) {
    it(`is the SOP class …${suffix}`, async () => {
      const sent = await send(image({}, `1.2.840.10008.5.1.4.1.1.${suffix}`));
      expect(sent).toMatchObject({
        kind: 'withheld',
        reason: expect.stringMatching(reason) as string,
      });
    });
  }

  const DATASETS: readonly (readonly [string, Fields, RegExp])[] = [
    ['a text in the picture', { [Tag.BurnedInAnnotation]: 'YES' }, /Burned In/],
    ['a text in the picture, said in bad form', { [Tag.BurnedInAnnotation]: ' yes ' }, /Burned In/],
    ['a face in the picture', { [Tag.RecognizableVisualFeatures]: 'YES' }, /Recognizable/],
    [
      'structured content',
      { [Tag.ContentSequence]: [{ [Tag.CodeValue]: '1' }] },
      /structured content/,
    ],
    ['a document', { [Tag.EncapsulatedDocument]: new Uint8Array(4) }, /document/],
    [
      'an overlay in bits of the samples',
      {
        [Tag.BitsAllocated]: 8,
        [Tag.BitsStored]: 8,
        [Tag.HighBit]: 7,
        0x60000010: 8,
        0x60000011: 8,
        0x60000100: 16,
        0x60000102: 7,
      },
      /bits of the picture/,
    ],
    ['no instance UID', { [Tag.SOPInstanceUID]: '' }, /SOP Instance UID/],
    ['two instance UIDs', { [Tag.SOPInstanceUID]: ['1.9.1', '1.9.2'] }, /single valid UID/],
  ];
  for (const [what, fields, reason] of DATASETS) {
    it(`is what has ${what}`, async () => {
      const sent = await send(image(fields), undefined, false, { look: UNSEEN });
      expect(sent).toMatchObject({
        kind: 'withheld',
        reason: expect.stringMatching(reason) as string,
      });
    });
  }

  it('is a video, for its sound', async () => {
    const syntax = { ...ExplicitVrLittleEndian, uid: '1.2.840.10008.1.2.4.102' as never };
    expect(await send(instanceFile({ syntax }))).toMatchObject({ kind: 'withheld' });
  });

  it('is a data set in another encoding than its encapsulated transfer syntax has', async () => {
    const syntax = { ...ImplicitVrLittleEndian, uid: '1.2.840.10008.1.2.4.50' as never };
    expect(await send(instanceFile({ syntax }))).toMatchObject({ kind: 'withheld' });
  });

  it(
    'is what nests 5,000 deep, without an overflow of the stack',
    { timeout: 30_000 },
    async () => {
      const open = rawSequence(Tag.ReferencedImageSequence, [new Uint8Array()], { open: true });
      const start = open.subarray(0, 20);
      const end = open.subarray(20);
      const headers = [
        ...Array.from({ length: 5000 }, () => start),
        raw(Tag.CodeMeaning, 'LO', 'deep'),
        ...Array.from({ length: 5000 }, () => end),
      ];
      const sent = await send(instanceFile({ elements: [concatBytes(headers)] }), undefined, true);
      expect(sent).toMatchObject({
        kind: 'withheld',
        reason: expect.stringMatching(/nested/) as string,
      });
    },
  );
});
