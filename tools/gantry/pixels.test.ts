import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { ultrasoundClip } from '../../bridge/src/samples/phantom/ultrasound-clip.ts';
import { hasDcmtk } from '../../shared/dicom/testing/dcmdump.ts';
import { gantry } from './testing/run-gantry.ts';

const scratch = mkdtempSync(join(tmpdir(), 'gantry-pixels-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);

/** What dcmdump writes of a file's pixel data. */
function pixelDataOf(file: string): Buffer {
  execFileSync('dcmdump', ['+W', scratch, '+P', '7fe0,0010', file], { stdio: 'pipe' });
  return readFileSync(`${file}.0.raw`);
}

describe.skipIf(!hasDcmtk())('gantry pixels', () => {
  it('writes the stored values that DCMTK had before it compressed them', async () => {
    const [phantom] = ctSeries({ slices: 1, size: 32 });
    writeFileSync(at('ct.dcm'), phantom!.bytes);
    execFileSync('dcmcjpeg', ['+e1', at('ct.dcm'), at('lossless.dcm')]);
    const { code, out } = await gantry('pixels', at('lossless.dcm'), '--out', at('ct.raw'));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      rows: 32,
      columns: 32,
      samplesPerPixel: 1,
      photometricInterpretation: 'MONOCHROME2',
      type: 'Int16',
      frames: 1,
    });
    expect(readFileSync(at('ct.raw')).equals(pixelDataOf(at('ct.dcm')))).toBe(true);
  });

  it('writes one frame, or all of them', async () => {
    const clip = ultrasoundClip({ frames: 3, rows: 20, columns: 30 });
    writeFileSync(at('us.dcm'), clip.bytes);
    execFileSync('dcmcrle', [at('us.dcm'), at('rle.dcm')]);
    const all = pixelDataOf(at('us.dcm'));
    await gantry('pixels', at('rle.dcm'), '--out', at('all.raw'));
    expect(readFileSync(at('all.raw')).equals(all)).toBe(true);
    await gantry('pixels', at('rle.dcm'), '--frame', '2', '--out', at('second.raw'));
    const size = 20 * 30 * 3;
    expect(readFileSync(at('second.raw')).equals(all.subarray(size, 2 * size))).toBe(true);
  });

  it('writes nothing for a frame that isn’t there', async () => {
    const { code, err } = await gantry(
      'pixels',
      at('us.dcm'),
      '--frame',
      '4',
      '--out',
      at('no.raw'),
    );
    expect(code).toBe(1);
    expect(err).toContain('There is no frame 4');
    expect(existsSync(at('no.raw'))).toBe(false);
  });
});
