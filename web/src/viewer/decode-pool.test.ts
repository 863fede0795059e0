import { describe, expect, it } from 'vitest';
import type { DecodeRequest } from './decode-messages.ts';
import { DecodePool, PRIORITY } from './decode-pool.ts';

/** A worker that answers when it is told to, and tells what it was given. */
class SlowWorker extends EventTarget {
  readonly given: string[] = [];
  #waiting: number | undefined;

  postMessage({ id, image }: DecodeRequest): void {
    this.#waiting = id;
    this.given.push(image as unknown as string); // see decode()
  }

  async answer(): Promise<void> {
    const data = { id: this.#waiting, result: { kind: 'values' } };
    this.dispatchEvent(new MessageEvent('message', { data }));
    // The next one is prepared and handed over.
    await new Promise((resolve) => setImmediate(resolve));
  }

  terminate(): void {
    this.#waiting = undefined;
  }
}

function setUp() {
  const worker = new SlowWorker();
  const pool = new DecodePool(() => worker as unknown as Worker, 1); // as much of one as a pool uses
  const decode = (name: string, priority: number, read: Promise<unknown> = Promise.resolve()) =>
    pool.decode(async () => {
      await read;
      // A cast: the worker looks at the name alone.
      return { bytes: new Uint8Array(0), image: name } as unknown as DecodeRequest;
    }, priority);
  return { worker, decode };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('decoding goes by what is on screen', () => {
  it('first what is seen, then the nearest ahead, then thumbnails', async () => {
    const { worker, decode } = setUp();
    decode('busy', PRIORITY.screen);
    decode('thumbnail', PRIORITY.thumbnail);
    decode('third ahead', PRIORITY.prefetch + 2);
    decode('next', PRIORITY.prefetch);
    const seen = decode('seen', PRIORITY.prefetch + 9);
    seen.rank(PRIORITY.screen);
    await turn();
    for (let i = 0; i < 4; i++) await worker.answer();
    expect(worker.given).toEqual(['busy', 'seen', 'next', 'third ahead', 'thumbnail']);
  });

  it('what was on screen and went by waits behind what is', async () => {
    const { worker, decode } = setUp();
    decode('busy', PRIORITY.screen);
    const before = decode('went by', PRIORITY.screen);
    decode('seen', PRIORITY.screen);
    before.rank(PRIORITY.prefetch + 3);
    await turn();
    await worker.answer();
    expect(worker.given).toEqual(['busy', 'seen']);
  });

  it('what nobody wants any more is not decoded, though its bytes were being read', async () => {
    const { worker, decode } = setUp();
    const { promise: read, resolve: arrive } = Promise.withResolvers<undefined>();
    const dropped = decode('dropped', PRIORITY.prefetch, read);
    const waiting = decode('waiting', PRIORITY.prefetch);
    const ended = Promise.allSettled([dropped.promise, waiting.promise]);
    dropped.cancel();
    waiting.cancel();
    arrive(undefined);
    const results = await ended;
    expect(results.map((result) => result.status === 'rejected' && String(result.reason))).toEqual([
      'AbortError: No longer wanted.',
      'AbortError: No longer wanted.',
    ]);
    expect(worker.given).toEqual([]);
  });
});
