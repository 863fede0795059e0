// From stored values to the picture: what DCMTK draws where it knows how, what the standard says elsewhere.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { bufferSource } from '../dicom/byte-source.ts';
import { readInstance } from '../dicom/read-instance.ts';
import { hasDcmtk } from '../dicom/testing/dcmdump.ts';
import { decodeFrame } from './decode-frame.ts';
import { readDisplayAttributes } from './display-attributes.ts';
import { readFrame } from './frames.ts';
import { describeImage } from './image-description.ts';
import { MARK, marksOf, readMarkSources } from './marks.ts';
import { makePicture } from './picture.ts';
import { COLUMNS, rampAt, ROWS } from './testing/image-builder.ts';
import { jpegXlImage, oddImages, perFrameImage } from './testing/odd-images.ts';

const codecs = nodeCodecs();
const scratch = mkdtempSync(join(tmpdir(), 'gantry-display-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const images = oddImages();

async function shown(bytes: Uint8Array<ArrayBuffer>, frameIndex = 0) {
  const instance = await readInstance(bufferSource(bytes));
  const image = describeImage(instance);
  const display = await readDisplayAttributes(instance, image, frameIndex);
  const { sources, problems } = await readMarkSources(instance, image, frameIndex, 1);
  const stream = await readFrame(instance, image, frameIndex);
  const frame = await decodeFrame(stream, image, codecs);
  const marks = await marksOf(stream, frame, image, sources, codecs);
  const { rgba } = makePicture(image, frame, display, marks);
  return { rgba, marks, frame, problems, window: display.vois[0]?.transform };
}

const named = (name: string) => {
  const found = images.find((image) => image.name === name);
  if (!found) throw new Error(`There is no image with ${name}.`);
  return shown(found.bytes);
};

/** What dcm2pnm draws of a frame: 8 bits, grey or colour. */
function drawn(bytes: Uint8Array, ...options: string[]): Uint8Array {
  const [path, out] = [join(scratch, 'odd.dcm'), join(scratch, 'odd.pnm')];
  writeFileSync(path, bytes);
  execFileSync('dcm2pnm', [...options, '+op', path, out], { stdio: 'pipe' });
  const pnm = new Uint8Array(readFileSync(out));
  const header = /^P[56]\s(?:#[^\n]*\n)*\d+\s+\d+\s+255\s/.exec(
    new TextDecoder('latin1').decode(pnm.subarray(0, 300)),
  );
  return pnm.subarray(header?.[0].length ?? 0);
}

function largestOff(rgba: Uint8ClampedArray, theirs: Uint8Array): number {
  const channels = theirs.length / (rgba.length / 4);
  const off = Array.from(theirs, (value, i) =>
    Math.abs(value - (rgba[Math.floor(i / channels) * 4 + (i % channels)] ?? 0)),
  );
  return Math.max(...off);
}

describe.skipIf(!hasDcmtk())('dcm2pnm draws the same picture of', () => {
  const judged = images.filter(({ notByDcmtk }) => notByDcmtk === undefined);
  it.each(judged.map(({ name, bytes }) => [name, bytes] as const))('%s', async (_, bytes) => {
    const { rgba, window } = await shown(bytes);
    const sigmoid = window?.kind === 'window' && window.function === 'SIGMOID' ? ['+Wfs'] : [];
    const voi = window?.kind === 'lut' ? ['+Wl', '1'] : window ? ['+Wi', '1'] : [];
    expect(largestOff(rgba, drawn(bytes, ...voi, ...sigmoid))).toBeLessThanOrEqual(1);
  });

  it.each([0, 1])('frame %d of two, each with a window of its own', async (frameIndex) => {
    const { rgba, window } = await shown(perFrameImage(), frameIndex);
    if (window?.kind !== 'window') throw new Error('No window.');
    // It reads functional groups in newer versions only: the values are given, the overlay is the file's.
    const slope = frameIndex === 0 ? 1 : 2;
    const center = (window.center - 0.5 + (frameIndex === 0 ? 0 : 1000)) / slope + 0.5;
    const width = (window.width - 1) / slope + 1;
    const theirs = drawn(
      perFrameImage(),
      ...['+F', String(frameIndex + 1), '+Ww', String(center), String(width)],
    );
    expect(largestOff(rgba, theirs)).toBeLessThanOrEqual(1);
  });
});

/** Rows of the picture as text: closed pixels are #. */
const isShuttered = (bits: Uint8Array, row: number, column: number): boolean =>
  ((bits[(row - 1) * COLUMNS + column - 1] ?? 0) & MARK.shutter) !== 0;

describe('shutters', () => {
  it('leave open what lies within the edges, the edges included, and within the circle', async () => {
    const { marks, rgba } = await named('a rectangular and a circular shutter');
    const bits = marks!.bits;
    // Rows 6 to 50, columns 11 to 80; within 30 of row 30, column 40.
    expect([11, 10].map((column) => isShuttered(bits, 30, column))).toEqual([false, true]);
    expect([70, 71].map((column) => isShuttered(bits, 30, column))).toEqual([false, true]);
    expect([6, 5, 50, 51].map((row) => isShuttered(bits, row, 40))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    // 8000H of FFFFH in grey.
    expect(Array.from(rgba.subarray(0, 4))).toEqual([128, 128, 128, 255]);
  });

  it('by polygon close what is outside, in a bay too', async () => {
    const { marks, rgba } = await named('a polygonal shutter');
    const bits = marks!.bits;
    expect(isShuttered(bits, 20, 40)).toBe(false);
    expect(isShuttered(bits, 55, 50)).toBe(true);
    expect(isShuttered(bits, 5, 5)).toBe(false);
    expect(rgba[0]).toBe(255);
  });

  it('by bitmap close what the overlay marks, which isn’t drawn itself', async () => {
    const { marks } = await named('a bitmap shutter');
    for (let i = 0; i < ROWS * COLUMNS; i++) {
      expect(marks!.bits[i]).toBe(i % COLUMNS > 60 ? MARK.shutter : 0);
    }
  });
});

it('padding is black, under MONOCHROME1 as well', async () => {
  const { rgba } = await named('a range of padding under MONOCHROME1');
  for (let i = 0; i < ROWS * COLUMNS; i++) {
    const value = rampAt(i);
    const expected = value <= 900 ? 0 : Math.round((1 - value / 4095) * 255);
    expect(Math.abs(rgba[i * 4]! - expected)).toBeLessThanOrEqual(1);
  }
});

it('a supplemental palette colours the values from its first on, the others stay grey', async () => {
  const { rgba } = await named('a supplemental palette');
  for (let i = 0; i < ROWS * COLUMNS; i++) {
    const value = rampAt(i);
    const entry = Math.min(255, value - 2000);
    const grey = Math.min(255, Math.round((value / 1999) * 255));
    const expected = value < 2000 ? [grey, grey, grey] : [entry, 255 - entry, (entry * 3) & 255];
    for (let c = 0; c < 3; c++) {
      expect(Math.abs(rgba[i * 4 + c]! - expected[c]!)).toBeLessThanOrEqual(1);
    }
  }
});

it('Presentation LUT Shape INVERSE turns black and white', async () => {
  const { rgba } = await named('Presentation LUT Shape INVERSE');
  for (let i = 0; i < ROWS * COLUMNS; i++) {
    const expected = Math.round((1 - rampAt(i) / 4095) * 255);
    expect(Math.abs(rgba[i * 4]! - expected)).toBeLessThanOrEqual(1);
  }
});

it('real numbers are shown from the lowest to the highest', async () => {
  for (const name of ['real numbers', 'real numbers of double width']) {
    const { rgba, frame } = await named(name);
    expect(frame.samples).toHaveLength(ROWS * COLUMNS);
    const values = Array.from({ length: ROWS * COLUMNS }, (_, i) => rampAt(i));
    const [lowest, highest] = [Math.min(...values), Math.max(...values)];
    for (const [i, value] of values.entries()) {
      const expected = Math.round(((value - lowest) / (highest - lowest)) * 255);
      expect(Math.abs(rgba[i * 4]! - expected)).toBeLessThanOrEqual(1);
    }
  }
});

it('an overlay whose data is cut short is named, and the picture is there', async () => {
  const { bytes } = images.find(({ name }) => name === 'an overlay beside its corner')!;
  // Overlay Rows, 44, becomes 2000.
  const at = Buffer.from(bytes).indexOf(Uint8Array.of(0, 0x60, 0x10, 0, 0x55, 0x53, 2, 0, 44, 0));
  const damaged = new Uint8Array(bytes);
  new DataView(damaged.buffer).setUint16(at + 8, 2000, true);
  const { problems, marks } = await shown(damaged);
  expect(problems).toEqual(["Overlay 6000 can't be drawn."]);
  expect(marks).toBeUndefined();
});

it('a stream that libjxl wrote has the stored values that went in', async () => {
  const { frame } = await shown(jpegXlImage());
  expect(Array.from(frame.samples)).toEqual(
    Array.from({ length: ROWS * COLUMNS }, (_, i) => rampAt(i)),
  );
});
