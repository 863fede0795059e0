import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  incoming,
  madeInstance,
  startArchive,
  temporaryFolder,
} from '../bridge/src/archive/testing/made-instance.ts';

const TOOL = join(import.meta.dirname, 'archive.ts');

async function run(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [TOOL, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

describe('the archive tool', () => {
  it('finds what is wrong, and makes the index anew', async () => {
    const { archive, dataDirectory } = await startArchive();
    for (const instance of ['1.2.3.4', '1.2.3.5']) {
      await archive.store(incoming(madeInstance({ instance })));
    }
    const lost = await archive.locate('1.2.3.4');
    const inUse = await run('check', '--data', dataDirectory);
    expect(inUse).toMatchObject({ code: 2 });
    expect(inUse.output).toContain('Another program has the archive');
    await archive.close();
    expect(await run('check', '--data', dataDirectory)).toEqual({
      code: 0,
      output: '2 files, 2 rows of the index.\nAll is well.\n',
    });
    await rm(lost?.path ?? '');
    const missing = await run('check', '--data', dataDirectory);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.output).toContain('Files that are missing: 1');
    await writeFile(join(dirname(lost?.path ?? ''), 'stray'), '');
    expect(await run('rebuild', '--data', dataDirectory)).toEqual({
      code: 0,
      output: '1 files are in the new index.\n',
    });
    const stray = await run('check', '--data', dataDirectory);
    expect(stray.output).toContain('Files that the index lacks: 1');
  });

  it('says so when there is no archive, and makes none', async () => {
    const folder = await temporaryFolder();
    for (let time = 0; time < 2; time++) {
      const { code, output } = await run('check', '--data', folder);
      expect(code).toBe(2);
      expect(output).toContain('There is no archive in');
    }
    expect((await run('mend')).output).toContain('Usage');
  });
});
