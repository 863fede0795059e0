import { describe, expect, it } from 'vitest';
import type { ByteSource } from './byte-source.ts';
import { elementHeader, encodeFileMeta, itemHeader } from './encode.ts';
import { readInstance } from './read-instance.ts';
import { ITEM, SEQUENCE_DELIMITATION } from './tag.ts';
import * as Tag from './tags.generated.ts';
import { raw } from './testing/raw-element.ts';
import { ExplicitVrLittleEndian } from './uids.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A file of any size, of which only some parts are anything but zeros; counts what is asked of it. */
class SparseSource implements ByteSource {
  readonly size: number;
  readonly #parts: readonly { readonly offset: number; readonly bytes: Bytes }[];
  reads = 0;
  asked = 0;

  constructor(parts: readonly (Bytes | number)[]) {
    const placed: { offset: number; bytes: Bytes }[] = [];
    let offset = 0;
    for (const part of parts) {
      if (typeof part !== 'number') placed.push({ offset, bytes: part });
      offset += typeof part === 'number' ? part : part.length;
    }
    this.#parts = placed;
    this.size = offset;
  }

  read(offset: number, length: number): Promise<Bytes> {
    this.reads++;
    this.asked += length;
    const out = new Uint8Array(Math.min(length, this.size - offset));
    for (const part of this.#parts) {
      const from = Math.max(offset, part.offset);
      const to = Math.min(offset + out.length, part.offset + part.bytes.length);
      if (from < to) {
        out.set(part.bytes.subarray(from - part.offset, to - part.offset), from - offset);
      }
    }
    return Promise.resolve(out);
  }
}

const GIGABYTE = 1_000_000_000;
const metaOf = (transferSyntaxUid: string) =>
  encodeFileMeta({ sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid });

describe('A file larger than memory', () => {
  it('is read around a value of 3 GB, with what stands behind it', async () => {
    const source = new SparseSource([
      metaOf(ExplicitVrLittleEndian.uid),
      raw(Tag.PatientName, 'PN', 'Doe^Jane'),
      elementHeader(Tag.PixelData, 'OW', 3 * GIGABYTE, ExplicitVrLittleEndian),
      3 * GIGABYTE,
      raw(Tag.DataSetTrailingPadding, 'OB', 'abcd'),
    ]);
    const { dataset, isComplete, problems } = await readInstance(source);
    expect([isComplete, problems]).toEqual([true, []]);
    expect(dataset.get(Tag.PixelData)?.length).toBe(3 * GIGABYTE);
    expect(dataset.get(Tag.PixelData)?.bytes).toBeUndefined();
    expect(dataset.elements.at(-1)?.tag).toBe(Tag.DataSetTrailingPadding);
    expect(source.asked).toBeLessThan(300_000);
  });

  it('is not read whole for its fragments, nor one small fragment at a time', async () => {
    const encapsulated = (count: number, length: number) =>
      new SparseSource([
        metaOf('1.2.840.10008.1.2.4.50'),
        elementHeader(Tag.PixelData, 'OB', 0xffffffff, ExplicitVrLittleEndian),
        itemHeader(ITEM, 0, true),
        ...Array.from({ length: count }, () => [itemHeader(ITEM, length, true), length]).flat(),
        itemHeader(SEQUENCE_DELIMITATION, 0, true),
      ]);
    const large = encapsulated(4000, 1_000_000);
    const { dataset } = await readInstance(large);
    expect(dataset.get(Tag.PixelData)?.fragments).toHaveLength(4001);
    expect(large.reads).toBeLessThan(4100);
    expect(large.asked).toBeLessThan(large.size / 10);

    const small = encapsulated(10_000, 2000);
    await readInstance(small);
    expect(small.reads).toBeLessThan(200);
    expect(small.asked).toBeLessThan(1.1 * small.size);
  });
});
