import { describe, expect, it } from 'vitest';
import { fuzzDirectly, fuzzListener, MAX_GROWN_BYTES } from './pdu-run.ts';

/** A share in every run, many by `npm run test:long`. */
const LONG = process.env['GANTRY_TEST_LONG'] !== undefined;
const SEED = 20_260_102;

const ways = [
  ['directly', fuzzDirectly, LONG ? 1_000_000 : 15_000],
  ['through sockets', fuzzListener, LONG ? 20_000 : 600],
] as const;

describe('A peer that says changed PDUs', () => {
  it.each(ways)(
    'is heard or refused, without a trace (%s)',
    { timeout: 1_900_000 },
    async (name, run, count) => {
      const timeLimitMs = LONG ? 15 * 60_000 : 8000;
      const { findings, done, ends, grownBytes } = await run({ count, seed: SEED, timeLimitMs });
      expect(findings).toEqual([]);
      expect(done).toBeGreaterThan(100);
      expect(grownBytes).toBeLessThan(MAX_GROWN_BYTES);
      // Several ways to end are met, or the changes would be too weak or too strong.
      const met = name === 'directly' ? ['before', 'after it was established'] : OF_LISTENER;
      for (const end of met) expect(ends[end] ?? 0).toBeGreaterThan(done / 100);
    },
  );
});

const OF_LISTENER = ['protocol-violation', 'connection-lost', 'association-aborted'];
