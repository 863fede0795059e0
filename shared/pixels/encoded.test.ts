import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { mrSeries } from '../../bridge/src/samples/phantom/mr-series.ts';
import { ultrasoundClip } from '../../bridge/src/samples/phantom/ultrasound-clip.ts';
import { bufferSource } from '../dicom/byte-source.ts';
import { readInstance } from '../dicom/read-instance.ts';
import { decodeFrame } from './decode-frame.ts';
import { readFrame } from './frames.ts';
import { describeImage } from './image-description.ts';
import { jpegSegments } from './jpeg/jpeg-markers.ts';
import { oddImages } from './testing/odd-images.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'gantry-encoded-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const codecs = nodeCodecs();

const hasDcmtk = spawnSync('dcmcjpeg', ['--version']).error === undefined;
const hasGdcm = spawnSync('gdcmconv', ['--version']).error === undefined;
if (!hasDcmtk || !hasGdcm) console.warn('DCMTK or GDCM is missing: their streams are not decoded.');

const [ct] = ctSeries({ slices: 1, size: 61, seed: 11 });
const [mr] = mrSeries({ slices: 1, size: 61, seed: 12 });
const us = ultrasoundClip({ frames: 3, rows: 37, columns: 50, seed: 13 });
const phantoms = { ct: ct!, mr: mr!, us };

async function framesOf(bytes: Uint8Array<ArrayBuffer>): Promise<number[][]> {
  const instance = await readInstance(bufferSource(bytes));
  const image = describeImage(instance);
  const frames: number[][] = [];
  for (let i = 0; i < image.numberOfFrames; i++) {
    const frame = await decodeFrame(await readFrame(instance, image, i), image, codecs);
    frames.push(Array.from(frame.samples));
  }
  return frames;
}

async function encodedFrames(tool: string, args: string[], name: keyof typeof phantoms) {
  const from = path.join(scratch, `${name}.dcm`);
  const to = path.join(scratch, `${name}-encoded.dcm`);
  writeFileSync(from, phantoms[name].bytes);
  execFileSync(tool, [...args, from, to], { stdio: 'pipe' });
  return framesOf(new Uint8Array(readFileSync(to)));
}

const predictors = [1, 2, 3, 4, 5, 6, 7].map(
  (predictor) => ['dcmcjpeg', ['+el', '+sv', String(predictor)], 'mr'] as const,
);

describe.skipIf(!hasDcmtk)('lossless streams of DCMTK give the values that went in', () => {
  it.each([
    ...predictors,
    ['dcmcjpeg', ['+e1'], 'ct'],
    ['dcmcjpeg', ['+el'], 'us'],
    ['dcmcjpeg', ['+e1', '+ff', '+fs', '1'], 'us'],
    ['dcmcjpls', ['+el'], 'mr'],
    ['dcmcjpls', ['+el'], 'us'],
    ['dcmcjpls', ['+el', '+il'], 'us'],
    ['dcmcjpls', ['+el', '+in'], 'us'],
    ['dcmcrle', [], 'ct'],
    ['dcmcrle', [], 'us'],
  ] as const)('%s %j of %s', async (tool, args, name) => {
    expect(await encodedFrames(tool, [...args], name)).toEqual(
      await framesOf(phantoms[name].bytes),
    );
  });
});

describe.skipIf(!hasDcmtk)(
  'lossy streams of DCMTK give what dcmdjpeg makes of them, within 1',
  () => {
    it.each([
      [['+eb'], 'us'],
      [['+eb', '+cr'], 'us'],
      [['+eb', '+cr', '+s4'], 'us'],
      [['+ee'], 'us'],
      [['+ee'], 'mr'],
    ] as const)('dcmcjpeg %j of %s', async (args, name) => {
      const ours = await encodedFrames('dcmcjpeg', [...args], name);
      const native = path.join(scratch, `${name}-native.dcm`);
      const encoded = path.join(scratch, `${name}-encoded.dcm`);
      execFileSync('dcmdjpeg', ['+px', encoded, native], { stdio: 'pipe' });
      const theirs = (await framesOf(new Uint8Array(readFileSync(native)))).flat();
      const differences = ours.flat().map((value, i) => Math.abs(value - theirs[i]!));
      expect(differences).toHaveLength(theirs.length);
      expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    });
  },
);

it.skipIf(!hasDcmtk)(
  'JPEG without a colour marker has the colours that its object names',
  async () => {
    const ours = await encodedFrames('dcmcjpeg', ['+eb', '+cr'], 'us');
    const instance = await readInstance(
      bufferSource(new Uint8Array(readFileSync(path.join(scratch, 'us-encoded.dcm')))),
    );
    const image = describeImage(instance);
    expect(image.photometricInterpretation).toBe('RGB');
    const stream = await readFrame(instance, image, 0);
    // Without its JFIF or Adobe marker, and with the component numbers that libraries take for YCbCr.
    const parts = [...jpegSegments(stream)].filter(
      ({ marker }) => marker !== 0xe0 && marker !== 0xee,
    );
    for (const { marker, start } of parts) {
      const isFrame = marker === 0xc0;
      if (!isFrame && marker !== 0xda) continue;
      for (let i = 0; i < 3; i++) stream[start + (isFrame ? 6 + i * 3 : 1 + i * 2)] = i + 1;
    }
    const bare = Buffer.concat([
      stream.subarray(0, 2),
      ...parts.map(({ start, end }) => stream.subarray(start - 4, end)),
      stream.subarray(parts.at(-1)!.end),
    ]);
    const frame = await decodeFrame(new Uint8Array(bare), image, codecs);
    expect(Array.from(frame.samples)).toEqual(ours[0]);
  },
);

describe.skipIf(!hasGdcm)('lossless streams of GDCM give the values that went in', () => {
  it.each([
    ['--j2k', 'ct'],
    ['--j2k', 'mr'],
    ['--j2k', 'us'],
    ['--jpegls', 'ct'],
    ['--rle', 'us'],
    ['--jpeg', 'mr'],
  ] as const)('gdcmconv %s of %s', async (option, name) => {
    expect(await encodedFrames('gdcmconv', [option], name)).toEqual(
      await framesOf(phantoms[name].bytes),
    );
  });
});

/** An image of which the pixel is a part of its cells: the streams hold cells, or what is in them. */
describe.skipIf(!hasDcmtk)('cells that hold more than the pixel', () => {
  const partial = oddImages().filter(({ name }) =>
    /overlays in the high bits|in the high bits of their cells/.test(name),
  );
  it.each(
    partial.flatMap(({ name, bytes }) =>
      [
        ['dcmcjpeg', ['+e1']],
        ['dcmcrle', []],
        ['dcmcjpls', ['+el', '+pr']],
      ].map(([tool, args]) => [tool as string, args as string[], name, bytes] as const),
    ),
  )('%s %j of %s', async (tool, args, _, bytes) => {
    const [from, to] = [path.join(scratch, 'cells.dcm'), path.join(scratch, 'cells-out.dcm')];
    writeFileSync(from, bytes);
    execFileSync(tool, [...args, from, to], { stdio: 'pipe' });
    expect(await framesOf(new Uint8Array(readFileSync(to)))).toEqual(await framesOf(bytes));
  });
});
