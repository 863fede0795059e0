import { describe, expect, it } from 'vitest';
import { NO_WORDS, TextCleaner } from './text-cleaner.ts';

const cleaner = new TextCleaner(
  { ...NO_WORDS, names: ['Doe', 'Jane'], identifiers: ['P-4711', 'Mercy West'] },
  'remove',
);

/** Free text, and what may stay of it. */
const CASES: readonly (readonly [string, string])[] = [
  ['CT CHEST WITH CONTRAST', 'CT CHEST WITH CONTRAST'],
  ['AX T2 FLAIR 3mm', 'AX T2 FLAIR 3mm'],
  ['t1_mprage_sag_p2_iso 1.0x1.0x1.0', 't1_mprage_sag_p2_iso 1.0x1.0x1.0'],
  ['Lesion 12 x 15 mm in segment IV, TE 90 TR 4000', 'Lesion 12 x 15 mm in segment IV, TE 90 TR 4000'],
  ['120 kV, 3.5 mAs, pitch 0.9', '120 kV, 3.5 mAs, pitch 0.9'],
  ['Follow-up after lobectomy, no change since 2019', 'Follow-up after lobectomy, no change since 2019'],
  ['CT of Jane Doe, chest', 'CT of, chest'],
  ['DOE^JANE head', 'head'],
  ['MRN: 83726151 knee', 'knee'],
  ['Patient ID = AB-9921; hip', 'hip'],
  ['seen by Dr. Miller on 2020-01-31, stable', 'seen by on, stable'],
  ['Comparison 31.01.2020 and 1/31/20', 'Comparison and'],
  ['Scan of Jan 3, 2021: normal', 'Scan of: normal'],
  ['Call (555) 123-4567 for results', 'for results'],
  ['mail j.smith@example.org', 'mail'],
  ['MERCY WEST HOSPITAL brain MRI', 'brain MRI'],
  ['Lives at 12 Oak Tree Street, fell', 'Lives at, fell'],
  ['Hauptstraße 5a, 80331 München', ''],
  ['SSN 123-45-6789', ''],
  ['Acc# X1234567 abdomen', 'abdomen'],
  ['MR BRAIN, MS PLAQUES, DR CHEST', 'MR BRAIN, MS PLAQUES, DR CHEST'],
  ['Dr Miller chest pain', 'chest pain'],
  ['DR. MILLER wants a second look', 'wants a second look'],
  ['Prof. Dr. med. Anna von Sand, LIVER', 'LIVER'],
  ['Referred by Smith, John for headache', 'for headache'],
  ['Universitätsklinikum Bonn Schädel', 'Schädel'],
  ['Name: Roe, Richard; thorax', 'thorax'],
  ['93 year-old woman', '90+ year-old woman'],
  ['89 year-old woman', '89 year-old woman'],
  ['Mr Doe seen, Dr. Jane Doe; name: Doe ok', 'seen, ok'],
  ['Patient name Doe^Jane: MRN P-4711 small nodule', 'small nodule'],
  ['first line Doe\r\nsecond line', 'first line\r\nsecond line'],
]; // prettier-ignore

describe('Text is cleaned', () => {
  it.each(CASES)('%s → %s', (text, expected) => {
    expect(cleaner.clean(text)).toBe(expected);
  });

  it('changes nothing the second time', () => {
    for (const [text] of CASES) {
      const once = cleaner.clean(text);
      expect(cleaner.clean(once)).toBe(once);
    }
  });

  it('keeps dates, or moves them with those of the header, in their own form', () => {
    expect(new TextCleaner(NO_WORDS, 'keep').clean('prior 2020-02-28')).toBe('prior 2020-02-28');
    const moved = new TextCleaner(NO_WORDS, 2);
    expect(moved.clean('prior 2020-02-28 and 20200228, 28.02.2020, 2/28/2020')).toBe(
      'prior 2020-03-01 and 20200301, 01.03.2020, 3/01/2020',
    );
    expect(moved.clean('prior 28 Feb 2020')).toBe('prior 1 Mar 2020');
    // Which of the two is the day?
    expect(moved.clean('prior 2/3/2020')).toBe('prior');
  });
});
