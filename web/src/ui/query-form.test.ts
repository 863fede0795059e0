import { describe, expect, it } from 'vitest';
import { SEARCH_KEYS } from '../../../shared/dicom/query-keys.ts';
import { WORKLIST_SEARCH_KEYS } from '../../../shared/dicom/worklist-keys.ts';
import { dayEntry, emptyEntries, keysOf, rangeEnd, rangeStart } from './query-form.ts';
import { text } from './text.ts';

describe('The search form', () => {
  it('gives every key with an empty value when nothing was entered', () => {
    const keys = keysOf(SEARCH_KEYS, emptyEntries(SEARCH_KEYS));
    expect(Object.keys(keys)).toEqual(SEARCH_KEYS.map(({ keyword }) => keyword));
    expect(new Set(Object.values(keys))).toEqual(new Set(['']));
  });

  it.each([
    ['a name as people write it', { PatientName: ' Doe , Jane ' }, { PatientName: 'Doe^Jane' }],
    ['a name as DICOM writes it', { PatientName: 'DOE^J*' }, { PatientName: 'DOE^J*' }],
    ['a code in small letters', { ModalitiesInStudy: 'ct' }, { ModalitiesInStudy: 'CT' }],
    ['a birth date', { PatientBirthDate: '1961-05-04' }, { PatientBirthDate: '19610504' }],
  ])('writes %s as DICOM does', (_, entries, keys) => {
    expect(keysOf(SEARCH_KEYS, { ...emptyEntries(SEARCH_KEYS), ...entries })).toMatchObject(keys);
  });

  it.each([
    ['2026-01-02', '2026-01-31', '20260102-20260131'],
    ['2026-01-02', '2026-01-02', '20260102'],
    ['2026-01-02', '', '20260102-'],
    ['', '2026-01-31', '-20260131'],
    ['', '', ''],
  ])('writes the days from "%s" to "%s" as a range', (from, to, StudyDate) => {
    const entries = { [rangeStart('StudyDate')]: from, [rangeEnd('StudyDate')]: to };
    expect(keysOf(SEARCH_KEYS, { ...emptyEntries(SEARCH_KEYS), ...entries })).toMatchObject({
      StudyDate,
    });
  });

  it('writes a day as a field of dates has it, in the calendar of the place', () => {
    expect(dayEntry(new Date(2026, 0, 2, 23, 59))).toBe('2026-01-02');
  });

  it('has a label for every key but ranges, which have two', () => {
    const labelled = [...SEARCH_KEYS, ...WORKLIST_SEARCH_KEYS].filter(
      ({ entry }) => entry !== 'range',
    );
    expect(labelled.filter(({ keyword }) => text.query.keys[keyword] === undefined)).toEqual([]);
  });
});
