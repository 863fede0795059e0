import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bufferSource } from '../../../../shared/dicom/byte-source.ts';
import { readInstance } from '../../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { angiogram } from './angiogram.ts';
import { ctSeries } from './ct-series.ts';
import { mrSeries } from './mr-series.ts';
import type { PhantomFile } from './phantom-file.ts';
import { petSeries } from './pet-series.ts';
import { ultrasoundClip } from './ultrasound-clip.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'gantry-phantom-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const hasValidator = spawnSync('dciodvfy', ['-version']).error === undefined;
if (!hasValidator) console.warn('dciodvfy is not installed: phantoms are not validated.');

const small = (): PhantomFile[] => [
  ...ctSeries({ slices: 3, size: 64 }),
  ...mrSeries({ slices: 3, size: 64 }),
  ultrasoundClip({ frames: 3, rows: 60, columns: 80 }),
  ...petSeries({ slices: 3, size: 32 }),
  angiogram({ frames: 5, size: 64 }),
];

describe('phantoms', () => {
  it.skipIf(!hasValidator)('are valid instances of their SOP classes', () => {
    for (const { fileName, bytes } of small()) {
      const file = path.join(scratch, fileName.replaceAll('/', '-'));
      writeFileSync(file, bytes);
      const { stderr } = spawnSync('dciodvfy', [file], { encoding: 'utf8' });
      expect(stderr, fileName).not.toMatch(/^Error/m);
      expect(execFileSync('dcmdump', [file], { encoding: 'utf8' })).toContain('PHANTOM^');
    }
  });

  it('are the same for the same seed, and others for another', () => {
    const [first] = ctSeries({ slices: 1, size: 32, seed: 5 });
    const [again] = ctSeries({ slices: 1, size: 32, seed: 5 });
    const [other] = ctSeries({ slices: 1, size: 32, seed: 6 });
    expect(again).toEqual(first);
    expect(other!.sopInstanceUid).not.toBe(first!.sopInstanceUid);
  });

  it('have an instance UID of their own each, one study for each seed, one series for each modality', async () => {
    const files = small();
    expect(new Set(files.map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(files.length);
    const series = new Set<string | undefined>();
    for (const { bytes } of files) {
      const { dataset, problems } = await readInstance(bufferSource(bytes));
      expect(problems).toEqual([]);
      series.add(dataset.string(Tag.SeriesInstanceUID));
    }
    expect(series.size).toBe(5);
  });
});
