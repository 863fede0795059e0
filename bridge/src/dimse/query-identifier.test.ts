import { describe, expect, it } from 'vitest';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { QueryRequest } from './query-identifier.ts';
import { queryFields } from './query-identifier.ts';

const study = (keys: Record<string, string>): QueryRequest => ({
  informationModel: 'study-root',
  level: 'STUDY',
  keys,
});

describe('queryFields', () => {
  it('passes wildcards, ranges and lists on as they are', () => {
    const keys = { PatientName: 'D?E^*', StudyDate: '20200101-', ModalitiesInStudy: 'CT\\MR' };
    expect(queryFields(study(keys))).toEqual({
      [Tag.QueryRetrieveLevel]: 'STUDY',
      [Tag.StudyInstanceUID]: '',
      [Tag.PatientName]: 'D?E^*',
      [Tag.StudyDate]: '20200101-',
      [Tag.ModalitiesInStudy]: 'CT\\MR',
    });
  });

  it('names UTF-8 only when a key needs it', () => {
    const fields = queryFields(study({ PatientName: 'Müller*' }));
    expect(fields[Tag.SpecificCharacterSet]).toEqual(['ISO_IR 192']);
    expect(queryFields(study({ PatientName: 'Mu*' }))).not.toHaveProperty(
      String(Tag.SpecificCharacterSet),
    );
  });

  it('writes a key in the character set of the peer, and names it', () => {
    const request = { ...study({ PatientName: 'Διον*' }), characterSet: 'ISO_IR 126' } as const;
    expect(queryFields(request)).toMatchObject({
      [Tag.SpecificCharacterSet]: ['ISO_IR 126'],
      [Tag.PatientName]: { vr: 'PN', value: Uint8Array.of(0xc4, 0xe9, 0xef, 0xed, 0x2a) },
    });
    const extended = queryFields({
      ...request,
      ...study({ PatientName: '山' }),
      characterSet: 'ISO 2022 IR 87',
    });
    expect(extended[Tag.SpecificCharacterSet]).toEqual(['', 'ISO 2022 IR 87']);
  });

  it('asks for numbers and sequences with empty values', () => {
    const keys = { StudyInstanceUID: '1.2', SeriesInstanceUID: '1.3', Rows: '', Columns: '512' };
    const fields = queryFields({
      informationModel: 'study-root',
      level: 'IMAGE',
      keys: { ...keys, ReferencedImageSequence: '' },
    });
    expect(fields).toMatchObject({ [Tag.Columns]: [512], [Tag.ReferencedImageSequence]: [] });
    expect(fields[Tag.Rows]).toEqual(new Uint8Array());
  });

  it.each<[string, QueryRequest, string]>([
    [
      'a level that the model lacks',
      { informationModel: 'study-root', level: 'PATIENT', keys: {} },
      "The query can't be sent: there is no PATIENT level in study-root.",
    ],
    [
      'a missing unique key of a level above',
      { informationModel: 'study-root', level: 'SERIES', keys: {} },
      "The query can't be sent: SERIES level needs one StudyInstanceUID.",
    ],
    [
      'several values for a unique key of a level above',
      {
        informationModel: 'patient-root',
        level: 'IMAGE',
        keys: { PatientID: 'A', StudyInstanceUID: '1.2\\1.3', SeriesInstanceUID: '1' },
      },
      "The query can't be sent: IMAGE level needs one StudyInstanceUID.",
    ],
    [
      'a unique key of a level below',
      study({ SeriesInstanceUID: '' }),
      "The query can't be sent: SeriesInstanceUID is no key at STUDY level.",
    ],
    [
      'a keyword that is none',
      study({ constructor: 'x' }),
      "The query can't be sent: constructor is no key of a query.",
    ],
    [
      'a character set',
      study({ SpecificCharacterSet: 'ISO_IR 100' }),
      "The query can't be sent: SpecificCharacterSet is no key of a query.",
    ],
    [
      'a text for a number',
      study({ Rows: 'many' }),
      "The query can't be sent: Rows can't match a text.",
    ],
    [
      'characters that the character set lacks',
      { ...study({ PatientName: 'Διον*' }), characterSet: 'ISO_IR 100' },
      "The query can't be sent: PatientName has characters that can't be written in the peer’s character set, ISO_IR 100 (Settings).",
    ],
    [
      'letters beyond ASCII where no character set counts',
      study({ ModalitiesInStudy: 'ÄÖ' }),
      "The query can't be sent: ModalitiesInStudy takes letters of ASCII only.",
    ],
    [
      'a value that no element holds',
      study({ StudyInstanceUID: '1'.repeat(70_000) }),
      'A key of the query is too long.',
    ],
  ])('refuses %s', (_, request, message) => {
    expect(() => queryFields(request)).toThrow(
      expect.objectContaining({ code: 'invalid-dataset', message }),
    );
  });
});
