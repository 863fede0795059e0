import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { bufferSource } from '../dicom/byte-source.ts';
import { readInstance } from '../dicom/read-instance.ts';
import { ExplicitVrLittleEndian } from '../dicom/uids.ts';
import { decodeFrame } from './decode-frame.ts';
import { readFrame } from './frames.ts';
import { describeImage, hasPixels } from './image-description.ts';
import { PixelError } from './pixel-error.ts';
import { largestDifference, referencePixels, referenceValues } from './testing/reference-pixels.ts';

const DATA = process.env['GANTRY_TEST_DATA'] ?? path.resolve('../shared/data');
const FOLDER = path.join(DATA, 'dicom');
const hasData = existsSync(FOLDER);
const scratch = mkdtempSync(path.join(tmpdir(), 'gantry-pixels-'));
const codecs = nodeCodecs();

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Files whose frames, all or some, can't be shown, with the reason that Gantry gives. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  // Its "JPEG" is 262144 zero bytes.
  'genFile.dcm': /JPEG stream is damaged/,
  // The tiles at the right and lower rim of this whole-slide image are smaller than Rows and Columns.
  'FO-DICOM.Benchmark/Data/multiframe.dcm': /The compressed frame is \d+ × \d+ × 3/,
};

/** Files that are held against another one with the same pixels, because the tools don't read them as they should. */
const SAME_PIXELS: Readonly<Record<string, string>> = {
  // DCMTK turns the 16-bit words of OW; the file, as most of its kind, holds big endian 32-bit numbers.
  'rtdose_expb.dcm': 'rtdose.dcm',
  // GDCM refuses the file, because its last frame ends early.
  'emri_small_jpeg_2k_lossless_too_short.dcm': 'emri_small.dcm',
};

const isLossy = (uid: string): boolean => /\.4\.(50|51|81|91|203)$/.test(uid);

const filesOf = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? filesOf(file) : [file];
  });

if (!hasData)
  console.warn(`No real files in ${DATA}: decoding is tested on generated frames only.`);

describe.skipIf(!hasData)('stored values of real files, against DCMTK and GDCM', () => {
  const files = hasData ? filesOf(FOLDER).sort() : [];
  let compared = 0;

  it.each(files.map((file) => path.relative(FOLDER, file)))('%s', async (name) => {
    const file = path.join(FOLDER, name);
    const source = bufferSource(new Uint8Array(readFileSync(file)));
    const instance = await readInstance(source).catch(() => undefined);
    if (!instance || !hasPixels(instance)) return;
    const image = describeImage(instance);
    const refusal = Object.entries(REFUSED).find(([end]) => name.endsWith(end))?.[1];
    const tolerance = isLossy(instance.transferSyntaxUid) ? 1 : 0;
    const twin = SAME_PIXELS[path.basename(name)];
    const reference = refusal
      ? undefined
      : twin
        ? referencePixels(path.join(path.dirname(file), twin), ExplicitVrLittleEndian.uid, scratch)
        : referencePixels(file, instance.transferSyntaxUid, scratch);
    let refused = 0;
    for (let frameIndex = 0; frameIndex < image.numberOfFrames; frameIndex++) {
      try {
        const frame = await decodeFrame(
          await readFrame(instance, image, frameIndex),
          image,
          codecs,
        );
        if (!reference) continue;
        // Subsampled native data is compared where it is stored so, in colour.test.ts.
        if (image.encoding === 'native' && image.photometricInterpretation === 'YBR_FULL_422')
          return;
        const expected = referenceValues(reference, image, frameIndex, frame.samples.length);
        expect(largestDifference(frame.samples, expected)).toBeLessThanOrEqual(tolerance);
        compared += 1;
      } catch (error) {
        if (!refusal) throw error;
        expect(error).toBeInstanceOf(PixelError);
        expect(String(error)).toMatch(refusal);
        refused += 1;
      }
    }
    expect(refused > 0).toBe(refusal !== undefined);
  });

  it('compared a good number of frames', () => {
    expect(compared).toBeGreaterThan(100);
  });
});
