import { describe, expect, it } from 'vitest';
import { encodePart10 } from '../../../shared/dicom/encode.ts';
import { raw } from '../../../shared/dicom/testing/raw-element.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import {
  attributesKeepingMore,
  parseProfile,
  parseProfileFile,
  ProfileError,
} from './profile-file.ts';
import { INSTANCE_UID, instanceFile, SECONDARY_CAPTURE } from './testing/instance.ts';
import { pseudonymsOf, read, send, SEEN } from './testing/run.ts';

const profileWith = (attributes: object, others: object = {}) =>
  JSON.stringify({ name: 'Trial', attributes, ...others });

const image = encodePart10(
  {
    sopClassUid: SECONDARY_CAPTURE,
    sopInstanceUid: INSTANCE_UID,
    transferSyntaxUid: ExplicitVrLittleEndian.uid,
  },
  {
    [Tag.SOPClassUID]: SECONDARY_CAPTURE,
    [Tag.SOPInstanceUID]: INSTANCE_UID,
    [Tag.StudyDate]: '20200131',
    [Tag.StudyDescription]: 'Knee',
    [Tag.PatientID]: 'P-4711',
    [Tag.PatientBirthDate]: '19500101',
  },
  ExplicitVrLittleEndian,
  'as they are',
);

async function sentUnder(json: string, file = image) {
  const job = { profile: parseProfile(json), look: SEEN };
  const sent = await send(file, pseudonymsOf('key'), false, job);
  if ('kind' in sent) throw new Error(sent.reason);
  return (await read(sent.file)).dataset;
}

describe('A profile of one’s own', () => {
  it.each([
    ['what the file is known by', { SOPInstanceUID: 'keep' }],
    ['what says that something was done', { PatientIdentityRemoved: { value: 'NO' } }],
    ['file meta information', { TransferSyntaxUID: 'keep' }],
    ['the character set', { SpecificCharacterSet: 'remove' }],
    ['the size of the picture', { Rows: { value: '5' } }],
    ['the study, for all the same', { StudyInstanceUID: { value: '1.2.3' } }],
    ['a UID, as if it were text', { FrameOfReferenceUID: 'clean' }],
    ['a sequence, as if it were text', { ReferencedImageSequence: 'clean' }],
    ['a text, as if it were a date', { StudyDescription: 'shift' }],
    ['a text, as if it were a UID', { StudyDescription: 'map-uids' }],
    ['a sequence, by a value', { ReferencedImageSequence: { value: 'x' } }],
    ['one attribute twice', { StudyDate: 'shift', '(0008,0020)': 'keep' }],
    ['a date that is none', { StudyDate: { value: '20230230' } }],
    ['a code in small letters', { Modality: { value: 'mr' } }],
    ['a number that is none', { InstanceNumber: { value: 'abc' } }],
    ['a number that does not fit', { PregnancyStatus: { value: '65536' } }],
    ['a text that is too long', { StudyDescription: { value: 'a'.repeat(65) } }],
    ['a text with a NUL', { StudyDescription: { value: 'a\0b' } }],
    ['two values where one may be', { StudyDescription: { value: 'a\\b' } }],
  ])('has no rule for %s', (_, attributes) => {
    const [name = ''] = Object.keys(attributes).slice(-1);
    expect(() => parseProfile(profileWith(attributes))).toThrow(ProfileError);
    expect(() => parseProfile(profileWith(attributes))).toThrow(name);
  });

  it('has no option that would do nothing', () => {
    const file = (options: string[]) => profileWith({}, { base: 'cmr', options });
    expect(() => parseProfile(file(['clean-descriptors']))).toThrow('options');
    expect(parseProfile(file(['retain-uids'])).options).toEqual(new Set(['retain-uids']));
  });

  it('is read with the mark that some editors put in front', () => {
    expect(parseProfile(`\ufeff${profileWith({})}`).name).toBe('Trial');
  });

  it('claims the Basic Profile as long as it keeps no more', async () => {
    const dataset = await sentUnder(
      profileWith(
        { StudyDescription: { value: 'Trial 7' }, StudyDate: 'keep' },
        { options: ['retain-longitudinal-full-dates'] },
      ),
    );
    expect(dataset.string(Tag.StudyDescription)).toBe('Trial 7');
    expect(dataset.string(Tag.PatientIdentityRemoved)).toBe('YES');
    expect(dataset.items(Tag.DeidentificationMethodCodeSequence)).toHaveLength(2);
  });

  it.each([
    ['a birthday', { PatientBirthDate: 'keep' }],
    ['dates without their option', { StudyDate: 'keep' }],
    ['dates moved without their option', { StudyDate: 'shift' }],
    ['text cleaned without its option', { StudyDescription: 'clean' }],
    ['what is private', { '(0019,1001)': 'keep' }],
  ])('that lets stand %s claims no profile, nor that all is gone', async (_, attributes) => {
    const dataset = await sentUnder(profileWith(attributes));
    expect(dataset.string(Tag.DeidentificationMethod)).toContain('changed by own rules');
    expect(dataset.has(Tag.PatientIdentityRemoved)).toBe(false);
    expect(dataset.has(Tag.DeidentificationMethodCodeSequence)).toBe(false);
    expect(dataset.has(Tag.LongitudinalTemporalInformationModified)).toBe(false);
  });

  it('gives a value to every instance, whether it had one or not', async () => {
    const attributes = {
      ClinicalTrialProtocolID: { value: 'T 7' },
      StudyDescription: { value: 'Seven' },
    };
    const dataset = await sentUnder(profileWith(attributes));
    expect(dataset.string(Tag.ClinicalTrialProtocolID)).toBe('T 7');
    expect(dataset.string(Tag.StudyDescription)).toBe('Seven');
    expect(dataset.string(Tag.PatientIdentityRemoved)).toBe('YES');
  });

  it('withholds what has no character set for its value', async () => {
    await expect(
      sentUnder(profileWith({ ClinicalTrialProtocolName: { value: 'Größe' } })),
    ).rejects.toThrow(/ClinicalTrialProtocolName.*can not be written in its character set/);
  });

  it('names the attributes that cost it the claim', () => {
    const attributes = {
      PatientBirthDate: 'keep',
      StudyDescription: { value: 'x' },
      '00191001': 'keep',
    };
    const named = (others: object) =>
      attributesKeepingMore(parseProfileFile(profileWith(attributes, others)));
    expect(named({})).toEqual(['PatientBirthDate', '00191001']);
    expect(named({ base: 'cmr' })).toEqual(['PatientBirthDate']);
    expect(named({ base: 'xcelera', attributes: { PatientSex: 'empty' } })).toEqual([]);
  });

  it.each(['basic', 'cmr'])(
    'that keeps a private element keeps who reserved its block, and no other (%s)',
    async (base) => {
      const file = instanceFile({
        elements: [
          raw(0x00290010, 'LO', 'MAKER A '),
          raw(0x00290011, 'LO', 'MAKER B '),
          raw(0x00291001, 'LO', 'kept'),
          raw(0x00291002, 'LO', 'gone'),
          raw(0x00291101, 'LO', 'gone'),
        ],
      });
      const dataset = await sentUnder(profileWith({ '(0029,1001)': 'keep' }, { base }), file);
      const found = dataset.elements.filter(({ tag }) => tag >>> 16 === 0x0029);
      expect(found.map(({ tag }) => dataset.string(tag))).toEqual(['MAKER A', 'kept']);
    },
  );
});
