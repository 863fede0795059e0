import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { datasetOf } from './archived-instance.ts';
import { ReadBuffers } from './read-buffers.ts';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

describe('memory that instances are read into', () => {
  it('is used again once it is given back, and not before', () => {
    const buffers = new ReadBuffers();
    const first = buffers.take(100);
    const second = buffers.take(100);
    expect(second).not.toBe(first);
    buffers.giveBack(first);
    expect(buffers.take(60_000)).toBe(first);
    buffers.giveBack(second);
    expect(buffers.take(1_000_000).length).toBeGreaterThanOrEqual(1_000_000);
    expect(buffers.take(1)).toBe(second);
  });

  it('shows nothing of the longer data set that it held before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-buffers-'));
    endings.push(() => rm(folder, { recursive: true }));
    const buffers = new ReadBuffers();
    const read = async (name: string, bytes: Buffer, size = bytes.length) => {
      const path = join(folder, name);
      await writeFile(path, bytes);
      const place = { path, datasetOffset: 2, size };
      const found = { ...place, sopClassUid: '1.2', transferSyntaxUid: '1.3' };
      const { dataset, giveBack } = await datasetOf(found, buffers);
      const whole = Buffer.concat(await Array.fromAsync(dataset));
      giveBack();
      return whole.toString();
    };
    expect(await read('long', Buffer.from('--of DOE^JOHN'))).toBe('of DOE^JOHN');
    expect(await read('short', Buffer.from('--of X'))).toBe('of X');
    // Cut short since it was indexed: what is there, and nothing instead of the rest.
    expect(await read('cut', Buffer.from('--of'), 13)).toBe('of');
  });
});
