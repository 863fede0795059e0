import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { bufferSource } from '../dicom/byte-source.ts';
import { concatBytes, encodeFileMeta } from '../dicom/encode.ts';
import { readInstance, type ParsedInstance } from '../dicom/read-instance.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { bytesOf, corpusFiles } from '../dicom/testing/corpus.ts';
import { hasDcmtk } from '../dicom/testing/dcmdump.ts';
import { ExplicitVrLittleEndian, transferSyntaxOf } from '../dicom/uids.ts';
import { decodeFrame } from './decode-frame.ts';
import { decompress } from './decompress.ts';
import { readFrame } from './frames.ts';
import { describeImage, hasPixels } from './image-description.ts';
import { PixelError } from './pixel-error.ts';

const codecs = nodeCodecs();
const files = corpusFiles();
const scratch = mkdtempSync(join(tmpdir(), 'gantry-decompress-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Reads a decompressed instance as a file of its own. */
async function decompressedFile(instance: ParsedInstance): Promise<Uint8Array<ArrayBuffer>> {
  const { length, chunks } = await decompress(instance, codecs);
  const dataset = concatBytes(await Array.fromAsync(chunks));
  expect(dataset.length).toBe(length);
  const meta = encodeFileMeta({
    sopClassUid: instance.dataset.string(Tag.SOPClassUID) ?? '',
    sopInstanceUid: instance.dataset.string(Tag.SOPInstanceUID) ?? '',
    transferSyntaxUid: ExplicitVrLittleEndian.uid,
  });
  return concatBytes([meta, dataset]);
}

/** All frames as they are decoded: their values and colours. */
async function framesOf(instance: ParsedInstance) {
  const image = describeImage(instance);
  const frames: [string, string][] = [];
  for (let index = 0; index < image.numberOfFrames; index++) {
    const { samples, photometricInterpretation } = await decodeFrame(
      await readFrame(instance, image, index),
      image,
      codecs,
    );
    const hash = createHash('sha256').update(Float64Array.from(samples)).digest('hex');
    frames.push([photometricInterpretation, hash]);
  }
  return frames;
}

/** What says how pixels lie; everything else must stay. */
const DESCRIPTION: ReadonlySet<number> = new Set([
  Tag.PhotometricInterpretation,
  Tag.PlanarConfiguration,
  Tag.BitsAllocated,
  Tag.BitsStored,
  Tag.HighBit,
  Tag.LossyImageCompression,
  Tag.PixelData,
  // A picture within the picture may be compressed too: it goes.
  Tag.IconImageSequence,
]);

const otherElements = ({ dataset }: ParsedInstance) =>
  dataset.elements
    .filter(({ tag }) => !DESCRIPTION.has(tag))
    .map(({ tag, vr, length, bytes }) => [
      tag,
      vr,
      length,
      bytes && Buffer.from(bytes).toString('base64'),
    ]);

describe.skipIf(files.length === 0)('a compressed instance, decompressed', () => {
  it(
    'has the same pixels, and all else as it was, over the collection',
    { timeout: 120_000 },
    async () => {
      const seen = new Set<string>();
      for (const file of files.filter(({ size }) => size < 700_000)) {
        const source = bufferSource(bytesOf(file));
        const instance = await readInstance(source).catch(() => undefined);
        if (!instance || !hasPixels(instance)) continue;
        if (!transferSyntaxOf(instance.transferSyntaxUid).encapsulated) continue;
        const frames = await framesOf(instance).catch((error: unknown) => error);
        if (frames instanceof PixelError) continue;
        const bytes = await decompressedFile(instance);
        const native = await readInstance(bufferSource(bytes));
        expect(native.problems, file.name).toEqual([]);
        expect(await framesOf(native), file.name).toEqual(frames);
        expect(otherElements(native), file.name).toEqual(otherElements(instance));
        if (hasDcmtk()) {
          const path = join(scratch, 'native.dcm');
          writeFileSync(path, bytes);
          // Both parsers agree on where everything lies.
          execFileSync('dcmdump', ['-q', path], { stdio: ['ignore', 'ignore', 'pipe'] });
        }
        seen.add(instance.transferSyntaxUid);
      }
      expect(seen.size).toBeGreaterThan(7);
    },
  );
});
