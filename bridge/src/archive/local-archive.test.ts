import { writeSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ArchiveError } from './archive-error.ts';
import { diskFile } from './incoming-file.ts';
import { openArchive } from './local-archive.ts';
import type { DuplicateRule, Origin, StudyOrder } from './store.ts';
import {
  halfReceived,
  incoming,
  isWell,
  madeInstance,
  startArchive,
  store,
} from './testing/made-instance.ts';

const page = (by: StudyOrder, search?: string) => ({
  ...(search !== undefined && { search }),
  limit: 10,
  offset: 0,
  order: { by, descending: false },
});

const ioError = () => Object.assign(new Error('lost'), { code: 'EIO', syscall: 'fdatasync' });

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

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

describe('an instance that is there already', () => {
  const versions = async (duplicates: DuplicateRule) => {
    const started = await startArchive({ duplicates });
    const { archive } = started;
    await store(archive, { instance: '1.2.3.4', pixelBytes: 100 });
    const before = await archive.locate('1.2.3.4');
    const second = await store(archive, { instance: '1.2.3.4', pixelBytes: 200 });
    const after = await archive.locate('1.2.3.4');
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
    expect(await halfReceived(started.folder)).toEqual([]);
    return { second, isNew: (after?.size ?? 0) > (before?.size ?? 0), ...started };
  };

  it('is replaced, or kept, or the new one is refused, by setting', async () => {
    expect(await versions('replace')).toMatchObject({ second: { kind: 'stored' }, isNew: true });
    expect(await versions('keep')).toMatchObject({ second: { kind: 'kept' }, isNew: false });
    expect(await versions('refuse')).toMatchObject({ second: { kind: 'duplicate' }, isNew: false });
  });

  it('in another study is never replaced', async () => {
    const { archive } = await startArchive({ duplicates: 'replace' });
    await store(archive, { study: '1.1', instance: '1.2.3.4' });
    const second = await store(archive, { study: '1.2', instance: '1.2.3.4' });
    expect(second).toEqual({ kind: 'duplicate' });
    expect(await archive.study('1.2')).toBeUndefined();
  });

  it('but only cached gives way, and what is archived does not give way to a retrieval', async () => {
    const { archive } = await startArchive({ duplicates: 'keep' });
    await store(archive, { instance: '1.2.3.4' }, 'cache');
    expect(await archive.study('1.2.3')).toMatchObject({ origin: 'cache' });
    expect(await store(archive, { instance: '1.2.3.4' })).toEqual({ kind: 'stored' });
    expect(await archive.study('1.2.3')).toMatchObject({ origin: 'archive' });
    expect(await store(archive, { instance: '1.2.3.4' }, 'cache')).toEqual({ kind: 'kept' });
    expect(await archive.counts()).toMatchObject({ instances: 1, cacheBytes: 0 });
  });

  it('and comes many times at once is there once', async () => {
    const { archive } = await startArchive();
    const stores = Array.from({ length: 12 }, () => store(archive, { instance: '1.2.3.4' }));
    expect(await Promise.all(stores)).toEqual(stores.map(() => ({ kind: 'stored' })));
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
    expect(await archive.study('1.2.3')).toMatchObject({ NumberOfStudyRelatedInstances: 1 });
  });

  it('but whose file is lost is not taken for kept', async () => {
    const { archive } = await startArchive({ duplicates: 'keep' });
    await store(archive, { instance: '1.2.3.4' });
    await rm((await archive.locate('1.2.3.4'))!.path);
    expect(await store(archive, { instance: '1.2.3.4' })).toEqual({ kind: 'stored' });
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
  });
});

