// For tests: a DICOM file that is too large for memory.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { encodeFileMeta } from '../../../../shared/dicom/encode.ts';
import { madeInstance } from './part10.ts';

const BLOCK_LENGTH = 1_000_000;
/** `madeInstance` ends with a Pixel Data of two bytes. */
const LAST_ELEMENT_LENGTH = 14;

/**
 * 32-bit lengths end before 4 GiB: the pixel data stands in two elements of a private group and in its own.
 * @param megabytes even
 * @returns the length of the data set, bytes
 */
export async function writeLargeInstance(path: string, megabytes: number): Promise<number> {
  const { dataset, ...uids } = madeInstance(1, 2);
  const meta = encodeFileMeta(uids);
  const file = await open(path, 'w');
  await file.write(meta);
  await file.write(dataset.subarray(0, dataset.length - LAST_ELEMENT_LENGTH));
  const half = (megabytes / 2) * BLOCK_LENGTH;
  for (const tag of [0x7fdf_0010, 0x7fe0_0010]) {
    const header = Buffer.from([0, 0, 0, 0, 0x4f, 0x42, 0, 0, 0, 0, 0, 0]);
    header.writeUInt16LE(tag >>> 16, 0);
    header.writeUInt16LE(tag & 0xffff, 2);
    if (tag === 0x7fdf_0010) {
      // The creator of the private block, then its element.
      await file.write(
        Buffer.from([0xdf, 0x7f, 0x10, 0, 0x4c, 0x4f, 4, 0, 0x54, 0x45, 0x53, 0x54]),
      );
      header.writeUInt16LE(0x1000, 2);
    }
    header.writeUInt32LE(half, 8);
    await file.write(header);
    const block = Buffer.alloc(BLOCK_LENGTH, 'gantry');
    for (let number = 0; number < megabytes / 2; number++) {
      block.writeUInt32LE(number, 0);
      await file.write(block);
    }
  }
  await file.close();
  return (await stat(path)).size - meta.length;
}

/** Of the last bytes of a file. */
export async function hashOfEnd(path: string, length: number): Promise<string> {
  const start = (await stat(path)).size - length;
  return hashOf(createReadStream(path, { start, highWaterMark: 1 << 20 }));
}

export async function hashOf(stream: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256');
  // A cast: a stream without an encoding brings bytes.
  for await (const chunk of stream) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
