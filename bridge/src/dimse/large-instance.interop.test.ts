import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTool, startStorescp } from '../../../e2e/support/peers.ts';
import { hashOfEnd, writeLargeInstance } from './testing/large-file.ts';
import { startRelay } from './testing/relay-process.ts';

const LONG = process.env['GANTRY_TEST_LONG'] !== undefined;
const MEGABYTES = LONG ? 4200 : 100;
/** DESIGN: what an instance may cost beyond what the bridge has when it idles. */
const MAX_MEMORY = 64_000_000;
const TIMEOUT_MS = LONG ? 900_000 : 60_000;

describe('An instance', () => {
  it(
    `of ${MEGABYTES} MB passes through both ways at once, byte for byte, in 64 MB of memory`,
    { timeout: TIMEOUT_MS },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'gantry-large-'));
      const storescp = await startStorescp(['+B']);
      const relay = await startRelay(storescp.port);
      try {
        const path = join(folder, 'large.dcm');
        const length = await writeLargeInstance(path, MEGABYTES);
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
