import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { phantomFile } from '../../bridge/src/samples/phantom/phantom-file.ts';
import { ultrasoundClip } from '../../bridge/src/samples/phantom/ultrasound-clip.ts';
import { bufferSource } from '../dicom/byte-source.ts';
import { concatBytes, encodeFileMeta, type Fields } from '../dicom/encode.ts';
import { readInstance, type ParsedInstance } from '../dicom/read-instance.ts';
import { isGroupLength } from '../dicom/tag.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { bytesOf, corpusFiles } from '../dicom/testing/corpus.ts';
import { hasDcmtk } from '../dicom/testing/dcmdump.ts';
import { ExplicitVrLittleEndian, isUid, transferSyntaxOf } from '../dicom/uids.ts';
import { compress, type LossyOptions } from './compress.ts';
import { decodeFrame } from './decode-frame.ts';
import {
  JPEG_BASELINE,
  LOSSLESS_SYNTAXES,
  type CompressedSyntax,
} from './encode/compressed-syntaxes.ts';
import { encapsulation } from './encode/encapsulate.ts';
import { readFrame } from './frames.ts';
import { describeImage, hasPixels, type ImageDescription } from './image-description.ts';
import { PixelError } from './pixel-error.ts';
import type { StoredFrame } from './stored-frame.ts';
import { largestDifference, referencePixels, referenceValues } from './testing/reference-pixels.ts';

