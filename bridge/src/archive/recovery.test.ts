import { appendFile, copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { fileName, parseFileName } from './file-names.ts';
import { isWell, startArchive, store } from './testing/made-instance.ts';

describe('after a crash', () => {
  /** An archive with two instances, as a crash leaves it: not closed in order. */
  async function crashed() {
    const first = await startArchive();
    await store(first.archive, { study: '1.1', instance: '1.1.9', pixelBytes: 100 });
    await store(first.archive, { study: '1.2', instance: '1.2.9' }, 'cache');
    const kept = (await first.archive.locate('1.1.9'))!.path;
    await first.archive.close();
    const database = new DatabaseSync(join(first.folder, 'index.sqlite'));
    database.exec('UPDATE state SET closedInOrder = 0');
    return { ...first, database, kept };
  }

  it('what was half received is gone, and what has no row gets one', async () => {
    const { dataDirectory, folder, database } = await crashed();
    database.exec('DELETE FROM instances; DELETE FROM series; DELETE FROM studies');
    database.close();
    await writeFile(join(folder, 'incoming', 'x.part'), 'half');
    const { archive } = await startArchive({ dataDirectory });
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    expect(await archive.study('1.1')).toMatchObject({
      origin: 'archive',
      sourceAeTitle: 'SENDER',
    });
    expect(await archive.study('1.2')).toMatchObject({ origin: 'cache' });
    expect(await archive.check()).toEqual({ files: 2, rows: 2, ...isWell });
  });

  it('a version that was replaced does not come back, and one that is newer than its row counts', async () => {
    const { dataDirectory, database, kept } = await crashed();
    database.close();
    const { receivedMs: stamp, size } = parseFileName(basename(kept))!;
    await copyFile(kept, join(dirname(kept), fileName('1.1.9', stamp - 5, size!)));
    const { archive } = await startArchive({ dataDirectory });
    expect((await archive.locate('1.1.9'))?.path).toBe(kept);
    expect(await archive.check()).toEqual({ files: 2, rows: 2, ...isWell });
    const newer = join(dirname(kept), fileName('1.1.9', stamp + 5, size!));
    await copyFile(kept, newer);
    await archive.rebuild();
    expect((await archive.locate('1.1.9'))?.path).toBe(newer);
    expect(await archive.check()).toEqual({ files: 2, rows: 2, ...isWell });
  });

  it('files that were to be removed are removed', async () => {
    const { dataDirectory, folder, database, kept } = await crashed();
    const path = relative(folder, kept).replaceAll('\\', '/');
    database.prepare('DELETE FROM instances WHERE path = ?').run(path);
    database.prepare('INSERT INTO doomed VALUES (?)').run(path);
    database.close();
    const { archive } = await startArchive({ dataDirectory });
    expect(await archive.locate('1.1.9')).toBeUndefined();
    expect(await archive.check()).toEqual({ files: 1, rows: 1, ...isWell });
  });
});

describe('the integrity check', () => {
  it('finds files without rows, rows without files and sizes that differ; a rebuild mends what can be', async () => {
    const { archive } = await startArchive();
    for (const number of [1, 2, 3]) {
      await store(archive, { study: `1.${number}`, instance: `1.${number}.9` });
    }
    const path = async (uid: string) => (await archive.locate(uid))!.path;
    const [cut, lost, stray] = [await path('1.1.9'), await path('1.2.9'), await path('1.3.9')];
    await appendFile(cut, 'xx');
    await rm(lost);
    await writeFile(join(dirname(stray), 'stray.txt'), '');
    const report = await archive.check();
    expect(report.wrongSize.map((name) => basename(name))).toEqual([basename(cut)]);
    expect(report.rowsWithoutFile.map((name) => basename(name))).toEqual([basename(lost)]);
    expect(report.filesWithoutRow.map((name) => basename(name))).toEqual(['stray.txt']);
    expect(await archive.rebuild()).toEqual({ indexed: 2, unreadable: [] });
    expect(await archive.check()).toMatchObject({ rows: 2, rowsWithoutFile: [], wrongSize: [] });
    expect(await archive.counts()).toMatchObject({ studies: 2, series: 2, instances: 2 });
  });
});