describe('an instance that can not be kept', () => {
  it('says so when the data set is another one, lacks a UID or is none', async () => {
    const { archive, folder } = await startArchive();
    const made = madeInstance({ instance: '1.2.3.4' });
    const other = incoming({ ...made, sopInstanceUid: '1.2.3.5' });
    expect(await archive.store(other)).toEqual({
      kind: 'mismatch',
      problems: [{ keyword: 'SOPInstanceUID', problem: 'differs' }],
    });
    expect(await store(archive, { study: '', series: '', instance: '1.2.3.4' })).toEqual({
      kind: 'mismatch',
      problems: [
        { keyword: 'StudyInstanceUID', problem: 'missing' },
        { keyword: 'SeriesInstanceUID', problem: 'missing' },
      ],
    });
    const noise = { ...made, dataset: new Uint8Array(1000).fill(0xa5) };
    expect(await archive.store(incoming(noise))).toEqual({ kind: 'not-understood' });
    const empty = { ...made, dataset: new Uint8Array(0) };
    expect(await archive.store(incoming(empty))).toEqual({ kind: 'not-understood' });
    expect(await halfReceived(folder)).toEqual([]);
    expect((await archive.counts()).instances).toBe(0);
  });

  it('because the disk is full leaves nothing behind, and the next one is taken', async () => {
    let room = 1_000_000;
    const { archive, folder } = await startArchive({
      writeFile: {
        // As a disk does: some bytes still go, then none.
        now: (descriptor, part) => {
          const bytes = part.subarray(0, room);
          room -= bytes.length;
          if (bytes.length === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
          return writeSync(descriptor, bytes);
        },
        elsewhere: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
        synchronise: (descriptor) => diskFile.synchronise(descriptor),
      },
    });
    const first = await store(archive, { instance: '1.2.3.4', pixelBytes: 1_500_000 });
    expect(first).toEqual({ kind: 'out-of-resources' });
    expect(await halfReceived(folder)).toEqual([]);
    room = 1_000_000;
    expect(await store(archive, { instance: '1.2.3.4' })).toEqual({ kind: 'stored' });
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
  });

  it('because the disk lost a part that it had taken is told to the sender', async () => {
    // A system tells of it once: the synchronisation at the end would go well.
    let isLost = true;
    const { archive, folder } = await startArchive({
      writeFile: {
        ...diskFile,
        synchronise: () => (isLost ? Promise.reject(ioError()) : Promise.resolve()),
      },
    });
    await expect(store(archive, { instance: '1.2.3.4', pixelBytes: 300_000 })).rejects.toThrow(
      ArchiveError,
    );
    expect(await halfReceived(folder)).toEqual([]);
    isLost = false;
    expect(await store(archive, { instance: '1.2.3.4', pixelBytes: 300_000 })).toEqual({
      kind: 'stored',
    });
  });

  it('because of nothing but short writes is kept whole', async () => {
    const { archive } = await startArchive({
      writeFile: {
        ...diskFile,
        now: (descriptor, part) => writeSync(descriptor, part.subarray(0, 10_001)),
        elsewhere: (descriptor, parts) => {
          const bytes = Buffer.concat(parts).subarray(0, 100_001);
          return Promise.resolve({ bytesWritten: writeSync(descriptor, bytes) });
        },
      },
    });
    const made = madeInstance({ instance: '1.2.3.4', pixelBytes: 1_500_000 });
    expect(await archive.store(incoming(made))).toEqual({ kind: 'stored' });
    const { path, datasetOffset } = (await archive.locate('1.2.3.4'))!;
    const kept = (await readFile(path)).subarray(datasetOffset);
    expect(Buffer.compare(kept, made.dataset)).toBe(0);
  });

  it('because the quota is used up is refused; replacing one is not', async () => {
    const { archive, folder } = await startArchive({ quotaBytes: 30_000 });
    expect((await store(archive, { instance: '1.2.3.4', pixelBytes: 20_000 })).kind).toBe('stored');
    const second = await store(archive, { instance: '1.2.3.5', pixelBytes: 20_000 });
    expect(second).toEqual({ kind: 'out-of-resources' });
    expect((await store(archive, { instance: '1.2.3.4', pixelBytes: 21_000 })).kind).toBe('stored');
    expect(await halfReceived(folder)).toEqual([]);
  });

  it('because the quota is used up to the last byte is refused before it is received', async () => {
    const { archive } = await startArchive();
    await store(archive, { instance: '1.2.3.4', pixelBytes: 20_000 });
    const quotaBytes = (await archive.counts()).archiveBytes;
    const full = await startArchive({ quotaBytes });
    await store(full.archive, { instance: '1.2.3.4', pixelBytes: 20_000 });
    let taken = 0;
    async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
      taken++;
      yield* incoming(madeInstance({ instance: '1.2.3.5' })).dataset;
    }
    const another = incoming(madeInstance({ instance: '1.2.3.5' }));
    const refused = await full.archive.store({ ...another, dataset: counted() });
    expect([refused.kind, taken]).toEqual(['out-of-resources', 0]);
    expect((await store(full.archive, { instance: '1.2.3.4' })).kind).toBe('stored');
    await full.archive.deleteStudy('1.2.3');
    const after = await full.archive.store({ ...another, dataset: counted() });
    expect([after.kind, taken]).toEqual(['stored', 1]);
  });

  it('because nobody waits for it any more is dropped', async () => {
    const { archive, folder } = await startArchive();
    const abort = new AbortController();
    abort.abort(new Error('gone'));
    const made = { ...incoming(madeInstance({ instance: '1.2.3.4' })), signal: abort.signal };
    await expect(archive.store(made)).rejects.toThrow('gone');
    expect(await halfReceived(folder)).toEqual([]);
  });
});

