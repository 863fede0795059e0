import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ctSeries } from '../samples/phantom/ct-series.ts';
import type { Archive, DuplicateRule } from './store.ts';
import { halfReceived, isWell, madeFile, madeInstance } from './testing/made-instance.ts';
import { startStorage, storescu, written } from './testing/storage-listener.ts';

const UID = '1.2.3.4';
/** One that fits into a message, and one that is written while it comes in. */
const SIZES = [1000, 1_500_000];

/** A version of one instance; two of one number are identical. */
const version = (number: number, study = '1.2.3', size = 1000) =>
  madeFile(madeInstance({ study, instance: UID, pixelBytes: size + 2 * number }));

const statuses = (output: string) =>
  [...output.matchAll(/Received Store Response \((.*?)\)/g)].map(([, status]) => status);

/** Pixel bytes tell the versions apart. */
async function keptVersion(archive: Archive, size: number): Promise<number> {
  const { path, datasetOffset } = (await archive.locate(UID))!;
  const first = madeInstance({ instance: UID, pixelBytes: size }).dataset.length;
  return ((await readFile(path)).length - datasetOffset - first) / 2;
}

/** Statuses of two versions that come one after the other, and which one is kept. */
async function sentTwice(duplicates: DuplicateRule, size: number, versions: Uint8Array[]) {
  const { archive, folder, port } = await startStorage({ duplicates });
  const answers: (string | undefined)[] = [];
  for (const file of versions) {
    answers.push(...statuses((await storescu(port, [], await written([file]))).output));
  }
  expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
  expect(await halfReceived(folder)).toEqual([]);
  return { answers, kept: await keptVersion(archive, size), archive };
}

const SUCCESS = 'Success';
const REFUSED = 'Unknown Status: 0x111';

describe('an instance that storescu sends again', () => {
  it.each<[DuplicateRule, string, number]>([
    ['replace', SUCCESS, 2],
    ['keep', SUCCESS, 1],
    ['refuse', REFUSED, 1],
  ])('with other content, under the rule %s, is answered %s', async (rule, second, kept) => {
    for (const size of SIZES) {
      const versions = [version(1, '1.2.3', size), version(2, '1.2.3', size)];
      const sent = await sentTwice(rule, size, versions);
      expect(sent).toMatchObject({ answers: [SUCCESS, second], kept });
    }
  });

  it.each<[DuplicateRule, string]>([
    ['replace', SUCCESS],
    ['keep', SUCCESS],
    ['refuse', REFUSED],
  ])('as it was, under the rule %s, is answered %s', async (rule, second) => {
    const sent = await sentTwice(rule, 1000, [version(1), version(1)]);
    expect(sent).toMatchObject({ answers: [SUCCESS, second], kept: 1 });
  });

  it.each<DuplicateRule>(['replace', 'keep', 'refuse'])(
    'in another study, under the rule %s, is refused',
    async (rule) => {
      const sent = await sentTwice(rule, 1000, [version(1), version(2, '1.2.9')]);
      expect(sent).toMatchObject({ answers: [SUCCESS, REFUSED], kept: 1 });
      expect(await sent.archive.study('1.2.9')).toBeUndefined();
    },
  );

  it.each<[DuplicateRule, string]>([
    ['replace', SUCCESS],
    ['keep', SUCCESS],
    ['refuse', REFUSED],
  ])('within one association, under the rule %s, is judged the same', async (rule, others) => {
    const { archive, port } = await startStorage({ duplicates: rule });
    const folder = await written([version(1), version(2), version(3), version(1, '1.2.9')]);
    const answers = statuses((await storescu(port, ['--no-halt'], folder)).output);
    // In the order of the folder, which isn't that of the names: the study of the first one counts.
    expect(answers[0]).toBe(SUCCESS);
    expect(answers).toHaveLength(4);
    const study = (
      await archive.studies({
        limit: 9,
        offset: 0,
        order: { by: 'PatientID', descending: false },
      })
    ).studies.map((row) => row.StudyInstanceUID);
    expect(study).toHaveLength(1);
    const expected = study[0] === '1.2.9' ? REFUSED : others;
    const successes = answers.slice(1).filter((answer) => answer === expected).length;
    expect(successes).toBeGreaterThanOrEqual(2);
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
  });

  it.each<[DuplicateRule, number]>([
    ['replace', 6],
    ['keep', 6],
    ['refuse', 1],
  ])('over associations at once, under the rule %s, is stored once', async (rule, successes) => {
    const { archive, port } = await startStorage({ duplicates: rule });
    const folders = await Promise.all([1, 2, 3, 4, 5, 6].map((i) => written([version(i)])));
    const runs = await Promise.all(folders.map((folder) => storescu(port, [], folder)));
    const answers = runs.flatMap(({ output }) => statuses(output));
    expect(answers.filter((answer) => answer === SUCCESS)).toHaveLength(successes);
    expect(answers).toHaveLength(6);
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
  });

  it('under two studies over two associations at once is stored under one of them', async () => {
    const { archive, port } = await startStorage({ duplicates: 'replace' });
    const studies = ['1.2.3', '1.2.9'];
    const folders = await Promise.all(studies.map((study) => written([version(1, study)])));
    const runs = await Promise.all(folders.map((folder) => storescu(port, [], folder)));
    const answers = runs.flatMap(({ output }) => statuses(output));
    expect(answers.toSorted()).toEqual([SUCCESS, REFUSED]);
    const kept = studies[answers.indexOf(SUCCESS)] ?? '';
    expect(await archive.study(kept)).toMatchObject({ NumberOfStudyRelatedInstances: 1 });
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
  });
});

