import { cache } from '@cornerstonejs/core';
import { beforeEach, expect, it } from 'vitest';
import { ctSeries } from '../../../bridge/src/samples/phantom/ct-series.ts';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import type { DecodeRequest } from './decode-messages.ts';
import { DecodePool, PRIORITY } from './decode-pool.ts';
import { FrameCatalogue } from './frame-catalogue.ts';
import { FrameLoader } from './frame-loader.ts';
import { imagesAhead } from './prefetch-order.ts';

const SIDE = 16;

/** A worker that answers at once, with pixels of no interest. */
class QuickWorker extends EventTarget {
  postMessage({ id }: DecodeRequest): void {
    const values = new Int16Array(SIDE * SIDE);
    const grey = { isColour: false, lowest: 0, highest: 1, defaultWindow: undefined };
    const data = { id, result: { kind: 'values', values, marks: undefined, ...grey } };
    queueMicrotask(() => this.dispatchEvent(new MessageEvent('message', { data })));
  }

  terminate(): void {
    this.dispatchEvent(new Event('terminated'));
  }
}

/** A loader over stacks of slices; `asked` has the names of the slices in the order in which they were read. */
function setUp(stacks: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  const catalogue = new FrameCatalogue((_, __, display) => display);
  const pool = new DecodePool(() => new QuickWorker() as unknown as Worker, 1); // as much of one as a pool uses
  const loader = new FrameLoader(catalogue, pool, false);
  const idsOf = (stack: string) =>
    [...ctSeries({ slices: stacks[stack] ?? 0, size: SIDE })].map(({ bytes }, i) => {
      const key = `${stack}${i}`;
      const instance = {
        key,
        sopInstanceUid: key,
        instanceNumber: i,
        numberOfFrames: 1,
        open: async () => {
          asked.push(key);
          return { instance: await readInstance(bufferSource(bytes)) };
        },
      };
      catalogue.add(instance);
      return catalogue.imageId(instance, 0, 'own');
    });
  /** As a viewer does. */
  const look = async (stack: readonly string[], index: number, direction: 1 | -1 = 1) => {
    const seen = loader.request(stack[index] ?? '', PRIORITY.screen);
    const ahead = () => imagesAhead(stack, index, direction, Infinity);
    loader.want(stack, stack[index] ?? '', ahead);
    await seen;
    loader.want(stack, stack[index] ?? '', ahead);
  };
  return { asked, loader, idsOf, look };
}

const settled = async (asked: readonly unknown[], count: number) => {
  await expect.poll(() => asked.length).toBe(count);
};

beforeEach(() => {
  cache.purgeCache();
  cache.setMaxCacheSize(2 ** 30);
});

it('loads the whole stack, from what is seen outwards', async () => {
  const { asked, idsOf, look } = setUp({ a: 9 });
  await look(idsOf('a'), 4);
  await settled(asked, 9);
  expect(asked).toEqual(['a4', 'a5', 'a3', 'a6', 'a7', 'a8', 'a2', 'a1', 'a0']);
});

it('takes turns between viewports, each from what it shows', async () => {
  const { asked, idsOf, look } = setUp({ a: 4, b: 4 });
  const [a, b] = [idsOf('a'), idsOf('b')];
  await Promise.all([look(a, 0), look(b, 0)]);
  await settled(asked, 8);
  expect(asked.slice(0, 2)).toEqual(['a0', 'b0']);
  expect(asked.slice(-6).filter((name) => name.endsWith('3'))).toHaveLength(2);
  expect(asked.slice(-2).map((name) => name.at(-1))).toEqual(['3', '3']);
});

it('turns to where the viewport has gone, and loads nothing twice', async () => {
  const { asked, idsOf, look } = setUp({ a: 60 });
  const a = idsOf('a');
  await look(a, 0);
  await look(a, 50, -1);
  await settled(asked, 60);
  expect(asked.indexOf('a49')).toBeLessThan(asked.indexOf('a10'));
  expect(new Set(asked).size).toBe(60);
});

it('loads ahead no more than half of the memory holds, and nothing for who has gone', async () => {
  const { asked, loader, idsOf, look } = setUp({ a: 40, b: 40 });
  cache.setMaxCacheSize(SIDE * SIDE * 2 * 20);
  const [a, b] = [idsOf('a'), idsOf('b')];
  await look(a, 0);
  await settled(asked, 11);
  const seen = look(b, 0);
  loader.release(b);
  await seen.catch(() => undefined);
  loader.release(b);
  expect(asked.filter((name) => name.startsWith('b')).length).toBeLessThan(4);
});
