import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../shared/dicom/encode.ts';
import { raw, rawSequence } from '../../../shared/dicom/testing/raw-element.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';
import { instanceFile } from './testing/instance.ts';
import { read, sendReady } from './testing/run.ts';

type Planted = readonly [tag: number, vr: Vr, value: string];

interface Person {
  readonly name?: string;
  readonly id?: string;
  readonly born?: string;
  readonly characterSet?: string;
}

/** A header that names somebody, and texts that the profile keeps but for what they say of them. */
async function keptOf(
  person: Person,
  planted: readonly Planted[],
): Promise<(string | undefined)[]> {
  const encoder = person.characterSet === 'ISO_IR 192' ? 'utf8' : 'latin1';
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, encoder));
  const elements = [
    ...planted.map(([tag, vr, value]) => raw(tag, vr, bytes(value))),
    raw(Tag.PatientName, 'PN', bytes(person.name ?? '')),
    raw(Tag.PatientID, 'LO', person.id ?? ''),
    raw(Tag.PatientBirthDate, 'DA', person.born ?? ''),
  ];
  const set = person.characterSet;
  const first = set === undefined ? [] : [raw(Tag.SpecificCharacterSet, 'CS', set)];
  const { dataset } = await read((await sendReady(instanceFile({ first, elements }))).file);
  return planted.map(([tag]) => dataset.text(tag)?.trim());
}

/** Under an attribute each, so that several stand in one header. */
const TEXTS = [Tag.Manufacturer, Tag.ManufacturerModelName, Tag.SoftwareVersions, Tag.StageName];
const texts = (...values: string[]): Planted[] =>
  values.map((value, i) => [TEXTS[i] ?? Tag.Manufacturer, i === 3 ? 'SH' : 'LO', value]);

const NAMED: readonly (readonly [string, Person, readonly string[]])[] = [
  ['in another order and case', { name: 'Quisling^Zacharias' }, ['Scan of Zacharias Quisling', 'QUISLING, Z.', 'quisling']],
  ['within another word', { name: 'Quisling^Zacharias' }, ['ZQUISLING', 'CT_Quisling_01', 'xzachariasx', 'QuislingZ']],
  ['in three letters', { name: 'Doe^Jon' }, ['Jon Doe made', 'DOE^JON', 'for doe']],
  ['in two letters beside each other', { name: 'Wu^Xi' }, ['Wu Xi made', 'WU^XI', 'xi, wu']],
  ['without its marks, or transcribed', { name: 'Müllerstein^Jürgen', characterSet: 'ISO_IR 100' }, ['Muellerstein', 'Mullerstein', 'JUERGEN', 'Jurgen']],
  ['with marks, where the header has none', { name: 'Muellerstein^Juergen', characterSet: 'ISO_IR 192' }, ['Müllerstein', 'Jürgen']],
  ['in UTF-8, where the header says Latin', { name: Buffer.from('Müllerstein^Jörgen').toString('latin1'), characterSet: 'ISO_IR 100' }, ['Müllerstein', 'of Jörgen']],
  ['as an ID with other separators', { id: '123-45-678' }, ['12345678', '123 45 678', '123.45.678', 'v 123_45_678']],
  ['as a short ID', { id: '4711' }, ['4711', 'of 4711', 'no 4711, syngo']],
  ['as the figures of an ID', { id: 'AB1234567' }, ['AB-1234567', '1234567', 'ID1234567']],
  ['as a day in the forms of people', { born: '19370512' }, ['12.05.1937', 'May 12, 1937', '12-MAY-1937', '05/12/37']],
  ['as a day in the forms of others', { born: '19370512' }, ['1937-5-12', '12. Mai 1937', '12/5/1937', '12 may 37']],
]; // prettier-ignore

const PERSONAL = [
  'call (555) 867-5309',
  'a.secret@clinic.example',
  'MRN: 88812345',
  'for Dr. Hiddenname',
  'performed by Hidden Name',
  'SSN 123-45-6789',
  'Hiddenname^Anna',
  '12 Oak Tree Street',
];

