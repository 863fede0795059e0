import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { decodeFrame } from './decode-frame.ts';
import type { ImageDescription } from './image-description.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'gantry-htj2k-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const codecs = nodeCodecs();
const hasJudge = spawnSync('opj_decompress', ['-h']).error === undefined;
if (!hasJudge) console.warn('opj_decompress is missing: HTJ2K is held against its source only.');

/** The encoder that comes with the decoder: no real files in this syntax are at hand. */
interface Encoder {
  getDecodedBuffer(info: object): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  setQuality(lossless: boolean, step: number): void;
  encode(): void;
}

async function encode(samples: Uint8Array, info: object): Promise<Uint8Array<ArrayBuffer>> {
  const module = (await codecs.module('openjph')) as unknown as { HTJ2KEncoder: new () => Encoder };
  const encoder = new module.HTJ2KEncoder();
  encoder.getDecodedBuffer(info).set(samples);
  encoder.setQuality(true, 0);
  encoder.encode();
  return new Uint8Array(encoder.getEncodedBuffer());
}

const image = (over: Partial<ImageDescription>): ImageDescription => ({
  rows: 40,
  columns: 52,
  numberOfFrames: 1,
  samplesPerPixel: 1,
  photometricInterpretation: 'MONOCHROME2',
  planarConfiguration: 0,
  bitsAllocated: 16,
  bitsStored: 12,
  highBit: 11,
  signed: false,
  sampleKind: 'integer',
  encoding: 'htj2k',
  littleEndian: true,
  pixelPaddingValue: undefined,
  pixelPaddingRangeLimit: undefined,
  problems: [],
  ...over,
});

const size = { width: 52, height: 40 };
const ramp = (i: number) => (i * 7 + (i % 52) * 13) % 4096;

describe('lossless High-Throughput JPEG 2000', () => {
  it('of 12 unsigned bits gives what went in, as OpenJPEG says too', async () => {
    const samples = Uint16Array.from({ length: 52 * 40 }, (_, i) => ramp(i));
    const info = {
      ...size,
      bitsPerSample: 12,
      componentCount: 1,
      isSigned: false,
      isUsingColorTransform: false,
    };
    const stream = await encode(new Uint8Array(samples.buffer), info);
    expect((await decodeFrame(stream, image({}), codecs)).samples).toEqual(samples);
    if (!hasJudge) return;
    const from = path.join(scratch, 'image.jph');
    const to = path.join(scratch, 'image.rawl');
    writeFileSync(path.join(scratch, 'image.j2k'), stream);
    execFileSync('opj_decompress', ['-i', from.replace('.jph', '.j2k'), '-o', to], {
      stdio: 'pipe',
    });
    const judged = new Uint8Array(readFileSync(to));
    expect(new Uint16Array(judged.buffer)).toEqual(samples);
  });

  it('of 16 signed bits keeps the sign', async () => {
    const samples = Int16Array.from({ length: 52 * 40 }, (_, i) => ramp(i) * 8 - 16384);
    const info = {
      ...size,
      bitsPerSample: 16,
      componentCount: 1,
      isSigned: true,
      isUsingColorTransform: false,
    };
    const stream = await encode(new Uint8Array(samples.buffer), info);
    const signed = image({ bitsStored: 16, highBit: 15, signed: true });
    expect((await decodeFrame(stream, signed, codecs)).samples).toEqual(samples);
  });

  it('of colour comes out as RGB', async () => {
    const samples = Uint8Array.from({ length: 52 * 40 * 3 }, (_, i) => ramp(i) & 255);
    const info = {
      ...size,
      bitsPerSample: 8,
      componentCount: 3,
      isSigned: false,
      isUsingColorTransform: true,
    };
    const stream = await encode(samples, info);
    const colour = image({
      samplesPerPixel: 3,
      photometricInterpretation: 'YBR_RCT',
      bitsAllocated: 8,
      bitsStored: 8,
      highBit: 7,
    });
    const frame = await decodeFrame(stream, colour, codecs);
    expect(frame.photometricInterpretation).toBe('RGB');
    expect(frame.samples).toEqual(samples);
  });

  it('that is damaged is refused, and the codec works afterwards', async () => {
    const samples = Uint16Array.from({ length: 52 * 40 }, (_, i) => ramp(i));
    const info = {
      ...size,
      bitsPerSample: 12,
      componentCount: 1,
      isSigned: false,
      isUsingColorTransform: false,
    };
    const stream = await encode(new Uint8Array(samples.buffer), info);
    const garbage = stream.slice(0, 60);
    await expect(decodeFrame(garbage, image({}), codecs)).rejects.toThrow(
      /stream is damaged|no whole/,
    );
    expect((await decodeFrame(stream, image({}), codecs)).samples).toEqual(samples);
  });
});
