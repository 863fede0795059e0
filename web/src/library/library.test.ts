import { describe, expect, it } from 'vitest';
import { ctSeries } from '../../../bridge/src/samples/phantom/ct-series.ts';
import { mrSeries } from '../../../bridge/src/samples/phantom/mr-series.ts';
import { found, sourceOf, unreadable, type Found } from '../files/source-file.ts';
import { importFiles, type ImportProgress } from './import-files.ts';
import { indexFile } from './index-file.ts';
import type { InstanceSummary } from './instance-summary.ts';
import { Library, type LibraryInstance } from './library.ts';

const base: InstanceSummary = {
  patientName: 'A^B',
  patientId: '1',
  patientBirthDate: '',
  patientSex: '',
  studyInstanceUid: '1.1',
  studyDate: '20260101',
  studyTime: '',
  studyDescription: '',
  accessionNumber: '',
  seriesInstanceUid: '1.1.1',
  seriesNumber: 1,
  seriesDescription: '',
  modality: 'CT',
  sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
  sopInstanceUid: '1.1.1.1',
  transferSyntaxUid: '1.2.840.10008.1.2',
  instanceNumber: 1,
  rows: 1,
  columns: 1,
  numberOfFrames: 1,
  imagePositionPatient: [],
  imageOrientationPatient: [],
  imageType: '',
  acquisitionNumber: undefined,
  echoNumber: undefined,
  temporalPosition: undefined,
  bodyPart: '',
  laterality: '',
  viewPosition: '',
  patientOrientation: '',
};

const instance = (change: Partial<InstanceSummary>, path = 'a'): LibraryInstance => ({
  summary: { ...base, ...change },
  source: sourceOf(new File([], path), path),
  size: 0,
  lastModified: 0,
});

describe('the library', () => {
  it('groups by study and series, newest study first, series and instances by number', () => {
    const library = new Library();
    library.add(instance({ sopInstanceUid: '1', instanceNumber: 2 }));
    library.add(instance({ sopInstanceUid: '2', instanceNumber: 1 }));
    library.add(
      instance({ sopInstanceUid: '3', seriesInstanceUid: '0', seriesNumber: 0, modality: 'PT' }),
    );
    library.add(instance({ sopInstanceUid: '4', studyInstanceUid: '2.2', studyDate: '20260202' }));
    const [newer, older] = library.studies();
    expect(newer?.studyInstanceUid).toBe('2.2');
    expect(older?.modalities).toEqual(['CT', 'PT']);
    expect(older?.series.map(({ seriesNumber }) => seriesNumber)).toEqual([0, 1]);
    const uids = older?.series[1]?.instances.map(({ summary }) => summary.sopInstanceUid);
    expect(uids).toEqual(['2', '1']);
  });

  it('takes an instance once, and names the file that came first', () => {
    const library = new Library();
    library.add(instance({}, 'first'));
    expect(library.add(instance({}, 'second'))).toEqual({
      kind: 'skipped',
      reason: 'The same instance as first, which came first.',
    });
    expect(library.add(instance({}, 'first'))).toEqual({
      kind: 'skipped',
      reason: 'It is open already.',
    });
    expect(library.studies()[0]?.instanceCount).toBe(1);
  });

  it('flags a study whose instances name different patients', () => {
    const library = new Library();
    library.add(instance({}));
    expect(library.studies()[0]?.hasConflictingPatients).toBe(false);
    library.add(instance({ sopInstanceUid: '9', patientId: '2' }));
    expect(library.studies()[0]?.hasConflictingPatients).toBe(true);
  });

  it('gives a study that did not change as the same object', () => {
    const library = new Library();
    library.add(instance({}));
    const [before] = library.studies();
    library.add(instance({ sopInstanceUid: '8', studyInstanceUid: '3.3' }));
    expect(library.studies()).toContain(before);
  });
});

async function* walk(...entries: Found[]): AsyncGenerator<Found> {
  for (const entry of entries) yield await Promise.resolve(entry);
}

const fileOf = (bytes: Uint8Array<ArrayBuffer> | string, path: string) =>
  found(sourceOf(new File([bytes], path), path));

describe('an import', () => {
  const run = async (files: AsyncIterable<Found>, signal = new AbortController().signal) => {
    const library = new Library();
    const reports: ImportProgress[] = [];
    const end = await importFiles(files, {
      library,
      index: indexFile,
      signal,
      onProgress: (progress) => reports.push(progress),
    });
    return { library, end, reports };
  };

  it('accounts for every file that was found', async () => {
    const phantoms = [...ctSeries({ slices: 3 }), ...mrSeries()];
    const { library, end } = await run(
      walk(
        ...phantoms.map(({ fileName, bytes }) => fileOf(bytes, fileName)),
        fileOf('some text that is longer than a tag', 'notes.txt'),
        fileOf('', 'empty.dcm'),
        unreadable('locked', 'No permission.'),
      ),
    );
    expect(end).toMatchObject({ found: phantoms.length + 3, added: phantoms.length, isDone: true });
    expect(end.added + end.skipped.length).toBe(end.found);
    expect(end.skipped.map(({ path }) => path).sort()).toEqual([
      'empty.dcm',
      'locked',
      'notes.txt',
    ]);
    expect(end.skipped.find(({ path }) => path === 'empty.dcm')?.reason).toBe('The file is empty.');
    expect(library.studies()).toHaveLength(2);
  });

  it('goes on when a file can not be opened', async () => {
    const broken = found({ path: 'gone', open: () => Promise.reject(new Error('It is gone.')) });
    const { end } = await run(
      walk(broken, ...[...ctSeries({ slices: 1 })].map(({ bytes }) => fileOf(bytes, 'ct'))),
    );
    expect(end.added).toBe(1);
    expect(end.skipped).toEqual([{ path: 'gone', reason: 'It could not be opened: It is gone.' }]);
  });

  it('says that a folder was empty', async () => {
    const { end, reports } = await run(walk());
    expect(end).toMatchObject({ found: 0, added: 0, walked: true, isDone: true });
    expect(reports.at(-1)).toEqual(end);
  });

  it('ends early when it is stopped', async () => {
    const abort = new AbortController();
    async function* endless(): AsyncGenerator<Found> {
      for (let i = 0; ; i++) {
        if (i === 50) abort.abort();
        yield await Promise.resolve(fileOf('no image at all, just text', `${i}`));
      }
    }
    const { end } = await run(endless(), abort.signal);
    expect(end.isDone).toBe(true);
    expect(end.found).toBeLessThanOrEqual(51);
  });
});
