import { describe, expect, it } from 'vitest';
import { dictionaryEntry } from './dictionary.ts';
import { QUERY_KEYS, SEARCH_KEYS, hasKey, openEnded, universalKeys } from './query-keys.ts';
import { formatTag } from './tag.ts';
import * as Tag from './tags.generated.ts';

const tagsOf = (level: keyof typeof QUERY_KEYS, statement: string) =>
  QUERY_KEYS[level]
    .filter(({ from }) => from.some((name) => name === statement))
    .map(({ keyword }) => formatTag(Tag[keyword as keyof typeof Tag]).slice(1, -1))
    .sort();

const sorted = (tags: string) => tags.trim().split(/\s+/).sort();

describe('A query', () => {
  it.each([
    ['no value', { PatientName: '', StudyDate: '' }, false],
    ['wildcards alone', { PatientName: '*', PatientID: '??*', AccessionNumber: '*\\*' }, false],
    ['a range that is open at both ends', { StudyDate: '-' }, false],
    ['a name that begins', { PatientName: 'D*' }, true],
    ['a date', { StudyDate: '20260101' }, true],
    ['a name in another script', { PatientName: '山*' }, true],
  ])('of %s has a key or none', (_, keys, expected) => {
    expect(hasKey(keys)).toBe(expected);
  });

  it('is open at the end of names and ID, where it is not already', () => {
    const keys = {
      PatientName: 'DOE^J',
      PatientID: '12?',
      StudyID: '7',
      ReferringPhysicianName: '',
    };
    expect(openEnded(keys)).toEqual({ ...keys, PatientName: 'DOE^J*' });
    expect(openEnded({ PatientID: '1\\2' })).toEqual({ PatientID: '1\\2' });
    expect(openEnded({ PatientID: '12' })).toEqual({ PatientID: '12*' });
  });
});

describe('The query keys', () => {
  it('are all that cmr42 asks for (table 4.2-21)', () => {
    const printed = '0008,0020 0008,0061 0008,1030 0010,0010 0010,0030 0010,0040 0020,000D';
    expect(tagsOf('STUDY', 'CMR')).toEqual(sorted(printed));
  });

  it('are all that GEMINI TF asks for (table 23), but what the query itself adds', () => {
    expect(tagsOf('STUDY', 'GEM')).toEqual(
      sorted(`0008,0020 0008,0030 0008,0050 0008,0061 0008,0090 0008,1030 0010,0010 0010,0020 0010,0030
        0010,0032 0010,0040 0020,000D 0020,0010 0020,1206 0020,1208 0040,0254`),
    );
    expect(tagsOf('SERIES', 'GEM')).toEqual(
      sorted(`0008,0021 0008,0031 0008,0060 0008,0070 0008,103E 0018,0015 0018,1030 0020,000E 0020,0011
        0020,1209 0040,0244 0040,0245 0040,0275`),
    );
    expect(tagsOf('IMAGE', 'GEM')).toEqual(
      sorted(`0008,0008 0008,0012 0008,0013 0008,0016 0008,0018 0018,0010 0018,0050 0018,0060 0020,0013
        0020,0020 0020,0037 0020,1041 0028,0002 0028,0004 0028,0010 0028,0011 0028,0030`),
    );
  });

  it('are all that Xcelera asks for (table 149)', () => {
    const printed =
      '0010,0020 0010,0010 0010,0030 0010,0040 0008,0050 0008,0061 0008,0020 0020,000D';
    expect(tagsOf('STUDY', 'XCE')).toEqual(sorted(printed));
  });

  it('are attributes of the standard that are not retired, each once in its level', () => {
    for (const level of ['STUDY', 'SERIES', 'IMAGE'] as const) {
      const keywords = QUERY_KEYS[level].map(({ keyword }) => keyword);
      expect(new Set(keywords).size).toBe(keywords.length);
      for (const keyword of keywords) {
        const entry = dictionaryEntry(Tag[keyword as keyof typeof Tag]);
        expect(entry, keyword).toMatchObject({ keyword, retired: false });
      }
    }
  });

  it('are asked for with empty values, and hold every key that a user may match', () => {
    const asked = universalKeys('STUDY');
    expect(new Set(Object.values(asked))).toEqual(new Set(['']));
    expect(SEARCH_KEYS.filter(({ keyword }) => asked[keyword] === undefined)).toEqual([]);
  });
});
