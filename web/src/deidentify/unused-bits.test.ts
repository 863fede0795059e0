import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { hasDcmtk } from '../../../shared/dicom/testing/dcmdump.ts';
import { oddImage, PIXELS } from '../../../shared/pixels/testing/image-builder.ts';
import { BASIC_PROFILE, type Profile } from './profile.ts';
import { read, SEEN, send } from './testing/run.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const scratch = mkdtempSync(join(tmpdir(), 'gantry-unused-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const CLEANING: Profile = { ...BASIC_PROFILE, options: new Set(['clean-pixel-data']) };

async function sent(file: Bytes, profile = CLEANING) {
  const found = await send(file, undefined, false, { profile, look: SEEN });
  if ('kind' in found) throw new Error(found.reason);
  return { file: found.file, count: found.prepared.clearedCells };
}

/** The value of Pixel Data as it lies in a file. */
async function valueOf(file: Bytes): Promise<Bytes> {
  const { valueStart = 0, length = 0 } = (await read(file)).dataset.get(Tag.PixelData) ?? {};
  return file.slice(valueStart, valueStart + length);
}

const WORDS = 'Nobody must read this';

/** Words in the highest bits of the first cells, four bits in each. */
const withWords = (cells: readonly number[], shift = 12): number[] =>
  cells.map((cell, i) => {
    const code = WORDS.charCodeAt(i >> 1);
    const half = i & 1 ? code & 15 : code >> 4;
    return i < 2 * WORDS.length ? (cell & 0x0fff) | (half << shift) : cell;
  });

const plain = Array.from({ length: PIXELS }, (_, i) => (i * 7919) & 0x0fff);
/** Two's complement of 12 bits, the sign in all 16. */
const signed = plain.map((cell) => ((cell << 20) >> 20) & 0xffff);
const ow = (value: readonly number[]) => ({ vr: 'OW' as const, value });
const SIGNED = { [Tag.PixelRepresentation]: 1 };

/** The picture as DCMTK shows it, in 16 bits. */
function shown(file: Bytes): string {
  writeFileSync(join(scratch, 'a.dcm'), file);
  return execFileSync('dcm2pnm', ['+opw', '+Wm', join(scratch, 'a.dcm')], {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
}

describe('Bits that hold no sample', () => {
  it.each([
    ['zeros', {}, plain],
    ['the sign of each', SIGNED, signed],
    ['zeros above signed ones', SIGNED, plain],
  ])('stay as they are where they are %s', async (_, fields, cells) => {
    const file = oddImage({ ...fields, [Tag.PixelData]: ow(cells) });
    const { file: output, count } = await sent(file);
    expect(count).toBe(0);
    expect(await valueOf(output)).toEqual(await valueOf(file));
  });

  it.each([
    ['zeros', {}, plain, true],
    ['zeros, in big endian', {}, plain, false],
    ['zeros above few low bits, in big endian', {}, plain.map((cell) => cell & 15), false],
    ['the sign of each', SIGNED, signed, true],
    ['the sign of each, in big endian', SIGNED, signed, false],
    ['zeros, as most of the others have', SIGNED, plain, true],
  ])('become %s where anything else stands there', async (_, fields, cells, littleEndian) => {
    const dirty = withWords(cells);
    const file = oddImage({ ...fields, [Tag.PixelData]: ow(dirty) }, { littleEndian });
    const { file: output, count } = await sent(file);
    const clean = oddImage({ ...fields, [Tag.PixelData]: ow(cells) }, { littleEndian });
    expect(await valueOf(output)).toEqual(await valueOf(clean));
    expect(count).toBe(dirty.filter((cell, i) => cell !== cells[i]).length);
    expect(count).toBeGreaterThan(20);
    expect((await sent(output)).count).toBe(0);
    if (hasDcmtk()) expect(shown(output)).toBe(shown(file));
  });

  it('are cleared below the samples, and above', async () => {
    const cells = plain.map((cell) => (cell & 0x3ff) << 4);
    const fields = { [Tag.BitsStored]: 10, [Tag.HighBit]: 13 };
    const dirty = cells.map((cell, i) => cell | (i % 9 === 0 ? 0x8005 : 0));
    const { file, count } = await sent(oddImage({ ...fields, [Tag.PixelData]: ow(dirty) }));
    const clean = oddImage({ ...fields, [Tag.PixelData]: ow(cells) });
    expect(await valueOf(file)).toEqual(await valueOf(clean));
    expect(count).toBe(Math.ceil(PIXELS / 9));
  });

  it.each([8, 32])('are cleared in cells of %i bits', async (bits) => {
    const width = bits / 8;
    const dirty = Uint8Array.from({ length: PIXELS * width }, (_, i) => (i * 31) & 0xff);
    const clean = dirty.map((byte, i) => (i % width === width - 1 ? byte & 0x3f : byte));
    const fields = {
      [Tag.BitsAllocated]: bits,
      [Tag.BitsStored]: bits - 2,
      [Tag.HighBit]: bits - 3,
    };
    const value = (of: Bytes) => ({
      [Tag.PixelData]: { vr: bits === 8 ? ('OB' as const) : ('OW' as const), value: of },
    });
    const { file } = await sent(oddImage({ ...fields, ...value(dirty) }));
    expect(await valueOf(file)).toEqual(await valueOf(oddImage({ ...fields, ...value(clean) })));
  });

  it('stay in cells that stand for none, and where nobody asked for pixels to be cleaned', async () => {
    const padding = 0xf830;
    const cells = plain.map((cell, i) => (i % 5 === 0 ? padding : cell));
    const fields = { [Tag.PixelPaddingValue]: padding };
    const { count } = await sent(oddImage({ ...fields, [Tag.PixelData]: ow(cells) }));
    expect(count).toBe(0);
    const dirty = oddImage({ ...fields, [Tag.PixelData]: ow(withWords(cells)) });
    const cleaned = await sent(dirty);
    expect(cleaned.count).toBeGreaterThan(20);
    const value = await valueOf(cleaned.file);
    const after = new Uint16Array(value.buffer);
    cells.forEach((cell, i) => {
      if (i >= 2 * WORDS.length) expect(after[i]).toBe(cell);
    });
    const asked = await sent(dirty, BASIC_PROFILE);
    expect(asked.count).toBe(0);
    expect(await valueOf(asked.file)).toEqual(await valueOf(dirty));
  });
});

describe.skipIf(corpusFiles().length === 0)('Unused bits of real pictures', () => {
  it('are left alone where no overlay is drawn in them', { timeout: 60_000 }, async () => {
    let compared = 0;
    for (const corpusFile of corpusFiles()) {
      const file = bytesOf(corpusFile);
      const found = await send(file, undefined, false, { profile: CLEANING, look: SEEN });
      if ('kind' in found || found.prepared.transferSyntaxUid.includes('.1.2.4.')) continue;
      const { dataset } = await read(file).catch(() => ({ dataset: undefined }));
      if (!dataset || dataset.number(Tag.BitsStored) === dataset.number(Tag.BitsAllocated))
        continue;
      if (corpusFile.name.endsWith('/ovly_p01.dcm')) continue;
      expect(found.prepared.clearedCells, corpusFile.name).toBe(0);
      expect(await valueOf(found.file), corpusFile.name).toEqual(await valueOf(file));
      compared++;
    }
    expect(compared).toBeGreaterThan(4);
  });
});
