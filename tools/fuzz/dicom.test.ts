import { describe, expect, it } from 'vitest';
import { fuzz } from './run.ts';
import { fuzzSeeds } from './seeds.ts';

/** A share in every run, many by `npm run test:long`. */
const LONG = process.env['GANTRY_TEST_LONG'] !== undefined;
const COUNT = LONG ? 200_000 : 3000;
const LIMIT_MS = LONG ? 20 * 60_000 : 10_000;

describe('A changed file', () => {
  it(
    'is read or refused in bounded time, without a byte asked for that is not there',
    { timeout: LIMIT_MS + 30_000 },
    async () => {
      const seeds = await fuzzSeeds();
      const options = { seeds, count: COUNT, seed: 20_260_101, timeLimitMs: LIMIT_MS };
      const { findings, done, read, refused, damaged } = await fuzz(options);
      expect(
        findings.map(
          ({ number, file, mutation, what }) => `${number} ${mutation} ${file}: ${what}`,
        ),
      ).toEqual([]);
      expect(done).toBeGreaterThan(500);
      // Each way to end is met, or the changes would be too weak or too strong.
      expect(Math.min(read, refused, damaged)).toBeGreaterThan(done / 100);
    },
  );

  it('is the same for the same numbers', async () => {
    const seeds = (await fuzzSeeds()).slice(-3);
    const options = { seeds, count: 50, seed: 7, timeLimitMs: 10_000 };
    const [one, two] = [await fuzz(options), await fuzz(options)];
    expect([one.read, one.refused, one.damaged]).toEqual([two.read, two.refused, two.damaged]);
  });
});
