import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { ultrasoundClip } from '../../bridge/src/samples/phantom/ultrasound-clip.ts';
import { hasDcmtk } from '../../shared/dicom/testing/dcmdump.ts';
import { referencePixels } from '../../shared/pixels/testing/reference-pixels.ts';
import { gantry } from './testing/run-gantry.ts';

const scratch = mkdtempSync(join(tmpdir(), 'gantry-convert-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);

const [phantom] = ctSeries({ slices: 1, size: 32 });
writeFileSync(at('ct.dcm'), phantom!.bytes);
writeFileSync(at('us.dcm'), ultrasoundClip({ frames: 2, rows: 20, columns: 30 }).bytes);

const NATIVE = '1.2.840.10008.1.2.1';
const pixelsOf = (name: string, uid: string) => referencePixels(at(name), uid, scratch).bytes;
const dumpOf = (name: string) => execFileSync('dcmdump', ['-M', at(name)], { encoding: 'latin1' });

describe.skipIf(!hasDcmtk())('gantry convert', () => {
  it.each([
    ['jpeg-lossless', '1.2.840.10008.1.2.4.70'],
    ['rle', '1.2.840.10008.1.2.5'],
    ['1.2.840.10008.1.2.4.80', '1.2.840.10008.1.2.4.80'],
  ])('writes the same pixels in %s, and back', async (syntax, uid) => {
    for (const name of ['ct', 'us']) {
      const [from, to] = [`${name}.dcm`, `${name}-${syntax}.dcm`];
      const done = { code: 0, out: '', err: '' };
      const run = await gantry('convert', at(from), '--syntax', syntax, '--out', at(to));
      expect(run).toEqual(done);
      expect(pixelsOf(to, uid)).toEqual(pixelsOf(from, NATIVE));
      const back = await gantry('convert', at(to), '--syntax', 'implicit', '--out', at('back.dcm'));
      expect(back).toEqual(done);
      expect(pixelsOf('back.dcm', '1.2.840.10008.1.2')).toEqual(pixelsOf(from, NATIVE));
    }
  });

  it('writes what loses something only when it is told so, as another image', async () => {
    const to = ['--syntax', 'jpeg', '--out', at('lossy.dcm')];
    const refused = await gantry('convert', at('us.dcm'), ...to);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/add --lossy/);
    expect(existsSync(at('lossy.dcm'))).toBe(false);
    const { code } = await gantry('convert', at('us.dcm'), ...to, '--lossy');
    expect(code).toBe(0);
    const dump = dumpOf('lossy.dcm');
    expect(dump).toMatch(/LossyImageCompressionMethod/);
    const uid = /\(0008,0018\) UI \[([\d.]+)\]/;
    expect(uid.exec(dump)?.[1]).toMatch(/^2\.25\./);
    expect(uid.exec(dump)?.[1]).not.toBe(uid.exec(dumpOf('us.dcm'))?.[1]);
  });

  it('says why it can’t, and leaves what was there', async () => {
    writeFileSync(at('kept.dcm'), 'kept');
    const to = ['--syntax', 'jpeg', '--lossy', '--out', at('kept.dcm')];
    const { code, err } = await gantry('convert', at('ct.dcm'), ...to);
    expect(code).toBe(1);
    expect(err).toMatch(/JPEG Baseline holds 8 bits/);
    expect(readFileSync(at('kept.dcm'), 'utf8')).toBe('kept');
    const none = await gantry('convert', at('ct.dcm'), '--syntax', 'mp3', '--out', at('no.dcm'));
    expect(none.code).toBe(2);
    expect(none.err).toMatch(/mp3 is no transfer syntax/);
  });
});
