import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { openArchive } from './local-archive.ts';
import type { Archive, StudyOrder } from './store.ts';
import { incoming, madeInstance, startArchive, type Made } from './testing/made-instance.ts';

const store = (archive: Archive, made: Made, origin?: 'archive' | 'cache') =>
  archive.store(incoming(madeInstance(made), origin));

const page = (by: StudyOrder, search?: string) => ({
  ...(search !== undefined && { search }),
  limit: 10,
  offset: 0,
  order: { by, descending: false },
});

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

const isWell = { filesWithoutRow: [], rowsWithoutFile: [], wrongSize: [] };

describe('the index', () => {
  it('holds what a query asks for, at each level, and null or nothing for what is missing', async () => {
    const { archive } = await startArchive();
    const fields: Fields = {
      [Tag.PatientName]: 'Doe^Jane',
      [Tag.PatientID]: 'P1',
      [Tag.StudyDate]: '20200102',
      [Tag.StudyTime]: '030405',
      [Tag.AccessionNumber]: 'A1',
      [Tag.SeriesNumber]: '7',
      [Tag.InstanceNumber]: '3',
      [Tag.Rows]: 16,
      [Tag.Columns]: 8,
      [Tag.ImagePositionPatient]: ['-1.5', '0', '2'],
    };
    await store(archive, { study: '1.2', series: '1.2.1', instance: '1.2.1.1', fields });
    await store(archive, { study: '1.2', series: '1.2.2', instance: '1.2.2.1' });
    const { studies, total } = await archive.studies(page('StudyDate'));
    expect(total).toBe(1);
    expect(studies).toMatchObject([
      {
        PatientName: 'Doe^Jane',
        PatientID: 'P1',
        IssuerOfPatientID: '',
        StudyInstanceUID: '1.2',
        StudyDate: '20200102',
        StudyTime: '030405',
        AccessionNumber: 'A1',
        ModalitiesInStudy: 'CT',
        NumberOfStudyRelatedSeries: 2,
        NumberOfStudyRelatedInstances: 2,
        sourceAeTitle: 'SENDER',
        origin: 'archive',
      },
    ]);
    expect(await archive.series('1.2')).toMatchObject([
      { SeriesInstanceUID: '1.2.1', SeriesNumber: 7, NumberOfSeriesRelatedInstances: 1 },
      { SeriesInstanceUID: '1.2.2', SeriesNumber: null, Modality: 'CT' },
    ]);
    const query = { studyInstanceUid: '1.2', seriesInstanceUid: '1.2.1', limit: 10, offset: 0 };
    expect(await archive.instances(query)).toMatchObject([
      {
        SOPInstanceUID: '1.2.1.1',
        InstanceNumber: 3,
        Rows: 16,
        Columns: 8,
        NumberOfFrames: null,
        ImagePositionPatient: '-1.5\\0\\2',
        TransferSyntaxUID: '1.2.840.10008.1.2.1',
      },
    ]);
  });

  it('decodes names by the character set of the instance, and finds them in any case', async () => {
    const { archive } = await startArchive();
    const name = (bytes: Uint8Array<ArrayBuffer>, set: string): Fields => ({
      [Tag.SpecificCharacterSet]: set,
      [Tag.PatientName]: { vr: 'PN', value: bytes },
    });
    const greek = new Uint8Array([0xc4, 0xe9, 0xef, 0xed]);
    await store(archive, {
      study: '1.1',
      instance: '1.1.1',
      fields: name(latin1('Buc^Jérôme'), 'ISO_IR 100'),
    });
    await store(archive, { study: '1.2', instance: '1.2.1', fields: name(greek, 'ISO_IR 126') });
    const names = async (search: string) =>
      (await archive.studies(page('PatientName', search))).studies.map((row) => row.PatientName);
    expect(await names('jÉrÔme BUC')).toEqual(['Buc^Jérôme']);
    expect(await names('δΙΟ')).toEqual(['Διον']);
    expect(await names('nobody')).toEqual([]);
    expect(await names('')).toEqual(['Buc^Jérôme', 'Διον']);
  });

  it('tells which studies changed, many changes at once', async () => {
    const { archive } = await startArchive();
    const told: (readonly string[])[] = [];
    const end = archive.onStudiesChanged((uids) => told.push(uids));
    const studies = Array.from({ length: 20 }, (_, i) => `1.${i}`);
    await Promise.all(studies.map((study) => store(archive, { study, instance: `${study}.9` })));
    await expect.poll(() => new Set(told.flat())).toEqual(new Set(studies));
    expect(told.length).toBeLessThan(5);
    end();
  });
});

describe('the folder', () => {
  it('holds nothing that is named after a UID', async () => {
    const { archive, dataDirectory } = await startArchive();
    await store(archive, { study: '../../1.2', instance: '..\\1.2.3' });
    const names = await readdir(dataDirectory, { recursive: true });
    expect(names.filter((name) => name.endsWith('.dcm'))).toHaveLength(1);
    expect(names.join()).not.toContain('1.2');
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
  });

  it('is used by one program at a time', async () => {
    const { dataDirectory } = await startArchive();
    const second = openArchive({ dataDirectory });
    await expect(second).rejects.toThrow('Another program has the archive');
    await expect(second).rejects.toMatchObject({ code: 'in-use' });
  });

  it('that lost its index gets a new one from its files', async () => {
    const first = await startArchive();
    await store(first.archive, { study: '1.2', instance: '1.2.3' }, 'cache');
    const before = (await first.archive.studies(page('StudyDate'))).studies;
    await first.archive.close();
    await writeFile(join(first.folder, 'index.sqlite'), 'not a database, this');
    const { archive } = await startArchive({ dataDirectory: first.dataDirectory });
    expect((await archive.studies(page('StudyDate'))).studies).toEqual(before);
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
  });
});