describe('a study to which nothing has come for a while', () => {
  it('is final: what is there is not replaced, what is new is taken and makes it open again', async () => {
    const finalAfterMs = 700;
    const { archive, folder, port } = await startStorage({ finalAfterMs });
    const send = async (file: Uint8Array) =>
      (await storescu(port, ['-d'], await written([file]))).output;
    expect(await send(version(1))).toContain(SUCCESS);
    expect(await send(version(2))).toContain(SUCCESS);
    await delay(finalAfterMs + 100);
    const late = await send(version(3));
    // PS3.4 table B.2-1: elements discarded.
    expect(late).toContain('0xb006');
    expect(late).toContain('The study is final');
    expect(await keptVersion(archive, 1000)).toBe(2);
    expect(await halfReceived(folder)).toEqual([]);
    expect(await send(madeFile(madeInstance({ study: '1.2.3', instance: '1.2.5' })))).toContain(
      SUCCESS,
    );
    expect(await send(version(4))).toContain('0x0000');
    expect(await keptVersion(archive, 1000)).toBe(4);
  });

  it('is judged by the rule of the AE that is called, where it has one', async () => {
    const { archive, port } = await startStorage({ admission: { duplicates: 'keep' } });
    for (const number of [1, 2]) await storescu(port, [], await written([version(number)]));
    expect(await keptVersion(archive, 1000)).toBe(1);
  });
});

describe('an image, where images must be whole', () => {
  const CT = { slices: 1, size: 16 };
  const [whole] = ctSeries(CT);
  const pixels = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57]);
  const cases: [string, (file: Buffer) => Buffer, string | undefined][] = [
    ['with all that describes its pixels', (file) => file, undefined],
    // Group 0028, element 0010, renamed to one that means nothing here.
    [
      'without Rows',
      (file) => replaced(file, [0x28, 0, 0x10, 0, 0x55, 0x53], [0x28, 0, 0x0f, 0, 0x55, 0x53]),
      'Rows is missing',
    ],
    [
      'without Pixel Data',
      (file) => file.subarray(0, file.indexOf(pixels)),
      'PixelData is missing',
    ],
  ];
  it.each(cases)('%s', async (_, change, problem) => {
    const { archive, port } = await startStorage({ admission: { requiresImageAttributes: true } });
    const file = change(Buffer.from(whole!.bytes));
    const { output } = await storescu(port, ['-d'], await written([file]));
    if (problem === undefined) expect(output).toContain(SUCCESS);
    else {
      expect(output).toContain('0xa900: Error: Data Set does not match SOP Class');
      expect(output).toContain(problem);
    }
    expect(await archive.counts()).toMatchObject({ instances: problem === undefined ? 1 : 0 });
  });

  it('is taken without them where that is not asked for', async () => {
    const { archive, port } = await startStorage();
    const file = Buffer.from(whole!.bytes);
    await storescu(port, [], await written([file.subarray(0, file.indexOf(pixels))]));
    expect(await archive.counts()).toMatchObject({ instances: 1 });
  });
});

function replaced(file: Buffer, before: readonly number[], after: readonly number[]): Buffer {
  const at = file.indexOf(Buffer.from(before));
  expect(at).toBeGreaterThan(0);
  const made = Buffer.from(file);
  made.set(after, at);
  return made;
}

describe('an instance that lacks what every instance has', () => {
  it('is refused with A900H, and nothing of it is kept', async () => {
    const { archive, folder, port, failures } = await startStorage();
    for (const size of SIZES) {
      for (const missing of [{ study: '' }, { series: '' }]) {
        const made = madeInstance({ instance: UID, pixelBytes: size, ...missing });
        const { output } = await storescu(port, ['-d'], await written([madeFile(made)]));
        expect(output).toContain('0xa900: Error: Data Set does not match SOP Class');
        expect(output).toMatch(/(Study|Series)InstanceUID is missing/);
      }
    }
    expect(await halfReceived(folder)).toEqual([]);
    expect(await archive.counts()).toMatchObject({ instances: 0 });
    expect(failures).toEqual([]);
  });
});
