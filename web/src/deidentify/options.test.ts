import { UNSEEN } from './look.ts';
import { describe, expect, it } from 'vitest';
import { encodePart10, type Fields } from '../../../shared/dicom/encode.ts';
import { raw } from '../../../shared/dicom/testing/raw-element.ts';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { optionEntry, PROFILE_OPTIONS, type ProfileOption } from './options.ts';
import { BASIC_PROFILE, type Profile } from './profile.ts';
import { INSTANCE_UID, instanceFile } from './testing/instance.ts';
import { pseudonymsOf, read, send, SEEN } from './testing/run.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';

const image = (fields: Fields) =>
  encodePart10(
    {
      sopClassUid: CT,
      sopInstanceUid: INSTANCE_UID,
      transferSyntaxUid: ExplicitVrLittleEndian.uid,
    },
    {
      [Tag.SOPClassUID]: CT,
      [Tag.SOPInstanceUID]: INSTANCE_UID,
      [Tag.StudyInstanceUID]: '1.9.1',
      [Tag.PatientID]: 'P-4711',
      [Tag.PatientName]: 'Doe^Jane',
      ...fields,
    },
    ExplicitVrLittleEndian,
    'as they are',
  );

const withOptions = (...options: ProfileOption[]): Profile => ({
  ...BASIC_PROFILE,
  options: new Set(options),
});

async function deidentified(file: Uint8Array<ArrayBuffer>, profile: Profile) {
  const sent = await send(file, pseudonymsOf('key'), false, {
    profile,
    look: SEEN,
  });
  if ('kind' in sent) throw new Error(sent.reason);
  return { ...sent, dataset: (await read(sent.file)).dataset };
}

