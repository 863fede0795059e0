import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../dicom/encode.ts';
import { decodeUpload, encodeFrameHeader, UPLOAD_MAGIC, UploadFramingError } from './upload.ts';

const header = (index: number, length: number) => ({
  index,
  sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
  sopInstanceUid: '2.25.1',
  transferSyntaxUid: '1.2.840.10008.1.2.1',
  length,
});

const batchOf = (...datasets: Uint8Array[]) =>
  concatBytes([
    UPLOAD_MAGIC,
    ...datasets.flatMap((bytes, i) => [encodeFrameHeader(header(i, bytes.byteLength)), bytes]),
  ]);

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function decodeAll(bytes: Uint8Array, chunkSize: number) {
  const out: { index: number; bytes: Uint8Array }[] = [];
  for await (const { header: frame, dataset } of decodeUpload(inChunks(bytes, chunkSize))) {
    out.push({ index: frame.index, bytes: concatBytes(await Array.fromAsync(dataset)) });
  }
  return out;
}

describe('the upload framing', () => {
  it('gives back what was put in, however the network cuts it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 400 }),
        async (datasets, chunkSize) => {
          const decoded = await decodeAll(batchOf(...datasets), chunkSize);
          expect(decoded).toEqual(datasets.map((bytes, index) => ({ index, bytes })));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses what does not begin as an upload', async () => {
    await expect(decodeAll(Uint8Array.of(1, 2, 3, 4), 10)).rejects.toThrow(UploadFramingError);
  });

  it('says so when the upload ends inside an instance', async () => {
    const whole = batchOf(new Uint8Array(100));
    await expect(decodeAll(whole.subarray(0, -1), 64)).rejects.toThrow(UploadFramingError);
  });

  it('refuses a header that claims more than its limit before it reads it', async () => {
    const claim = concatBytes([UPLOAD_MAGIC, Uint8Array.of(0xff, 0xff, 0xff, 0xff)]);
    await expect(decodeAll(claim, 64)).rejects.toThrow('claims 4294967295 bytes');
  });
});
