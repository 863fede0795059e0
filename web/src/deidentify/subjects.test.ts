import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodePart10 } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { BASIC_PROFILE } from './profile.ts';
import { listedSubjects, parseSubjects, SubjectListError } from './subjects.ts';
import { INSTANCE_UID, SECONDARY_CAPTURE } from './testing/instance.ts';
import { pseudonymsOf, read, send } from './testing/run.ts';

const imageOf = (patientId: string, studyDate: string) =>
  encodePart10(
    {
      sopClassUid: SECONDARY_CAPTURE,
      sopInstanceUid: INSTANCE_UID,
      transferSyntaxUid: ExplicitVrLittleEndian.uid,
    },
    {
      [Tag.SOPClassUID]: SECONDARY_CAPTURE,
      [Tag.SOPInstanceUID]: INSTANCE_UID,
      [Tag.PatientID]: patientId,
      [Tag.StudyDate]: studyDate,
    },
    ExplicitVrLittleEndian,
    'as they are',
  );

describe('A list of subjects', () => {
  it.each([
    [
      'with a mark in front and a heading',
      '\ufeffPatientID,SubjectID\r\nP-1,S-1\r\n',
      'P-1',
      'S-1',
    ],
    ['with semicolons and a comma in an ID', 'P,1;S-1\n', 'P,1', 'S-1'],
    ['with quotes within quotes', '"P ""1""","S-1"\n', 'P "1"', 'S-1'],
    ['with a quoted divider', '"P;1,2",S-1', 'P;1,2', 'S-1'],
    [
      'with tabs, and lines as old systems end them',
      'PatientID\tSubjectID\rP-1\tS-1\r',
      'P-1',
      'S-1',
    ],
    ['with columns that are empty', 'P-1,S-1,,\n', 'P-1', 'S-1'],
  ])('is read %s', (_, csv, patientId, subjectId) => {
    expect(parseSubjects(csv)).toEqual([{ patientId, subjectId }]);
  });

  it.each([
    ['an ID with a comma in it would be another patient’s', 'P-1,S-1\n123,4,S-2\n', 'Line 2'],
    ['a quote stands within a value', '12"34,S-1\n', 'Line 1'],
    ['a quote does not close', '"P-1,S-1\n', 'Line 1'],
    ['something stands behind a quote', '"P-1"x,S-1\n', 'Line 1'],
    ['a value runs over two lines', '"P\n1",S-1\n', 'Line 1'],
    ['a patient has two subjects', 'P-1,S-1\nP-1,S-2\n', 'Line 2'],
    ['a subject would be a name of two parts', 'P-1,Doe^Jane\n', 'Line 1'],
    ['a subject is too long for an ID', `P-1,${'S'.repeat(65)}\n`, 'Line 1'],
    ['there is nobody in it', '\ufeff\r\n', 'empty'],
  ])('is refused where %s', (_, csv, where) => {
    expect(() => parseSubjects(csv)).toThrow(SubjectListError);
    expect(() => parseSubjects(csv)).toThrow(where);
  });

  it('moves the dates of two patients who are one subject by one number of days, and of others by theirs', async () => {
    const pseudonyms = pseudonymsOf('key');
    const hash = (text: string) =>
      Promise.resolve(new Uint8Array(createHmac('sha256', 'key').update(text).digest()));
    const subject = await listedSubjects(parseSubjects('P-1,S-1\nP-2,S-1\nP-3,S-3\n'), hash);
    const profile = {
      ...BASIC_PROFILE,
      options: new Set(['retain-longitudinal-modified-dates'] as const),
      subject,
    };
    const dateOf = async (patientId: string) => {
      const sent = await send(imageOf(patientId, '20200131'), pseudonyms, false, { profile });
      if ('kind' in sent) throw new Error(sent.reason);
      return (await read(sent.file)).dataset.string(Tag.StudyDate);
    };
    const [one, two, three] = [await dateOf('P-1'), await dateOf('P-2'), await dateOf('P-3')];
    expect(one).toMatch(/^(19|20)\d{6}$/);
    expect(two).toBe(one);
    expect(three).not.toBe(one);
  });
});
