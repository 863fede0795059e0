import { describe, expect, it } from 'vitest';
import { Gatherer, WHOLE_BYTES } from './gather.ts';

const head = Uint8Array.of(1, 2);

// eslint-disable-next-line @typescript-eslint/require-await -- an AsyncIterable is what is wanted
async function* slices(...lengths: number[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const [i, length] of lengths.entries()) yield new Uint8Array(length).fill(i + 3);
}

async function joined(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bytes));
}

describe('what comes in', () => {
  it('is gathered behind its head while it is small', async () => {
    const gathered = await new Gatherer().gather(head, slices(2, 1));
    expect(gathered.kind).toBe('whole');
    expect(gathered.kind === 'whole' && [...gathered.bytes]).toEqual([1, 2, 3, 3, 4]);
  });

  it('is handed on as it comes once it is long, nothing lost or changed', async () => {
    const gatherer = new Gatherer();
    const gathered = await gatherer.gather(head, slices(10, WHOLE_BYTES, 5));
    // The memory is used for another instance meanwhile.
    await gatherer.gather(Uint8Array.of(9, 9), slices(20));
    if (gathered.kind !== 'long') throw new Error('It is long.');
    const bytes = await joined(gathered.bytes);
    const expected = [2, 10, WHOLE_BYTES, 5].map((length, i) =>
      i === 0 ? head : new Uint8Array(length).fill(i + 2),
    );
    expect(Buffer.compare(bytes, Buffer.concat(expected))).toBe(0);
  });

  it('is not gathered beyond a bound of memory, and is again when there is some', async () => {
    const gatherer = new Gatherer();
    const held = [];
    for (;;) {
      const gathered = await gatherer.gather(head, slices(1));
      if (gathered.kind === 'long') break;
      held.push(gathered);
    }
    expect(held).toHaveLength(32);
    held[0]?.release();
    expect((await gatherer.gather(head, slices(1))).kind).toBe('whole');
  });

  it('gives its memory back when it fails', async () => {
    const gatherer = new Gatherer();
    async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
      yield* slices(3);
      throw new Error('gone');
    }
    for (let time = 0; time < 40; time++) {
      await expect(gatherer.gather(head, failing())).rejects.toThrow('gone');
    }
    expect((await gatherer.gather(head, slices(1))).kind).toBe('whole');
  });
});
