import { writeSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DIRECT_BYTES, diskFile, IncomingWriter, type WriteFile } from './incoming-file.ts';
import { temporaryFolder } from './testing/made-instance.ts';

const head = Uint8Array.of(1, 2);

// eslint-disable-next-line @typescript-eslint/require-await -- an AsyncIterable is what is wanted
async function* slices(...lengths: number[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const [i, length] of lengths.entries()) yield new Uint8Array(length).fill(i + 3);
}

const expected = (...lengths: number[]) =>
  Buffer.concat([head, ...lengths.map((length, i) => new Uint8Array(length).fill(i + 3))]);

/** Writes, and says which way each piece went. */
async function written(writer: (file: WriteFile) => IncomingWriter, ...lengths: number[]) {
  const ways: string[] = [];
  const watched: WriteFile = {
    ...diskFile,
    now: (descriptor, part) => {
      ways.push('now');
      return diskFile.now(descriptor, part);
    },
    elsewhere: (descriptor, parts) => {
      ways.push('elsewhere');
      return diskFile.elsewhere(descriptor, parts);
    },
  };
  const path = join(await temporaryFolder(), 'x');
  const file = await open(path, 'wx+');
  const size = await writer(watched).write(file.fd, head, slices(...lengths));
  await file.close();
  const bytes = await readFile(path);
  expect(size).toBe(bytes.length);
  expect(Buffer.compare(bytes, expected(...lengths))).toBe(0);
  return ways;
}

describe('what comes in', () => {
  it('is written at once while it is small', async () => {
    expect(await written((file) => new IncomingWriter(file), 10, 70_000)).toEqual([
      'now',
      'now',
      'now',
    ]);
  });

  it('is written by another thread once it is long, nothing lost or changed', async () => {
    const lengths = [10, DIRECT_BYTES - 100, 200_000, 5, 130_000, 1];
    const ways = await written((file) => new IncomingWriter(file), ...lengths);
    expect(ways.slice(0, 3)).toEqual(['now', 'now', 'now']);
    expect(new Set(ways.slice(3))).toEqual(new Set(['elsewhere']));
  });

  it('does not hold this thread up by a disk that is slow', async () => {
    const slow: WriteFile = {
      ...diskFile,
      now: (descriptor, part) => {
        const until = performance.now() + 8;
        while (performance.now() < until);
        return writeSync(descriptor, part);
      },
    };
    const ways: string[] = [];
    const writer = new IncomingWriter({
      ...diskFile,
      now: (descriptor, part) => {
        ways.push('now');
        return slow.now(descriptor, part);
      },
      elsewhere: (descriptor, parts) => {
        ways.push('elsewhere');
        return slow.elsewhere(descriptor, parts);
      },
    });
    const path = join(await temporaryFolder(), 'x');
    const file = await open(path, 'wx+');
    await writer.write(file.fd, head, slices(70_000, 70_000));
    await writer.write(file.fd, Uint8Array.of(), slices(5));
    await file.close();
    expect(ways).toEqual(['now', 'elsewhere', 'elsewhere']);
    const bytes = Buffer.concat([expected(70_000, 70_000), new Uint8Array(5).fill(3)]);
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
  });
});
