import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../../bridge/src/conversion/node-codecs.ts';
import { ultrasoundClip } from '../../../bridge/src/samples/phantom/ultrasound-clip.ts';
import { concatBytes, encodeFileMeta, type Fields } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { hasDcmtk } from '../../../shared/dicom/testing/dcmdump.ts';
import { blankValue, boxesInFrame } from '../../../shared/pixels/blank/blank-values.ts';
import type { Box } from '../../../shared/pixels/box.ts';
import { compress } from '../../../shared/pixels/compress.ts';
import { LOSSLESS_SYNTAXES } from '../../../shared/pixels/encode/compressed-syntaxes.ts';
import { describeImage, hasPixels } from '../../../shared/pixels/image-description.ts';
import { COLUMNS, oddImage, PIXELS, plane } from '../../../shared/pixels/testing/image-builder.ts';
import {
  referencePixels,
  referenceValues,
} from '../../../shared/pixels/testing/reference-pixels.ts';
import { encapsulated, fragmentsIn } from './testing/fragments.ts';
import { pseudonymsOf, read, send } from './testing/run.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const codecs = nodeCodecs();
const scratch = mkdtempSync(join(tmpdir(), 'gantry-blanking-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);
const hasJudges = hasDcmtk() && spawnSync('gdcmconv', ['--version']).error === undefined;
const isLong = Boolean(process.env['GANTRY_TEST_LONG']);

async function blanked(file: Bytes, boxes: readonly Box[]): Promise<Bytes> {
  const sent = await send(file, pseudonymsOf('key'), false, { look: { kind: 'seen', boxes } });
  if ('kind' in sent) throw new Error(sent.reason);
  return sent.file;
}

/** Native pixels as DCMTK gives them, 4:2:2 included: all samples of all frames. */
function judged(file: Bytes, uid: string, name: string) {
  writeFileSync(at(name), file);
  return referencePixels(at(name), uid, scratch);
}

/**
 * Holds what came out against what went in, both as DCMTK or GDCM decode them: black within the boxes of each frame, and
 * the same values as before outside. @returns how many samples were blanked
 */
async function expectBlank(before: Bytes, after: Bytes, boxes: readonly Box[]): Promise<number> {
  const [source, result] = [await read(before), await read(after)];
  const image = describeImage(source);
  const described = describeImage(result);
  // Judges give what was transformed for JPEG 2000 as RGB.
  const imageAfter =
    described.encoding === 'jpeg-2000' && described.photometricInterpretation.startsWith('YBR')
      ? { ...described, photometricInterpretation: 'RGB' as const }
      : described;
  const original = judged(before, source.transferSyntaxUid, 'before.dcm');
  const output = judged(after, result.transferSyntaxUid, 'after.dcm');
  const { rows, columns, samplesPerPixel } = image;
  const count = rows * columns * samplesPerPixel;
  let inside = 0;
  let [leaks, changes] = [0, 0];
  // Two decoders of lossy JPEG may differ by one.
  const tolerance = /\.4\.5[01]$/.test(source.transferSyntaxUid) ? 1 : 0;
  for (let frame = 0; frame < image.numberOfFrames; frame++) {
    const mask = new Uint8Array(rows * columns);
    for (const box of boxesInFrame(boxes, image, frame)) {
      for (let row = box.row; row < box.row + box.rows; row++) {
        mask.fill(1, row * columns + box.column, row * columns + box.column + box.columns);
      }
    }
    const was = referenceValues(original, image, frame, count);
    const is = referenceValues(output, { ...imageAfter, numberOfFrames: 1 }, frame, count);
    for (let i = 0; i < count; i++) {
      if (mask[Math.floor(i / samplesPerPixel)] === 1) {
        inside++;
        if (is[i] !== blankValue(imageAfter, i % samplesPerPixel)) leaks++;
      } else if (Math.abs((was[i] ?? NaN) - (is[i] ?? NaN)) > tolerance) changes++;
    }
  }
  expect({ leaks, changes }).toEqual({ leaks: 0, changes: 0 });
  return inside;
}

const BOXES: readonly Box[] = [
  { column: 3, row: 2, columns: 21, rows: 7 },
  { column: 40, row: 30, columns: 500, rows: 3 },
  { column: 0, row: 60, columns: 9, rows: 1, frames: [2, 2] },
];

const noise = (count: number, highest: number) =>
  Array.from({ length: count }, (_, i) => ((i * 7919) ^ (i >> 3)) % (highest + 1));

const COLOUR: Fields = {
  [Tag.SamplesPerPixel]: 3,
  [Tag.PhotometricInterpretation]: 'RGB',
  [Tag.PlanarConfiguration]: 0,
  [Tag.BitsAllocated]: 8,
  [Tag.BitsStored]: 8,
  [Tag.HighBit]: 7,
};
const frames = (count: number): Fields => ({ [Tag.NumberOfFrames]: String(count) });
const bytes = (count: number, vr: 'OB' | 'OW' = 'OB') => ({
  vr,
  value: Uint8Array.from(noise(count, 255)),
});
const words = (count: number, highest: number) => ({
  vr: 'OW' as const,
  value: noise(count, highest),
});

const NATIVE: Readonly<Record<string, Fields>> = {
  'words of 12 bits': { ...frames(3), [Tag.PixelData]: words(3 * PIXELS, 4095) },
  'signed words': {
    [Tag.PixelRepresentation]: 1,
    [Tag.BitsStored]: 16,
    [Tag.HighBit]: 15,
    [Tag.PixelData]: words(PIXELS, 65_535),
  },
  'words inverted': {
    [Tag.PhotometricInterpretation]: 'MONOCHROME1',
    [Tag.PixelData]: words(PIXELS, 4095),
  },
  bytes: {
    ...frames(2),
    [Tag.BitsAllocated]: 8,
    [Tag.BitsStored]: 8,
    [Tag.HighBit]: 7,
    [Tag.PixelData]: bytes(2 * PIXELS),
  },
  'single bits': {
    ...frames(3),
    [Tag.Columns]: 93,
    [Tag.Rows]: 61,
    [Tag.BitsAllocated]: 1,
    [Tag.BitsStored]: 1,
    [Tag.HighBit]: 0,
    [Tag.PixelData]: { vr: 'OB', value: plane(3 * 93 * 61, (i) => (i * 7919) % 3 === 0) },
  },
  'colours by pixel': { ...COLOUR, ...frames(2), [Tag.PixelData]: bytes(6 * PIXELS) },
  'colours by plane': {
    ...COLOUR,
    ...frames(2),
    [Tag.PlanarConfiguration]: 1,
    [Tag.PixelData]: bytes(6 * PIXELS),
  },
  'luminance and chrominance': {
    ...COLOUR,
    [Tag.PhotometricInterpretation]: 'YBR_FULL',
    [Tag.PixelData]: bytes(3 * PIXELS),
  },
};

const WIDE: Fields = {
  [Tag.BitsAllocated]: 32,
  [Tag.BitsStored]: 32,
  [Tag.HighBit]: 31,
  [Tag.PixelData]: { vr: 'OW', value: Uint8Array.from(noise(4 * PIXELS, 255)) },
};

describe.skipIf(!hasJudges)('Boxes in uncompressed pixels, judged by DCMTK', () => {
  it.each(Object.entries({ ...NATIVE, 'words of 32 bits': WIDE }))(
    'are black, and nothing else changes: %s',
    async (_, fields) => {
      const file = oddImage(fields);
      expect(await expectBlank(file, await blanked(file, BOXES), BOXES)).toBeGreaterThan(100);
    },
  );

  it.each(['words of 12 bits', 'bytes', 'colours by pixel', 'words inverted'])(
    'are black in big endian too: %s',
    async (name) => {
      const fields = NATIVE[name] ?? {};
      const values = fields[Tag.PixelData];
      const isBytes = fields[Tag.BitsAllocated] === 8;
      // In words, whose bytes stand the other way round.
      const turned =
        isBytes && values && typeof values === 'object' && 'value' in values
          ? { [Tag.PixelData]: { vr: 'OW' as const, value: values.value } }
          : {};
      const file = oddImage({ ...fields, ...turned }, { littleEndian: false });
      await expectBlank(file, await blanked(file, BOXES), BOXES);
    },
  );

  it('shares no colour with what stands beside them in 4:2:2', async () => {
    const file = oddImage({
      ...COLOUR,
      ...frames(2),
      [Tag.PhotometricInterpretation]: 'YBR_FULL_422',
      [Tag.PixelData]: bytes(4 * PIXELS),
    });
    const sent = await blanked(file, BOXES);
    const native = (name: string, of: Bytes) => judged(of, '1.2.840.10008.1.2.1', name).bytes;
    const [was, is] = [native('a.dcm', file), native('b.dcm', sent)];
    const image = describeImage(await read(file));
    let [inside, wrong] = [0, 0];
    for (let frame = 0; frame < 2; frame++) {
      const boxes = boxesInFrame(BOXES, image, frame);
      for (let i = 0; i < 2 * PIXELS; i++) {
        const pair = Math.floor(i / 4) * 2;
        const [x, y] = [pair % COLUMNS, Math.floor(pair / COLUMNS)];
        const isIn = boxes.some(
          (box) =>
            x >= box.column &&
            x < box.column + box.columns &&
            y >= box.row &&
            y < box.row + box.rows,
        );
        const byte = frame * 2 * PIXELS + i;
        if (isIn) inside++;
        if (is[byte] !== (isIn ? (i % 4 < 2 ? 0 : 128) : was[byte])) wrong++;
      }
    }
    expect(wrong).toBe(0);
    expect(inside).toBeGreaterThan(100);
  });

  it('says what was done, and only then', async () => {
    const file = oddImage({ [Tag.BurnedInAnnotation]: 'YES' });
    writeFileSync(at('said.dcm'), await blanked(file, BOXES));
    const dump = (name: string) => execFileSync('dcmdump', [at(name)], { encoding: 'utf8' });
    const said = dump('said.dcm');
    expect(said).toMatch(/\(0028,0301\) CS \[NO\]/);
    expect(said).toContain('[113101]');
    writeFileSync(at('unsaid.dcm'), await blanked(oddImage({}), []));
    expect(dump('unsaid.dcm')).not.toContain('113101');
  });
});

/** A file with a comment in each frame, where its codestream may have one. */
async function withComments(file: Bytes): Promise<Bytes> {
  const fragments = (await fragmentsIn(file)).map((fragment) => {
    const isJpeg = fragment[0] === 0xff && fragment[1] === 0xd8;
    const isJpeg2000 = fragment[0] === 0xff && fragment[1] === 0x4f;
    if (!isJpeg && !isJpeg2000) return fragment;
    const words = [...Buffer.from('A name or two')];
    const place = isJpeg ? 2 : 4 + Buffer.from(fragment.buffer).readUInt16BE(4);
    const comment = isJpeg
      ? [0xff, 0xfe, 0, words.length + 2, ...words]
      : [0xff, 0x64, 0, words.length + 4, 0, 1, ...words];
    return concatBytes([fragment.slice(0, place), Uint8Array.from(comment), fragment.slice(place)]);
  });
  const element = (await read(file)).dataset.get(Tag.PixelData);
  return concatBytes([file.slice(0, element?.start), encapsulated(fragments)]);
}

describe.skipIf(!hasJudges)('Boxes in compressed pixels, judged by DCMTK and GDCM', () => {
  const clip = ultrasoundClip({ frames: 4, rows: 60, columns: 80 }).bytes;
  it.each(LOSSLESS_SYNTAXES.filter(({ encoder }) => encoder !== 'htj2k'))(
    'are black in $name, which it stays, and untouched frames keep their bytes',
    async (syntax) => {
      const source = await read(clip);
      const { chunks } = await compress(source, syntax, codecs);
      const meta = {
        sopClassUid: source.dataset.string(Tag.SOPClassUID) ?? '',
        sopInstanceUid: '1.2.3',
        transferSyntaxUid: syntax.uid,
      };
      const plain = concatBytes([encodeFileMeta(meta), ...(await Array.fromAsync(chunks))]);
      const file = await withComments(plain);
      const boxes: Box[] = [{ column: 10, row: 5, columns: 33, rows: 9, frames: [2, 3] }];
      const sent = await blanked(file, boxes);
      expect(await expectBlank(file, sent, boxes)).toBe(33 * 9 * 3 * 2);
      const after = await read(sent);
      expect(after.transferSyntaxUid).toBe(syntax.uid);
      // Comments are cut out, whether anything is drawn over a frame or not.
      const [was, is] = [await fragmentsIn(plain), await fragmentsIn(sent)];
      expect(await fragmentsIn(await blanked(file, []))).toEqual(was);
      expect(was).toHaveLength(4);
      const table = after.dataset.get(Tag.PixelData)?.fragments?.[0];
      const offsets = new Uint32Array(sent.slice(table?.offset, (table?.offset ?? 0) + 16).buffer);
      const starts = is.map((_, i) =>
        is.slice(0, i).reduce((sum, { length }) => sum + 8 + length, 0),
      );
      expect([...offsets]).toEqual(starts);
      expect([is[0], is[3]]).toEqual([was[0], was[3]]);
      expect(is[1]).not.toEqual(was[1]);
      // A second time there is nothing to cut out of what was encoded.
      expect(await fragmentsIn(await blanked(sent, []))).toEqual(is);
    },
  );

  it.skipIf(corpusFiles().length === 0)(
    'are black in real files',
    { timeout: 300_000 },
    async () => {
      const seen = new Map<string, number>();
      let count = 0;
      for (const corpusFile of corpusFiles()) {
        const file = bytesOf(corpusFile);
        const instance = await read(file).catch(() => undefined);
        if (!instance?.isComplete || !hasPixels(instance)) continue;
        const uid = instance.transferSyntaxUid;
        // No judge reads these, or the file is one that they refuse.
        if (/\.4\.(11[0-2]|20[1-3])$/.test(uid)) continue;
        if (!isLong && (seen.has(uid) || corpusFile.size > 2 ** 20)) continue;
        let image;
        try {
          image = describeImage(instance);
        } catch {
          continue;
        }
        // Subsampled and uncompressed: its samples aren't one for each pixel.
        if (image.encoding === 'native' && image.photometricInterpretation.endsWith('_422'))
          continue;
        const boxes: Box[] = [
          {
            column: Math.floor(image.columns / 3),
            row: 1,
            columns: 7,
            rows: Math.ceil(image.rows / 8),
          },
          { column: 0, row: image.rows - 1, columns: image.columns, rows: 1 },
        ];
        const sent = await send(file, pseudonymsOf('key'), false, {
          look: { kind: 'seen', boxes },
        });
        if ('kind' in sent) continue;
        try {
          await expectBlank(file, sent.file, boxes);
        } catch (error) {
          throw new Error(`${corpusFile.name}: ${uid}`, { cause: error });
        }
        seen.set(uid, (seen.get(uid) ?? 0) + 1);
        count++;
      }
      process.stdout.write(
        `Boxes blanked in ${count} real files of ${seen.size} transfer syntaxes.\n`,
      );
      expect(count).toBeGreaterThan(10);
    },
  );
});
