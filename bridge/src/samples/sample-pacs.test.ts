import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool, startStorescp, type Peer } from '../../../e2e/support/peers.ts';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ctSeries } from './phantom/ct-series.ts';
import { SAMPLE_PACS } from '../../../shared/protocol/settings.ts';
import { phantomUid } from './phantom/deterministic.ts';
import { ultrasoundClip } from './phantom/ultrasound-clip.ts';
import { SampleIndex } from './sample-index.ts';
import { startSamplePacs, type SamplePacs } from './sample-pacs.ts';

const scratch = mkdtempSync(join(tmpdir(), 'gantry-samples-'));
const ct = [...ctSeries({ seed: 1, slices: 4, size: 32 })];
const clip = ultrasoundClip({ seed: 3, frames: 2, rows: 20, columns: 30 });
let pacs: SamplePacs;
let receiver: Peer;

beforeAll(async () => {
  receiver = await startStorescp(['+B']);
  const index = SampleIndex.of([...ct, clip]);
  pacs = await startSamplePacs(
    0,
    () => index,
    () => ({ aeTitle: 'GANTRY', port: receiver.port }),
  );
});
afterAll(async () => {
  await pacs.close();
  await receiver.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const at = () => [
  '-v',
  '-aet',
  'GANTRY',
  '-aec',
  SAMPLE_PACS.aeTitle,
  '127.0.0.1',
  String(pacs.port),
];
const run = (tool: string, ...options: string[]) => runTool(tool, [...options, ...at()]);
const key = (text: string) => ['-k', text];
const STUDY = [...key('QueryRetrieveLevel=STUDY'), ...key('StudyInstanceUID')];

/** UID and pixels of each file of a folder. */
async function pixelsIn(folder: string): Promise<Map<string, string>> {
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  return pixelsOf(files);
}

async function pixelsOf(files: readonly Uint8Array[]): Promise<Map<string, string>> {
  const pixels = new Map<string, string>();
  for (const bytes of files) {
    const { dataset } = await readInstance(bufferSource(Uint8Array.from(bytes)));
    const element = dataset.get(Tag.PixelData);
    const start = element?.valueStart ?? 0;
    const value = bytes.subarray(start, start + (element?.length ?? 0));
    const hash = createHash('sha256').update(value).digest('hex');
    pixels.set(dataset.string(Tag.SOPInstanceUID) ?? '', hash);
  }
  return pixels;
}

describe('the sample PACS', () => {
  it('answers echoscu', async () => {
    const { code, output } = await run('echoscu');
    expect(code, output).toBe(0);
  });

  it('finds studies for findscu by wild card, range and modality, with what is counted', async () => {
    const all = await run('findscu', '-S', ...STUDY, ...key('PatientName=phantom^*'));
    expect(all.output.match(/Find Response: /g)).toHaveLength(2);
    const counted = [...key('NumberOfStudyRelatedInstances'), ...key('ModalitiesInStudy=CT')];
    const range = key('StudyDate=20260101-20261231');
    const ct = await run('findscu', '-S', ...STUDY, ...counted, ...range);
    expect(ct.output.match(/Find Response: /g)).toHaveLength(1);
    expect(ct.output).toMatch(/\(0020,1208\) IS \[4 *\]/);
    const none = await run('findscu', '-S', ...STUDY, ...key('StudyDate=-20200101'));
    expect(none.output).not.toContain('Find Response: ');
  });

  it('moves a study to the AE that it knows, pixel for pixel, and to no other', async () => {
    const uid = phantomUid(1, 'study');
    const study = [...key('QueryRetrieveLevel=STUDY'), ...key(`StudyInstanceUID=${uid}`)];
    const refused = await run('movescu', '-S', '-aem', 'ELSEWHERE', ...study);
    expect(refused.output).toMatch(/0xa801|MoveDestinationUnknown/i);
    const moved = await run('movescu', '-S', '-aem', 'GANTRY', ...study);
    expect(moved.code, moved.output).toBe(0);
    expect(await pixelsIn(receiver.folder)).toEqual(await pixelsOf(ct.map(({ bytes }) => bytes)));
  });

  it('gives a study by C-GET', async () => {
    const uid = phantomUid(3, 'study');
    const study = [...key('QueryRetrieveLevel=STUDY'), ...key(`StudyInstanceUID=${uid}`)];
    const got = await run('getscu', '-S', '-od', scratch, ...study);
    expect(got.code, got.output).toBe(0);
    expect(await pixelsIn(scratch)).toEqual(await pixelsOf([clip.bytes]));
  });

  it('can be reached from this computer alone', async () => {
    const elsewhere = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of elsewhere) {
      const outcome = await new Promise((resolve) => {
        const socket = connect(pacs.port, address, () => resolve('connected'));
        socket.on('error', () => resolve('refused'));
      });
      expect(outcome, address).toBe('refused');
    }
  });
});