describe('An option of the profile', () => {
  it('keeps dates as they are, and says so', async () => {
    const file = image({
      [Tag.StudyDate]: '20200131',
      [Tag.StudyTime]: '101500',
      [Tag.PatientBirthDate]: '19500101',
    });
    const { dataset } = await deidentified(file, withOptions('retain-longitudinal-full-dates'));
    expect(dataset.string(Tag.StudyDate)).toBe('20200131');
    expect(dataset.string(Tag.StudyTime)).toBe('101500');
    // A birthday is no temporal information of the study: the option doesn't name it.
    expect(dataset.string(Tag.PatientBirthDate)).toBeUndefined();
    expect(dataset.string(Tag.LongitudinalTemporalInformationModified)).toBe('UNMODIFIED');
  });

  it('moves the dates of a patient by one number of days, in all files and at all depths', async () => {
    const profile = withOptions('retain-longitudinal-modified-dates');
    const one = await deidentified(
      image({
        [Tag.StudyDate]: '20200131',
        [Tag.SeriesDate]: '20200229',
        [Tag.StudyTime]: '101500.123',
        [Tag.AcquisitionDateTime]: '20200131101500.5+0100',
      }),
      profile,
    );
    const two = await deidentified(image({ [Tag.StudyDate]: '20210131' }), profile);
    const other = await deidentified(
      image({ [Tag.StudyDate]: '20200131', [Tag.PatientID]: 'P-4712' }),
      profile,
    );
    const day = (text = '') =>
      Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6, 8))) /
      86_400_000;
    const [a, b, c] = [one.dataset, two.dataset, other.dataset];
    expect(a.string(Tag.StudyDate)).not.toBe('20200131');
    expect(day(a.string(Tag.SeriesDate)) - day(a.string(Tag.StudyDate))).toBe(29);
    expect(day(b.string(Tag.StudyDate)) - day(a.string(Tag.StudyDate))).toBe(366);
    expect(a.string(Tag.AcquisitionDateTime)).toBe(`${a.string(Tag.StudyDate) ?? ''}101500.5+0100`);
    expect(a.string(Tag.StudyTime)).toBe('101500.123');
    expect(c.string(Tag.StudyDate)).not.toBe(a.string(Tag.StudyDate));
    expect(a.string(Tag.LongitudinalTemporalInformationModified)).toBe('MODIFIED');
  });

  it('keeps UIDs, institutions, devices and characteristics, each with its own option alone', async () => {
    const file = image({
      [Tag.InstitutionName]: 'General',
      [Tag.StationName]: 'CT01',
      [Tag.PatientAge]: '045Y',
      [Tag.PatientSex]: 'F',
    });
    const kept = async (...options: ProfileOption[]) => {
      const { dataset } = await deidentified(file, withOptions(...options));
      return [Tag.StudyInstanceUID, Tag.InstitutionName, Tag.StationName, Tag.PatientAge].map(
        (tag) => dataset.string(tag) ?? '',
      );
    };
    const [uid, ...others] = await kept();
    expect(uid).toMatch(/^2\.25\./);
    expect(others.filter((value) => /General|CT01|045Y/.test(value))).toEqual([]);
    expect((await kept('retain-uids'))[0]).toBe('1.9.1');
    expect((await kept('retain-institution-identity'))[1]).toBe('General');
    expect((await kept('retain-device-identity'))[2]).toBe('CT01');
    expect((await kept('retain-patient-characteristics'))[3]).toBe('045Y');
  });

  it('makes one of all ages over 89', async () => {
    const ages = { '089Y': '089Y', '090Y': '090Y', '097Y': '090Y', '999M': '999M' };
    for (const [age, expected] of Object.entries(ages)) {
      const { dataset } = await deidentified(
        image({ [Tag.PatientAge]: age }),
        withOptions('retain-patient-characteristics'),
      );
      expect(dataset.string(Tag.PatientAge)).toBe(expected);
    }
  });

  it('cleans descriptions and keeps what is clinical in them', async () => {
    const { dataset } = await deidentified(
      image({
        [Tag.StudyDescription]: 'CT thorax for Jane Doe, MRN: 991231',
        [Tag.SeriesDescription]: 'Lung 1.0 B70f',
        [Tag.StationName]: 'CT01',
      }),
      withOptions('clean-descriptors'),
    );
    expect(dataset.string(Tag.StudyDescription)).toBe('CT thorax for');
    expect(dataset.string(Tag.SeriesDescription)).toBe('Lung 1.0 B70f');
  });

  it('takes a birthday out of text whose other dates move: it would tell an age', async () => {
    const { dataset } = await deidentified(
      image({
        [Tag.StudyDate]: '20200131',
        [Tag.PatientBirthDate]: '19340203',
        [Tag.StudyDescription]: 'Born 3 Feb 1934, seen 31 Jan 2020',
        [Tag.SeriesDescription]: 'DOB 03.02.1934 knee 2020-01-31',
      }),
      withOptions('clean-descriptors', 'retain-longitudinal-modified-dates'),
    );
    const moved = dataset.string(Tag.StudyDate) ?? '';
    const [year, month, day] = [moved.slice(0, 4), moved.slice(4, 6), moved.slice(6)];
    expect(dataset.string(Tag.StudyDescription)).toMatch(/^Born,? seen \d+ \w{3} \d{4}$/);
    expect(dataset.string(Tag.StudyDescription)).toContain(year);
    expect(dataset.string(Tag.SeriesDescription)).toBe(`DOB knee ${year}-${month}-${day}`);
  });

  it('cleans text in the character set that it has', async () => {
    const { dataset } = await deidentified(
      image({
        [Tag.SpecificCharacterSet]: 'ISO_IR 192',
        [Tag.PatientName]: 'Müller^Jörg',
        [Tag.SeriesDescription]: 'Schädel Müller für Größe',
      }),
      withOptions('clean-descriptors'),
    );
    expect(dataset.string(Tag.SeriesDescription)).toBe('Schädel für Größe');
  });

  it('keeps private elements that the standard lists, and no others', async () => {
    const privately = (creator: string) =>
      instanceFile({
        last: [raw(0x7fe10010, 'LO', creator), raw(0x7fe11001, 'LO', 'x ')],
        elements: [
          raw(0x00190010, 'LO', creator),
          raw(0x00191023, 'DS', '1.25'),
          raw(0x00191099, 'LO', 'Doe^Jane'),
        ],
      });
    const profile = withOptions('retain-safe-private');
    const safe = await deidentified(privately('GEMS_ACQU_01'), profile);
    expect(safe.dataset.string(0x00191023)).toBe('1.25');
    expect(safe.dataset.string(0x00190010)).toBe('GEMS_ACQU_01');
    expect(safe.dataset.has(0x00191099)).toBe(false);
    expect(safe.dataset.has(0x7fe10010)).toBe(false);
    const unknown = await deidentified(privately('SOMEBODY ELSE'), profile);
    expect(unknown.dataset.has(0x00190010)).toBe(false);
    const without = await deidentified(privately('GEMS_ACQU_01'), BASIC_PROFILE);
    expect(without.dataset.has(0x00191023)).toBe(false);
  });

  it('on pictures withholds until someone has looked', async () => {
    const profile = withOptions('clean-pixel-data');
    const file = image({ [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(8) } });
    const sent = await send(file, pseudonymsOf('key'), false, { profile, look: UNSEEN });
    expect(sent).toMatchObject({
      kind: 'withheld',
      reason: expect.stringMatching(/looked/) as string,
    });
    const { dataset } = await deidentified(file, profile);
    expect(dataset.string(Tag.BurnedInAnnotation)).toBe('NO');
  });

  it('stands with its code behind that of the profile, and no other does', async () => {
    for (const option of PROFILE_OPTIONS) {
      const { dataset } = await deidentified(image({}), withOptions(option));
      const codes = dataset
        .items(Tag.DeidentificationMethodCodeSequence)
        .map((item) => item.string(Tag.CodeValue));
      expect(codes).toEqual(['113100', optionEntry(option).code]);
    }
  });

  it('stands with its meaning for people who are called as the standard’s words, too', async () => {
    const file = image({ [Tag.PatientName]: 'Patient^Device^Clean^Basic' });
    for (const option of PROFILE_OPTIONS) {
      const { dataset } = await deidentified(file, withOptions(option));
      const [, done] = dataset.items(Tag.DeidentificationMethodCodeSequence);
      expect(done?.string(Tag.CodeMeaning)).toBe(optionEntry(option).meaning);
    }
  });
});

