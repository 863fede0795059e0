import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { hasDcmtk } from '../../shared/dicom/testing/dcmdump.ts';
import { gantry } from './testing/run-gantry.ts';

const scratch = mkdtempSync(join(tmpdir(), 'gantry-dump-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const file = join(scratch, 'ct.dcm');
const [phantom] = ctSeries({ slices: 1, size: 16 });
writeFileSync(file, phantom!.bytes);

async function refused(args: readonly string[], code: number, words: RegExp): Promise<void> {
  const run = await gantry(...args);
  expect(run.code).toBe(code);
  expect(run.err).toMatch(words);
}

describe('gantry dump', () => {
  it('prints a line for each element', async () => {
    const { code, out } = await gantry('dump', file);
    expect(code).toBe(0);
    expect(out).toContain("(0010,0010) PN Patient's Name [PHANTOM^BORIS] # 14");
    expect(out).toContain('(0002,0010) UI Transfer Syntax UID [1.2.840.10008.1.2.1] # 20');
  });

  it.skipIf(!hasDcmtk())('prints the JSON Model that dcm2json prints', async () => {
    const { code, out } = await gantry('dump', file, '--json');
    expect(code).toBe(0);
    const theirs: unknown = JSON.parse(execFileSync('dcm2json', [file], { encoding: 'utf8' }));
    expect(JSON.parse(out)).toEqual(theirs);
  });

  it('prints what is whole of a file that is cut off, and says what is missing', async () => {
    const cut = join(scratch, 'cut.dcm');
    writeFileSync(cut, phantom!.bytes.subarray(0, phantom!.bytes.length - 100));
    const { code, out, err } = await gantry('dump', cut);
    expect(code).toBe(1);
    expect(out).toContain('(0028,1052) DS Rescale Intercept [-1024]');
    expect(err).toMatch(/Pixel ?Data/);
  });

  it('says what is wrong with a file that is none, and with a command that isn’t one', async () => {
    const text = join(scratch, 'notes.txt');
    writeFileSync(text, 'Not an image.\n');
    await refused(['dump', text], 1, /not a DICOM file/);
    await refused(['dump', join(scratch, 'absent')], 1, /ENOENT/);
    await refused(['polish', file], 2, /Usage/);
    await refused(['dump', file, '--colour'], 2, /colour/);
  });
});
