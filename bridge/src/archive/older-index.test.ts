import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { store, startArchive } from './testing/made-instance.ts';

it('An index of an older version is made anew from the files; what was deleted stays so', async () => {
  const { archive, dataDirectory, folder } = await startArchive();
  const fields = { [Tag.PatientID]: 'P1', [Tag.Manufacturer]: 'Maker' };
  await store(archive, { study: '1.2.1', instance: '1.2.1.1', fields });
  await store(archive, { study: '1.2.2', instance: '1.2.2.1', fields });
  const kept = await archive.locate('1.2.1.1');
  const doomed = await archive.locate('1.2.2.1');
  const bytes = await readFile(doomed!.path);
  await archive.deleteStudy('1.2.2');
  await archive.close();
  // As a program leaves it that ended between the deletion and the removal of the file.
  await writeFile(doomed!.path, bytes);
  const database = new DatabaseSync(join(folder, 'index.sqlite'));
  const path = doomed!.path.slice(folder.length + 1).replaceAll('\\', '/');
  database.prepare('INSERT INTO doomed VALUES (?)').run(path);
  database.prepare('INSERT INTO uses VALUES (?, ?)').run('1.2.1', 42);
  // What version 2 lacks.
  database.exec('ALTER TABLE series DROP COLUMN Manufacturer; PRAGMA user_version = 2');
  database.close();

  const again = await startArchive({ dataDirectory });
  const query = { level: 'SERIES', keys: [], unknownMatches: 'never' } as const;
  const found = await again.archive.match(query);
  const keywords = ['StudyInstanceUID', 'Manufacturer'];
  expect(await again.archive.matchRows('SERIES', found, keywords)).toMatchObject([
    { StudyInstanceUID: '1.2.1', Manufacturer: 'Maker' },
  ]);
  expect(await again.archive.locate('1.2.1.1')).toEqual(kept);
  expect(await again.archive.check()).toMatchObject({ files: 1, rows: 1 });
});
