import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { decodeFrame } from './decode-frame.ts';
import type { ImageDescription } from './image-description.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'gantry-jxl-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const codecs = nodeCodecs();
const hasEncoder = spawnSync('cjxl', ['--version']).error === undefined;
if (!hasEncoder) console.warn('cjxl is missing: JPEG XL is decoded from a stream kept here only.');

const [WIDTH, HEIGHT] = [61, 43];

const image = (bits: number, over: Partial<ImageDescription> = {}): ImageDescription => ({
  rows: HEIGHT,
  columns: WIDTH,
  numberOfFrames: 1,
  samplesPerPixel: 1,
  photometricInterpretation: 'MONOCHROME2',
  planarConfiguration: 0,
  bitsAllocated: bits > 8 ? 16 : 8,
  bitsStored: bits,
  highBit: bits - 1,
  signed: false,
  sampleKind: 'integer',
  encoding: 'jpeg-xl',
  littleEndian: true,
  pixelPaddingValue: undefined,
  pixelPaddingRangeLimit: undefined,
  problems: [],
  ...over,
});

const valuesOf = (bits: number, samples: number) =>
  Array.from({ length: WIDTH * HEIGHT * samples }, (_, i) => (i * 37 + (i % 61) * 113) % 2 ** bits);

/** cjxl of these values, written as PGM or PPM of 8 or 16 bits: it scales them to the depth that is asked for. */
function encode(values: readonly number[], bits: number, samples: 1 | 3, ...options: string[]) {
  const [from, to] = [path.join(scratch, 'a.pnm'), path.join(scratch, 'a.jxl')];
  const top = bits > 8 ? 65535 : 255;
  const body = Buffer.alloc(values.length * (bits > 8 ? 2 : 1));
  for (const [i, value] of values.entries()) {
    const scaled = Math.round((value * top) / (2 ** bits - 1));
    if (bits > 8) body.writeUInt16BE(scaled, i * 2);
    else body.writeUInt8(scaled, i);
  }
  const header = `P${samples === 1 ? 5 : 6}\n${WIDTH} ${HEIGHT}\n${top}\n`;
  writeFileSync(from, Buffer.concat([Buffer.from(header), body]));
  execFileSync('cjxl', [from, to, `--override_bitdepth=${bits}`, ...options], { stdio: 'pipe' });
  return new Uint8Array(readFileSync(to));
}

/** What djxl makes of the last stream, 8 bits. */
function judged(): Uint8Array {
  const to = path.join(scratch, 'judged.ppm');
  execFileSync('djxl', [path.join(scratch, 'a.jxl'), to], { stdio: 'pipe' });
  return new Uint8Array(readFileSync(to)).subarray(-WIDTH * HEIGHT * 3);
}

describe.skipIf(!hasEncoder)('JPEG XL of libjxl', () => {
  it.each([8, 10, 12, 16])('without loss, of %d bits, gives what went in', async (bits) => {
    const values = valuesOf(bits, 1);
    for (const container of ['0', '1']) {
      const stream = encode(values, bits, 1, '-d', '0', `--container=${container}`);
      const { samples } = await decodeFrame(stream, image(bits), codecs);
      expect(Array.from(samples)).toEqual(values);
    }
  });

  it('of colour, without loss and with, gives what djxl gives', async () => {
    const values = valuesOf(8, 3);
    const colour = image(8, { samplesPerPixel: 3, photometricInterpretation: 'RGB' });
    const { samples } = await decodeFrame(encode(values, 8, 3, '-d', '0'), colour, codecs);
    expect(Array.from(samples)).toEqual(values);
    const smooth = values.map((_, i) => Math.floor(((i % 183) + i / 61) % 256));
    const stream = encode(smooth, 8, 3, '-d', '1');
    const lossy = { ...colour, photometricInterpretation: 'XYB' } as const;
    const frame = await decodeFrame(stream, lossy, codecs);
    expect(frame.photometricInterpretation).toBe('RGB');
    const theirs = judged();
    const off = Array.from(frame.samples, (value, i) => Math.abs(value - theirs[i]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
  });

  it('that recompresses a JPEG gives what djxl gives', async () => {
    const smooth = Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => Math.floor(i / 31) % 256);
    encode(smooth, 8, 3, '-d', '0');
    const [xl, jpeg] = [path.join(scratch, 'a.jxl'), path.join(scratch, 'a.jpg')];
    execFileSync('djxl', [xl, jpeg, '-q', '90'], { stdio: 'pipe' });
    execFileSync('cjxl', [jpeg, xl, '--lossless_jpeg=1'], { stdio: 'pipe' });
    const stream = new Uint8Array(readFileSync(xl));
    const colour = image(8, { samplesPerPixel: 3, photometricInterpretation: 'YBR_FULL_422' });
    const frame = await decodeFrame(stream, colour, codecs);
    expect(frame.photometricInterpretation).toBe('RGB');
    const theirs = judged();
    const off = Array.from(frame.samples, (value, i) => Math.abs(value - theirs[i]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
  });

  it('that is damaged or of another size is refused, and the codec works afterwards', async () => {
    const values = valuesOf(12, 1);
    const stream = encode(values, 12, 1, '-d', '0');
    await expect(decodeFrame(stream.slice(0, 300), image(12), codecs)).rejects.toThrow(
      /The JPEG XL stream is damaged/,
    );
    await expect(decodeFrame(stream, image(12, { rows: 42 }), codecs)).rejects.toThrow(
      'The compressed frame is 61 × 43 × 1, its attributes describe 61 × 42 × 1.',
    );
    const { samples } = await decodeFrame(stream, image(12), codecs);
    expect(Array.from(samples)).toEqual(values);
  });
});
