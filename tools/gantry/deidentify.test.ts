import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { hasDcmtk } from '../../shared/dicom/testing/dcmdump.ts';
import { ExplicitVrLittleEndian } from '../../shared/dicom/uids.ts';
import { COLUMNS, oddImage, ROWS } from '../../shared/pixels/testing/image-builder.ts';
import { referencePixels } from '../../shared/pixels/testing/reference-pixels.ts';
import { gantry } from './testing/run-gantry.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-deidentify-'));
  await mkdir(join(folder, 'in', 'deeper'), { recursive: true });
  let number = 0;
  for (const { bytes } of ctSeries({ slices: 3, size: 16 })) {
    await writeFile(join(folder, 'in', 'deeper', `${number++}.dcm`), bytes);
  }
  await writeFile(join(folder, 'in', 'notes.txt'), 'no DICOM');
});
afterEach(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; output: string }> {
  const inFolder = args.map((arg) =>
    /^(in|out|again|other|none)|\.(json|csv)$|^secret$/.test(arg) ? join(folder, arg) : arg,
  );
  const { code, out, err } = await gantry('deidentify', ...inFolder);
  return { code, output: out + err };
}

describe.skipIf(!hasDcmtk())('gantry deidentify', () => {
  it('writes the same files for the same key, reads folders within, and tells what it could not read', async () => {
    // A slice with an overlay drawn in the highest bits (retired, PS3.5 section 8.1.2).
    const { PixelData } = Tag;
    const cells = Array.from({ length: ROWS * COLUMNS }, (_, i) => (i < 7 ? 0x8000 : 0));
    const type = { [Tag.Modality]: 'MR', [Tag.ImageType]: ['ORIGINAL', 'PRIMARY'] };
    const us = (value: number) => ({ vr: 'US' as const, value: [value] });
    const overlay = { [0x60000010]: us(ROWS), [0x60000100]: us(16), [0x60000102]: us(15) };
    const pixels = { [PixelData]: { vr: 'OW' as const, value: cells }, ...overlay };
    const odd = oddImage({ ...type, ...pixels }, { sopClassUid: '1.2.840.10008.5.1.4.1.1.4' });
    await writeFile(join(folder, 'in', 'odd.dcm'), odd);
    const first = await run('in', 'out', '--key', 'secret', '--report', 'report.json');
    expect(first.code).toBe(1);
    expect(first.output).toContain('4 written, 0 withheld, 1 failed');
    expect(first.output).toContain('notes.txt');
    const names = (await readdir(join(folder, 'out'))).sort();
    expect(names).toHaveLength(4);
    expect(names.every((name) => /^2\.25\.\d+\.dcm$/.test(name))).toBe(true);
    await run('in', 'again', '--key', 'secret');
    expect((await readdir(join(folder, 'again'))).sort()).toEqual(names);
    await run('in', 'other');
    expect((await readdir(join(folder, 'other'))).sort()).not.toEqual(names);
    const report = await readFile(join(folder, 'report.json'), 'utf8');
    expect(JSON.parse(report)).toMatchObject({
      profile: 'Basic Profile',
      edition: '2026d',
      written: 4,
      unusedBitsCleared: { instances: 1, cells: 7 },
    });
  });

  it('names subjects by a list, and withholds who is not in it', async () => {
    const dump = (name: string) =>
      execFileSync('dcmdump', ['+P', 'PatientID', name], { cwd: folder, encoding: 'utf8' });
    const id = /\[(.*)\]/.exec(dump('in/deeper/0.dcm'))?.[1]?.trim() ?? '';
    expect(id).not.toBe('');
    await writeFile(join(folder, 'list.csv'), `PatientID,SubjectID\r\n"${id}",S-001\r\n`);
    expect((await run('in', 'out', '--subjects', 'list.csv')).output).toContain('3 written');
    const [name = ''] = await readdir(join(folder, 'out'));
    expect(dump(join('out', name))).toContain('[S-001');
    await writeFile(join(folder, 'list.csv'), `${id}0;S-001\n`);
    expect((await run('in', 'none', '--subjects', 'list.csv')).output).toContain('3 withheld');
    await writeFile(join(folder, 'list.csv'), `${id};Doe^Jane\n`);
    expect(await run('in', 'none', '--subjects', 'list.csv')).toMatchObject({ code: 1 });
  });

  it('takes a profile of one’s own, and says what is wrong with one', async () => {
    const profile = {
      name: 'Trial',
      attributes: { Modality: { value: 'OT' }, '(0008,0070)': 'remove' },
    };
    await writeFile(join(folder, 'trial.json'), JSON.stringify(profile));
    expect((await run('in', 'out', '--profile', 'trial.json')).output).toContain('3 written');
    const [name = ''] = await readdir(join(folder, 'out'));
    const output = execFileSync('dcmdump', [join('out', name)], { cwd: folder, encoding: 'utf8' });
    expect(output).toMatch(/Modality.*|\[OT\]/);
    expect(output).toContain('[OT]');
    expect(output).not.toContain('(0008,0070)');
    await writeFile(
      join(folder, 'wrong.json'),
      JSON.stringify({ name: 'x', attributes: { NoSuch: 'keep' } }),
    );
    const wrong = await run('in', 'out2', '--profile', 'wrong.json');
    expect(wrong.code).toBe(1);
    expect(wrong.output).toContain('NoSuch');
  });

  it('blanks by the rules of devices, and withholds what may hold text and has none', async () => {
    const capture = (manufacturer: string) => oddImage({ [Tag.Manufacturer]: manufacturer });
    await mkdir(join(folder, 'in-captures'));
    await writeFile(join(folder, 'in-captures', 'a.dcm'), capture('ACME'));
    await writeFile(join(folder, 'in-captures', 'b.dcm'), capture('OTHER'));
    const rule = {
      name: 'Console',
      match: { Manufacturer: 'ACME', Rows: ROWS, Columns: COLUMNS },
      action: 'blank',
      boxes: [{ column: 0, row: 0, columns: COLUMNS, rows: 4 }],
    };
    await writeFile(join(folder, 'rules.json'), JSON.stringify({ name: 'x', rules: [rule] }));
    const { output } = await run('in-captures', 'out', '--rules', 'rules.json');
    expect(output).toContain('1 written, 1 withheld, 0 failed');
    expect(output).toMatch(/withheld: b\.dcm: Nobody has looked/);
    const [name = ''] = await readdir(join(folder, 'out'));
    const { bytes } = referencePixels(
      join(folder, 'out', name),
      ExplicitVrLittleEndian.uid,
      folder,
    );
    expect(bytes.subarray(0, 8 * COLUMNS).every((byte) => byte === 0)).toBe(true);
    expect(bytes.subarray(8 * COLUMNS).some((byte) => byte !== 0)).toBe(true);
    await writeFile(join(folder, 'rules.json'), '{"rules":[]}');
    expect(await run('in-captures', 'none', '--rules', 'rules.json')).toMatchObject({ code: 1 });
  });

  it('refuses what can not be meant', async () => {
    expect((await run('in', 'in/out')).code).toBe(2);
    expect((await run('in', 'out', '--option', 'keep-everything')).code).toBe(2);
    expect((await run('in')).code).toBe(2);
  });
});