const codecs = nodeCodecs();
const scratch = mkdtempSync(join(tmpdir(), 'gantry-compress-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);
const has = (tool: string) => spawnSync(tool, ['--version']).error === undefined;
const hasJudges = hasDcmtk() && has('gdcmconv') && has('opj_decompress') && has('dciodvfy');
const isLong = Boolean(process.env['GANTRY_TEST_LONG']);

/** Some files have UIDs that may not be written. */
const wellFormed = (uid = ''): string => (isUid(uid) ? uid : '2.25.1');

async function fileOf(
  instance: ParsedInstance,
  syntax: CompressedSyntax,
  lossy?: LossyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { length, chunks } = await compress(instance, syntax, codecs, lossy);
  const dataset = concatBytes(await Array.fromAsync(chunks));
  expect(dataset.length).toBe(length);
  const meta = encodeFileMeta({
    sopClassUid: wellFormed(instance.dataset.string(Tag.SOPClassUID)),
    sopInstanceUid: wellFormed(
      lossy?.sopInstanceUid ?? instance.dataset.string(Tag.SOPInstanceUID),
    ),
    transferSyntaxUid: syntax.uid,
  });
  return concatBytes([meta, dataset]);
}

async function framesOf(instance: ParsedInstance): Promise<StoredFrame[]> {
  const image = describeImage(instance);
  const frames: StoredFrame[] = [];
  for (let index = 0; index < image.numberOfFrames; index++) {
    frames.push(await decodeFrame(await readFrame(instance, image, index), image, codecs));
  }
  return frames;
}

/** JPEG 2000 as OpenJPEG reads it, which writes the planes of a frame's samples one after another. */
async function openJpegValues(instance: ParsedInstance, image: ImageDescription, index: number) {
  writeFileSync(at('frame.j2k'), await readFrame(instance, image, index));
  execFileSync('opj_decompress', ['-i', at('frame.j2k'), '-o', at('frame.rawl')], {
    stdio: 'pipe',
  });
  const bytes = new Uint8Array(readFileSync(at('frame.rawl')));
  const samples = image.rows * image.columns * image.samplesPerPixel;
  return referenceValues({ bytes, planar: image.samplesPerPixel > 1 }, image, 0, samples);
}

/** Values that others than Gantry read out of a compressed file. */
async function judgedFrames(file: Uint8Array<ArrayBuffer>, syntax: CompressedSyntax) {
  const instance = await readInstance(bufferSource(file));
  expect(instance.problems).toEqual([]);
  const image = describeImage(instance);
  const samples = image.rows * image.columns * image.samplesPerPixel;
  const indices = Array.from({ length: image.numberOfFrames }, (_, index) => index);
  // DCMTK reads neither.
  if (syntax.encoder === 'htj2k' || syntax.encoder === 'jpeg-2000') {
    const values: Float64Array[] = [];
    for (const index of indices) values.push(await openJpegValues(instance, image, index));
    return values;
  }
  writeFileSync(at('judged.dcm'), file);
  const reference = referencePixels(at('judged.dcm'), syntax.uid, scratch);
  return indices.map((index) => referenceValues(reference, image, index, samples));
}

/** GDCM reads neither a segmentation with a palette nor a SOP class that it doesn't know, in any syntax. */
const UNREAD_BY_GDCM = /labelmap_palette_color|UnknownSopClassUid/;

/** The same by GDCM. */
async function judgedByGdcm(file: Uint8Array<ArrayBuffer>): Promise<Float64Array[]> {
  const image = describeImage(await readInstance(bufferSource(file)));
  const samples = image.rows * image.columns * image.samplesPerPixel;
  writeFileSync(at('judged.dcm'), file);
  execFileSync('gdcmconv', ['--raw', at('judged.dcm'), at('by-gdcm.dcm')], { stdio: 'pipe' });
  const reference = referencePixels(at('by-gdcm.dcm'), ExplicitVrLittleEndian.uid, scratch);
  return Array.from({ length: image.numberOfFrames }, (_, index) =>
    referenceValues(reference, image, index, samples),
  );
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
  Tag.ExtendedOffsetTable,
  Tag.ExtendedOffsetTableLengths,
  Tag.IconImageSequence,
]);

const otherElements = ({ dataset }: ParsedInstance) =>
  dataset.elements
    .filter(({ tag }) => !DESCRIPTION.has(tag) && !isGroupLength(tag))
    .map(({ tag, length, bytes }) => [tag, length, bytes && Buffer.from(bytes).toString('base64')]);

/** What dciodvfy complains about, without the numbers and names that follow from the compression itself. */
function complaints(path: string): Set<string> | undefined {
  const { stderr, stdout, signal } = spawnSync('dciodvfy', [path], { encoding: 'latin1' });
  // It falls over some files.
  if (signal) return undefined;
  return new Set(
    `${stderr}${stdout}`.split('\n').filter((line) => /^Error - (?!MediaStorage)/.test(line)),
  );
}

/** Kinds of images, as far as encoders tell them apart. */
const kindOf = (image: ImageDescription): string =>
  [
    image.photometricInterpretation,
    image.bitsAllocated,
    image.bitsStored,
    image.signed,
    image.planarConfiguration,
    image.numberOfFrames > 1,
  ].join();

/** Files of the collection: one of each kind, or all, up to a size; those that can't be decoded left out. */
async function images(): Promise<{ name: string; instance: ParsedInstance; path: string }[]> {
  const chosen: { name: string; instance: ParsedInstance; path: string }[] = [];
  const kinds = new Set<string>();
  for (const file of corpusFiles()) {
    // One in luminance and chrominance is larger than most.
    const isSmall = file.size < (isLong ? 8e6 : 5e4) || file.name.endsWith('YBR_FULL-RLE.dcm');
    if (!isSmall) continue;
    const source = bufferSource(bytesOf(file));
    const instance = await readInstance(source).catch(() => undefined);
    if (!instance || !hasPixels(instance)) continue;
    const kind = kindOf(describeImage(instance));
    if (!isLong && kinds.has(kind)) continue;
    const isReadable = await framesOf(instance).then(
      () => true,
      () => false,
    );
    if (!isReadable) continue;
    kinds.add(kind);
    chosen.push({ name: file.name, instance, path: file.path });
  }
  return chosen;
}

const files = hasJudges ? await images() : [];

describe.skipIf(files.length === 0)('a compressed instance of the collection', () => {
  it.each(LOSSLESS_SYNTAXES.map((syntax) => [syntax.name, syntax] as const))(
    'has the pixels that it had, as others read it, and all else as it was: %s',
    { timeout: 600_000 },
    async (_, syntax) => {
      let compared = 0;
      for (const { name, instance, path } of files) {
        const file = await fileOf(instance, syntax).catch((error: unknown) => error);
        if (file instanceof PixelError) {
          expect(String(file), name).toMatch(
            /single bit|Floating point|overlay|pixels have 32|luminance/,
          );
          continue;
        }
        if (!(file instanceof Uint8Array)) throw file;
        const frames = await framesOf(instance);
        const judged = await judgedFrames(new Uint8Array(file), syntax).catch((error: unknown) => {
          throw new Error(`${name}: ${String(error)}`);
        });
        const differences = frames.map(({ samples }, i) =>
          largestDifference(samples, judged[i] ?? []),
        );
        expect(Math.max(...differences), `${name}: ${syntax.name}`).toBe(0);
        compared++;
        if (isLong && syntax.encoder !== 'htj2k' && !UNREAD_BY_GDCM.test(name)) {
          const byGdcm = await judgedByGdcm(new Uint8Array(file));
          expect(byGdcm, `${name}: ${syntax.name}`).toEqual(judged);
        }
        const compressed = await readInstance(bufferSource(new Uint8Array(file)));
        const ours = await framesOf(compressed);
        const ownDifferences = frames.map(({ samples }, i) =>
          largestDifference(samples, ours[i]?.samples ?? []),
        );
        expect(Math.max(...ownDifferences), `${name}: ${syntax.name}, by Gantry`).toBe(0);
        expect(ours.map(({ photometricInterpretation: term }) => term)).toEqual(
          frames.map(({ photometricInterpretation: term }) => term),
        );
        const { explicitVr, littleEndian } = transferSyntaxOf(instance.transferSyntaxUid);
        if (explicitVr && littleEndian) {
          expect(otherElements(compressed), name).toEqual(otherElements(instance));
        }
        // dciodvfy knows no HTJ2K, and wants YBR_FULL of ultrasound in planes, which JPEG hasn't.
        if (syntax.encoder === 'htj2k' || /YBR_(FULL-RLE|422)\.dcm$/.test(name)) continue;
        writeFileSync(at('result.dcm'), file);
        // It doesn't read all of what is implicit or deflated.
        const { encapsulated } = transferSyntaxOf(instance.transferSyntaxUid);
        if (!encapsulated) execFileSync('dcmconv', ['+te', path, at('source.dcm')]);
        const before = complaints(encapsulated ? path : at('source.dcm'));
        const added = [...(complaints(at('result.dcm')) ?? [])].filter(
          (line) => !before?.has(line),
        );
        if (before) expect(added, `${name}: ${syntax.name}`).toEqual([]);
      }
      expect(compared).toBeGreaterThan(10);
    },
  );
});

describe('an instance compressed with loss', () => {
  const clip = ultrasoundClip({ frames: 3, rows: 37, columns: 50 });
  const lossy = { sopInstanceUid: '2.25.77', quality: 90 };
  const source = () => readInstance(bufferSource(new Uint8Array(clip.bytes)));

  it('is another image, derived from the first', async () => {
    const file = await fileOf(await source(), JPEG_BASELINE, lossy);
    const { dataset } = await readInstance(bufferSource(file));
    expect(dataset.strings(Tag.ImageType)[0]).toBe('DERIVED');
    expect(dataset.string(Tag.SOPInstanceUID)).toBe('2.25.77');
    expect(dataset.string(Tag.PhotometricInterpretation)).toBe('YBR_FULL_422');
    expect(dataset.string(Tag.LossyImageCompression)).toBe('01');
    expect(dataset.strings(Tag.LossyImageCompressionMethod)).toEqual(['ISO_10918_1']);
    const fragments = dataset.get(Tag.PixelData)?.fragments?.slice(1) ?? [];
    const streams = fragments.reduce((sum, { length }) => sum + length, 0);
    const ratio = dataset.number(Tag.LossyImageCompressionRatio) ?? 0;
    expect(Math.abs(ratio - (3 * 37 * 50 * 3) / streams)).toBeLessThan(0.02);
    const [predecessor] = dataset.items(Tag.SourceImageSequence);
    const { dataset: original } = await source();
    expect(predecessor?.string(Tag.ReferencedSOPInstanceUID)).toBe(
      original.string(Tag.SOPInstanceUID),
    );
    const [derivation] = dataset.items(Tag.DerivationCodeSequence);
    expect(derivation?.string(Tag.CodeValue)).toBe('113040');
  });

  it.skipIf(!hasJudges)('has nearly the pixels that it had, as DCMTK reads it', async () => {
    const instance = await source();
    const file = await fileOf(instance, JPEG_BASELINE, lossy);
    writeFileSync(at('lossy.dcm'), file);
    writeFileSync(at('before.dcm'), clip.bytes);
    const before = complaints(at('before.dcm'));
    expect([...(complaints(at('lossy.dcm')) ?? [])].filter((line) => !before?.has(line))).toEqual(
      [],
    );
    const image = describeImage(await readInstance(bufferSource(file)));
    const reference = referencePixels(at('lossy.dcm'), JPEG_BASELINE.uid, scratch);
    for (const [index, { samples }] of (await framesOf(instance)).entries()) {
      const judged = referenceValues(reference, image, index, samples.length);
      const total = judged.reduce((sum, value, i) => sum + Math.abs(value - (samples[i] ?? 0)), 0);
      // Chrominance has half the columns: single pixels at an edge differ by more.
      expect(total / judged.length).toBeLessThan(4);
    }
  });

  it('is refused where it was not asked for', async () => {
    await expect(fileOf(await source(), JPEG_BASELINE)).rejects.toThrow(/has to be asked for/);
  });
});

describe('what no stream would hold whole is refused, in words', () => {
  const image = (bits: number, more: Fields) =>
    phantomFile('', {
      [Tag.SOPClassUID]: '1.2.840.10008.5.1.4.1.1.7',
      [Tag.SOPInstanceUID]: '2.25.3',
      [Tag.SamplesPerPixel]: 1,
      [Tag.PhotometricInterpretation]: 'MONOCHROME2',
      [Tag.Rows]: 4,
      [Tag.Columns]: 4,
      [Tag.BitsAllocated]: bits,
      [Tag.BitsStored]: Math.min(bits, 12),
      [Tag.HighBit]: Math.min(bits, 12) - 1,
      [Tag.PixelRepresentation]: 0,
      ...more,
    }).bytes;
  const pixels = (length: number) => ({
    [Tag.PixelData]: { vr: 'OW' as const, value: new Uint8Array(length) },
  });
  const overlay = { 0x60000010: { vr: 'US' as const, value: 4 } };
  const inBit12 = { 0x60000102: { vr: 'US' as const, value: 12 } };
  it.each([
    ['single bits', image(1, pixels(2)), /single bit/],
    ['floats', image(32, { [Tag.FloatPixelData]: Array(16).fill(0.5) }), /Floating point/],
    ['overlays', image(16, { ...pixels(32), ...overlay, ...inBit12 }), /overlay/],
    ['32 bits', image(32, pixels(64)), /JPEG Lossless holds 2 to 16 bits, these pixels have 32/],
  ] as const)('%s', async (_, bytes, words) => {
    const instance = await readInstance(bufferSource(new Uint8Array(bytes)));
    const [jpegLossless] = LOSSLESS_SYNTAXES;
    const refused = compress(instance, jpegLossless!, codecs);
    await expect(refused).rejects.toBeInstanceOf(PixelError);
    await expect(refused).rejects.toThrow(words);
  });
});

it('beyond 4 GiB the offsets stand in an Extended Offset Table', () => {
  const small = encapsulation([3, 5]);
  expect(small.extended).toEqual([]);
  // The table's item: its length, and the offsets 0 and 8 + 4.
  expect([...small.start.subarray(16)]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0]);
  const large = encapsulation([2 ** 31, 2 ** 31 + 1, 7]);
  expect([...large.start.subarray(16)]).toEqual([0, 0, 0, 0]);
  const values = large.extended.map(({ value }) => [...new BigUint64Array(value.slice().buffer)]);
  expect(values).toEqual([
    [0n, 2n ** 31n + 8n, 2n ** 32n + 18n],
    [2n ** 31n, 2n ** 31n + 2n, 8n],
  ]);
  expect(large.length).toBe(12 + 8 + 3 * 8 + 2 ** 32 + 2 + 8 + 8);
});
