import { describe, expect, it } from 'vitest';
import { TurnQueue } from './turn-queue.ts';

const never = new AbortController().signal;

/** Lets what is resolved go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('TurnQueue', () => {
  it('lets in as many as the limit says, and the others in the order in which they came', async () => {
    const queue = new TurnQueue(() => 2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    for (const number of [0, 1, 2, 3]) {
      void queue.enter(never).then((end) => {
        begun.push(number);
        ends.push(end);
      });
    }
    await settled();
    expect(begun).toEqual([0, 1]);
    ends[1]?.();
    ends[1]?.();
    await settled();
    expect(begun).toEqual([0, 1, 2]);
    ends[0]?.();
    await settled();
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('tells who waits how many stand before it', async () => {
    const queue = new TurnQueue(() => 1);
    const end = await queue.enter(never, () => expect.fail('it need not wait'));
    const told: [string, number][] = [];
    const second = queue.enter(never, (ahead) => told.push(['second', ahead]));
    const third = queue.enter(never, (ahead) => told.push(['third', ahead]));
    await settled();
    end();
    (await second)();
    await third;
    expect(told).toEqual([
      ['second', 0],
      ['third', 1],
      ['third', 0],
    ]);
  });

  it('drops who gives up while waiting, and lets the next one in', async () => {
    const queue = new TurnQueue(() => 1);
    const end = await queue.enter(never);
    const abort = new AbortController();
    const second = queue.enter(abort.signal);
    const third = queue.enter(never);
    abort.abort(new Error('given up'));
    await expect(second).rejects.toThrow('given up');
    end();
    await third;
    await expect(queue.enter(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });

  it('lets more in when the limit has grown', async () => {
    let limit = 1;
    const queue = new TurnQueue(() => limit);
    await queue.enter(never);
    const second = queue.enter(never);
    limit = 2;
    queue.refresh();
    await second;
  });
});
