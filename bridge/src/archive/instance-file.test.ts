import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { readHeader, readHeaderOfPart } from './instance-file.ts';
import { madeFile, madeInstance } from './testing/made-instance.ts';

/** Of a file, whose first part is read: some within the header, some behind it. */
const cuts = (size: number): readonly number[] => [
  ...Array.from({ length: 40 }, (_, i) => 132 + i * 97),
  ...[8_192, 32_768, 65_536, 131_072],
  size - 1,
];

/** @returns of how many parts the header was read */
async function checkParts(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const whole = await readHeader(bufferSource(bytes));
  let count = 0;
  for (const cut of cuts(bytes.byteLength).filter((at) => at > 0 && at < bytes.byteLength)) {
    const part = bufferSource(bytes.subarray(0, cut));
    const header = await readHeaderOfPart(part).catch(() => undefined);
    if (!header) continue;
    expect(header, `of the first ${cut} bytes`).toEqual(whole);
    count++;
  }
  return count;
}

describe('the header of a file that is still being received', () => {
  it('is that of the whole file, or is not known yet', async () => {
    const made = madeInstance({ instance: '1.2.3.4', pixelBytes: 200_000 });
    const bytes = new Uint8Array(madeFile(made));
    const header = await readHeaderOfPart(bufferSource(bytes.subarray(0, 32_768)));
    expect(header).toMatchObject({ attributes: { instance: { SOPInstanceUID: '1.2.3.4' } } });
    expect(await checkParts(bytes)).toBeGreaterThan(3);
    for (let cut = 132; cut < 2000; cut++) {
      const part = await readHeaderOfPart(bufferSource(bytes.subarray(0, cut))).catch(() => null);
      if (part) expect(part).toEqual(header);
    }
  });

  it('is that of the whole file for real ones', async () => {
    let count = 0;
    for (const file of corpusFiles()) count += await checkParts(bytesOf(file));
    if (corpusFiles().length > 0) expect(count).toBeGreaterThan(100);
  });
});
