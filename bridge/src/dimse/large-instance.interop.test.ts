import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTool, startStorescp } from '../../../e2e/support/peers.ts';
import { encodeFileMeta } from '../../../shared/dicom/encode.ts';
import { madeInstance } from './testing/part10.ts';
import { startRelay } from './testing/relay-process.ts';

const LONG = process.env['GANTRY_TEST_LONG'] !== undefined;
const BLOCK_LENGTH = 1_000_000;
const BLOCKS = LONG ? 4200 : 100;
/** DESIGN: what an instance may cost beyond what the bridge has when it idles. */
const MAX_MEMORY = 64_000_000;
const TIMEOUT_MS = LONG ? 900_000 : 60_000;

/** 32-bit lengths end before 4 GiB: the pixel data stands in two elements of a private group and in its own. */
async function writeInstance(path: string): Promise<number> {
  const { dataset, ...uids } = madeInstance(1, 2);
  const meta = encodeFileMeta(uids);
  const file = await open(path, 'w');
  await file.write(meta);
  // All but Pixel Data, which madeInstance ends with.
  await file.write(dataset.subarray(0, dataset.length - 14));
  const half = (BLOCKS / 2) * BLOCK_LENGTH;
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
    for (let number = 0; number < BLOCKS / 2; number++) {
      block.writeUInt32LE(number, 0);
      await file.write(block);
    }
  }
  await file.close();
  return (await stat(path)).size - meta.length;
}

/** Of the last bytes of a file. */
async function hashOfEnd(path: string, length: number): Promise<string> {
  const hash = createHash('sha256');
  const start = (await stat(path)).size - length;
  for await (const chunk of createReadStream(path, { start, highWaterMark: 1 << 20 })) {
    // A cast: a stream without an encoding brings bytes.
    hash.update(chunk as Uint8Array);
  }
  return hash.digest('hex');
}

describe('An instance', () => {
  it(
    `of ${(BLOCKS * BLOCK_LENGTH) / 1e6} MB passes through both ways at once, byte for byte, in 64 MB of memory`,
    { timeout: TIMEOUT_MS },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'gantry-large-'));
      const storescp = await startStorescp(['+B']);
      const relay = await startRelay(storescp.port);
      try {
        const path = join(folder, 'large.dcm');
        const length = await writeInstance(path);
        const idle = await relay.memory();
        const to = ['127.0.0.1', String(relay.port)];
        const args = ['-aec', 'GANTRY', ...to, path];
        const { code, output } = await runTool('storescu', args, TIMEOUT_MS);
        expect([code, output]).toEqual([0, expect.anything()]);
        const [name = ''] = await readdir(storescp.folder);
        const received = join(storescp.folder, name);
        expect(await hashOfEnd(received, length)).toBe(await hashOfEnd(path, length));
        const { mostBytes } = await relay.memory();
        if (LONG) {
          console.log(
            `${length} bytes: ${Math.round((mostBytes - idle.bytes) / 1e6)} MB beyond idle`,
          );
        }
        expect(mostBytes - idle.bytes).toBeLessThan(MAX_MEMORY);
      } finally {
        await relay.stop();
        await storescp.stop();
        await rm(folder, { recursive: true });
      }
    },
  );
});