const EQUIPMENT = [
  'syngo MR B17 20100512',
  'GE MEDICAL SYSTEMS',
  '1.2.3.4',
  'Philips_DMR_V5.7.1.4',
];

describe('A text that the profile keeps', () => {
  it.each(NAMED)('goes where it names the patient %s', async (_, person, values) => {
    const kept = await keptOf(person, texts(...values));
    expect(kept).toEqual(values.map(() => 'REMOVED'));
  });

  it.each(PERSONAL)('goes where it looks as if it were about a person: %s', async (value) => {
    expect(await keptOf({}, texts(value))).toEqual(['REMOVED']);
  });

  it('stays where it is about equipment', async () => {
    expect(
      await keptOf(
        { name: 'Quisling^Jo', id: '123-45-678' },
        texts(...EQUIPMENT.slice(0, 3), 'PRE'),
      ),
    ).toEqual([...EQUIPMENT.slice(0, 3), 'PRE']);
    expect(await keptOf({}, texts(EQUIPMENT[3] ?? ''))).toEqual([EQUIPMENT[3]]);
  });

  it('is a code, a number or a UID of a class: only the part goes that names the patient', async () => {
    const person = { name: 'Doe^Jon', id: '4711233' };
    const planted: Planted[] = [
      [Tag.ImageType, 'CS', 'ORIGINAL\\PRIMARY\\JON_DOE\\X9988776'],
      [Tag.BodyPartExamined, 'CS', 'DOE_JON'],
      [Tag.SliceThickness, 'DS', '4711233'],
      [Tag.SeriesNumber, 'IS', '4711233'],
      [Tag.ContentLabel, 'CS', 'SMITHSON'],
    ];
    expect(await keptOf(person, planted)).toEqual([
      'ORIGINAL\\PRIMARY\\REMOVED\\REMOVED', 'REMOVED', '0', '0', 'REMOVED',
    ]); // prettier-ignore
    const [uid] = await keptOf(person, [[Tag.SOPClassesInStudy, 'UI', '1.2.3.4711233.45']]);
    expect(uid).toMatch(/^2\.25\./);
  });

  it('is a code: words that no vocabulary of images has go, whether a header names them or not', async () => {
    const planted: Planted[] = [
      [Tag.ImageType, 'CS', 'DERIVED\\SECONDARY\\OSTERHASE\\MPR_FFE'],
      [Tag.BodyPartExamined, 'CS', 'HEADNECK'],
      [Tag.ScanOptions, 'CS', 'SAT1\\HELICAL MODE\\FOR OSTERHASE'],
      [Tag.CassetteSize, 'CS', '35CMX43CM'],
      [Tag.ViewPosition, 'CS', 'AB12345 '],
    ];
    expect(await keptOf({}, planted)).toEqual([
      'DERIVED\\SECONDARY\\REMOVED\\MPR_FFE', 'HEADNECK', 'SAT1\\HELICAL MODE\\REMOVED', '35CMX43CM', 'REMOVED',
    ]); // prettier-ignore
  });

  it.each(['GB18030 ', '\\ISO 2022 IR 149 '])('is the name of a character set: %s', async (set) => {
    const file = instanceFile({ first: [raw(Tag.SpecificCharacterSet, 'CS', set)] });
    const { dataset } = await read((await sendReady(file)).file);
    expect(dataset.text(Tag.SpecificCharacterSet)?.trim()).toBe(set.trim());
  });

  it('is a term of a vocabulary, whoever is called by a part of it', async () => {
    const item = [raw(Tag.CodeValue, 'SH', '113100'), raw(Tag.CodingSchemeDesignator, 'SH', 'DCM '), raw(Tag.CodeMeaning, 'LO', 'Radiation dose')]; // prettier-ignore
    const elements = [
      raw(Tag.PatientName, 'PN', 'Adiati^Ose'),
      rawSequence(Tag.AnatomicRegionSequence, [concatBytes(item)]),
    ];
    const { dataset } = await read((await sendReady(instanceFile({ elements }))).file);
    const [region] = dataset.items(Tag.AnatomicRegionSequence);
    expect(region?.text(Tag.CodeMeaning)).toBe('Radiation dose');
  });
});
