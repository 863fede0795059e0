import { describe, expect, it } from 'vitest';
import { runLoad } from './load.ts';

const SECONDS = process.env['GANTRY_TEST_LONG'] === undefined ? 4 : 60;
/** To start, to end what is under way, and to look at all that was kept. */
const REST_MS = 120_000;

describe('eight senders, four queries and two retrieves at a time', () => {
  it(
    'lose nothing that was acknowledged, fail at nothing, and leave an archive that is whole',
    { timeout: SECONDS * 1000 + REST_MS },
    async () => {
      const report = await runLoad({ seconds: SECONDS, senders: 8, queries: 4, retrieves: 2 });
      expect(report.failures).toEqual([]);
      expect(report.lost).toEqual([]);
      expect(report.integrity).toMatchObject({
        rows: report.acknowledged,
        files: report.acknowledged,
        filesWithoutRow: [],
        rowsWithoutFile: [],
        wrongSize: [],
      });
      expect(report.acknowledged).toBeGreaterThan(100);
      expect(report.queries).toBeGreaterThan(0);
      expect(report.retrievedInstances).toBeGreaterThan(0);
    },
  );
});