describe('A second run with the same key', () => {
  const everything = PROFILE_OPTIONS.filter(
    (option) => option !== 'retain-longitudinal-full-dates' && option !== 'retain-uids',
  );
  it.each([[], everything] as const)('changes nothing', async (...options) => {
    const profile = withOptions(...options);
    const file = image({
      [Tag.StudyDate]: '20200131',
      [Tag.SeriesDescription]: 'Doe thorax 20200131',
      [Tag.ReferencedImageSequence]: [{ [Tag.ReferencedSOPInstanceUID]: '1.9.3' }],
    });
    const once = await deidentified(file, profile);
    const twice = await deidentified(once.file, profile);
    expect(Buffer.compare(twice.file, once.file)).toBe(0);
  });

  it.skipIf(corpusFiles().length === 0)(
    'changes nothing in real files',
    { timeout: 60_000 },
    async () => {
      const profile = withOptions(...everything);
      let count = 0;
      for (const corpusFile of corpusFiles()) {
        const once = await send(bytesOf(corpusFile), pseudonymsOf('key'), false, {
          profile,
          look: SEEN,
        });
        if ('kind' in once) continue;
        const twice = await send(once.file, pseudonymsOf('key'), false, {
          profile,
          look: SEEN,
        });
        if ('kind' in twice) return expect.fail(`${corpusFile.name}: ${twice.reason}`);
        expect(Buffer.compare(twice.file, once.file), corpusFile.name).toBe(0);
        count++;
      }
      expect(count).toBeGreaterThan(80);
    },
  );
});