describe('the cache', () => {
  it('stays within its quota: what was used longest ago goes, what is archived never', async () => {
    const { archive } = await startArchive({ cacheQuotaBytes: 60_000 });
    const add = (study: string, origin: Origin) =>
      store(archive, { study, instance: `${study}.9`, pixelBytes: 20_000 }, origin);
    await add('1.1', 'archive');
    await add('1.2', 'cache');
    await add('1.3', 'cache');
    const query = { studyInstanceUid: '1.2', seriesInstanceUid: '1.2.1', limit: 1, offset: 0 };
    expect(await archive.instances(query)).toHaveLength(1);
    expect((await add('1.4', 'cache')).kind).toBe('stored');
    const { studies } = await archive.studies(page('receivedMs'));
    expect(studies.map((row) => row.StudyInstanceUID)).toEqual(['1.1', '1.2', '1.4']);
    expect(await archive.check()).toEqual({ files: 3, rows: 3, ...isWell });
  });

  it('refuses what does not go in at all', async () => {
    const { archive } = await startArchive({ cacheQuotaBytes: 10_000 });
    const big = await store(archive, { instance: '1.2.3.4', pixelBytes: 20_000 }, 'cache');
    expect(big).toEqual({ kind: 'out-of-resources' });
  });
});

describe('a study', () => {
  it('is deleted with its files, and does not come back', async () => {
    const { archive, dataDirectory } = await startArchive();
    await store(archive, { study: '1.1', instance: '1.1.9' });
    await store(archive, { study: '1.2', instance: '1.2.9' });
    expect(await archive.deleteStudy('1.1')).toBe(true);
    expect(await archive.deleteStudy('1.1')).toBe(false);
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
    await archive.close();
    const { archive: again } = await startArchive({ dataDirectory });
    expect((await again.studies(page('StudyDate'))).studies).toMatchObject([
      { StudyInstanceUID: '1.2' },
    ]);
  });

  it('is found on its page, in the order that was asked for', async () => {
    const { archive } = await startArchive();
    const made = (number: number) => ({
      study: `1.${number}`,
      instance: `1.${number}.9`,
      fields: { [Tag.StudyDate]: `2020010${number}`, [Tag.PatientID]: `P${9 - number}` },
    });
    for (const number of [2, 5, 1, 4, 3]) await store(archive, made(number));
    const query = { limit: 2, offset: 1, order: { by: 'StudyDate', descending: true } } as const;
    const { studies, total } = await archive.studies(query);
    expect(studies.map((row) => row.StudyDate)).toEqual(['20200104', '20200103']);
    expect(total).toBe(5);
    const byPatient = await archive.studies(page('PatientID'));
    expect(byPatient.studies.map((row) => row.PatientID)).toEqual(['P4', 'P5', 'P6', 'P7', 'P8']);
  });

  it('is not asked for any more once the query is cancelled', async () => {
    const { archive } = await startArchive();
    const abort = new AbortController();
    const query = archive.studies(page('StudyDate'), abort.signal);
    abort.abort();
    await expect(query).rejects.toMatchObject({ code: 'cancelled' });
    await expect(archive.counts()).resolves.toMatchObject({ studies: 0 });
  });
});
