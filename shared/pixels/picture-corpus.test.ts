// The display chain held against DCMTK's: what dcm2pnm draws of each real file with the same window or look-up table.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { bufferSource } from '../dicom/byte-source.ts';
import { concatBytes, encodeFileMeta } from '../dicom/encode.ts';
import { readInstance, type ParsedInstance } from '../dicom/read-instance.ts';
import * as Tag from '../dicom/tags.generated.ts';
import { bytesOf, corpusFiles, type CorpusFile } from '../dicom/testing/corpus.ts';
import { hasDcmtk } from '../dicom/testing/dcmdump.ts';
import { ExplicitVrLittleEndian, transferSyntaxOf } from '../dicom/uids.ts';
import { decodeFrame } from './decode-frame.ts';
import { decompress } from './decompress.ts';
import { readDisplayAttributes } from './display-attributes.ts';
import { readFrame } from './frames.ts';
import { describeImage, hasPixels, type ImageDescription } from './image-description.ts';
import { marksOf, readMarkSources, type MarkSources } from './marks.ts';
import { defaultWindow, makePicture, type Picture } from './picture.ts';
import type { VoiTransform } from './voi.ts';

const codecs = nodeCodecs();
const files = corpusFiles().filter(({ size }) => size < 1_500_000);
const scratch = mkdtempSync(join(tmpdir(), 'gantry-picture-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Rounding: DCMTK computes windows by tables. */
const TOLERANCE = 1;

const DIFFERENCES: readonly { readonly reason: string; readonly file: RegExp }[] = [
  {
    reason: 'big endian 32-bit numbers under OW: DCMTK turns their halves, the writer had not',
    file: /rtdose_expb\.dcm/,
  },
  { reason: 'its tiles at the rim are smaller than Rows and Columns', file: /multiframe\.dcm:/ },
  { reason: 'its JPEG is zeros', file: /genFile\.dcm:/ },
];

/** A file that dcm2pnm can read: what is compressed is decompressed, since decoding is tested elsewhere. */
async function readable(file: CorpusFile, instance: ParsedInstance): Promise<string> {
  if (!transferSyntaxOf(instance.transferSyntaxUid).encapsulated) return file.path;
  const { chunks } = await decompress(instance, codecs);
  const meta = encodeFileMeta({
    sopClassUid: instance.dataset.string(Tag.SOPClassUID) ?? '',
    sopInstanceUid: '1.2.3', // some have none that may be written
    transferSyntaxUid: ExplicitVrLittleEndian.uid,
  });
  const path = join(scratch, 'native.dcm');
  writeFileSync(path, concatBytes([meta, ...(await Array.fromAsync(chunks))]));
  return path;
}

/** The grey or colour values that dcm2pnm draws, 8 bits; undefined where it gives up. */
function drawn(path: string, voi: VoiTransform | undefined): Uint8Array | undefined {
  const out = join(scratch, 'drawn.pnm');
  const window = !voi
    ? []
    : voi.kind === 'lut'
      ? ['+Wl', '1']
      : ['+Ww', String(voi.center), String(voi.width)];
  const sigmoid = voi?.kind === 'window' && voi.function === 'SIGMOID' ? ['+Wfs'] : [];
  try {
    execFileSync('dcm2pnm', [...window, ...sigmoid, '+op', path, out], { stdio: 'pipe' });
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(readFileSync(out));
  // "P5", comments, width, height, highest value, each ended by white space.
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 300));
  const header = /^P[56]\s(?:#[^\n]*\n)*\d+\s+\d+\s+255\s/.exec(text)?.[0];
  return header === undefined ? undefined : bytes.subarray(header.length);
}

/** The overlays of grey images: dcm2pnm draws no others, and knows neither padding nor supplemental palettes. */
async function ownMarks(instance: ParsedInstance, image: ImageDescription): Promise<MarkSources> {
  const { sources, problems } = await readMarkSources(instance, image, 0, 1);
  expect(problems).toEqual([]);
  const overlays = image.samplesPerPixel === 1 ? sources.overlays : [];
  return { ...sources, overlays, supplemental: undefined };
}

function largestDifference({ rgba, width, height }: Picture, theirs: Uint8Array): number {
  const channels = theirs.length / (width * height);
  expect([1, 3]).toContain(channels);
  let largest = 0;
  for (let i = 0; i < theirs.length; i++) {
    const ours = rgba[Math.floor(i / channels) * 4 + (i % channels)] ?? 0;
    largest = Math.max(largest, Math.abs(ours - (theirs[i] ?? 0)));
  }
  return largest;
}

describe.skipIf(files.length === 0 || !hasDcmtk())('the picture of a real file', () => {
  it('is the one that dcm2pnm draws', { timeout: 180_000 }, async () => {
    let compared = 0;
    const differences: string[] = [];
    for (const file of files) {
      const instance = await readInstance(bufferSource(bytesOf(file))).catch(() => undefined);
      if (!instance || !hasPixels(instance)) continue;
      try {
        const image = describeImage(instance);
        const bytes = await readFrame(instance, image, 0);
        const frame = await decodeFrame(bytes, image, codecs);
        const display = await readDisplayAttributes(instance, image, 0);
        const own = defaultWindow(image, frame, display.modality);
        const voi = display.vois[0]?.transform ?? ({ kind: 'window', ...own } as const);
        const isGrey = frame.samplesPerPixel === 1 && !display.palette;
        const theirs = drawn(await readable(file, instance), isGrey ? voi : undefined);
        if (!theirs) continue;
        const unpadded = { ...image, pixelPaddingValue: undefined };
        const sources = await ownMarks(instance, image);
        const marks = await marksOf(bytes, frame, unpadded, sources, codecs);
        const off = largestDifference(makePicture(image, frame, display, marks), theirs);
        const tolerance = frame.photometricInterpretation.startsWith('YBR') ? 2 : TOLERANCE;
        if (off > tolerance) differences.push(`${file.name} by ${off}`);
        compared += 1;
      } catch (error) {
        differences.push(`${file.name}: ${String(error)}`);
      }
    }
    expect(compared).toBeGreaterThan(files.length / 2);
    const isExplained = (text: string) => DIFFERENCES.some(({ file }) => file.test(text));
    expect(differences.filter((text) => !isExplained(text))).toEqual([]);
  });
});
