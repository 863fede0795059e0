import { createHash } from 'node:crypto';

/** Rows of PS3.15 table E.1-1, edition 2026d. */
const ROW_COUNT = 657;

/** SHA-256 over the rows as `npm run generate` writes them from a table whose published hash was right. */
const ROWS_SHA256 = '8c36c4b3245a59c6ccecd9faa64742a8f4b561635ae725de14d2c8714861ba7f';

/**
 * What de-identifies must go by the whole table: nothing is built or run from one that was changed by hand or by a merge.
 *
 * @param table a line for each row, as in profile-table.generated.ts
 * @throws Error what differs
 */
export function assertProfileTable(table: string): void {
  const { length } = table.split('\n');
  if (length !== ROW_COUNT) throw new Error(`Table E.1-1 has ${length} rows, not ${ROW_COUNT}.`);
  const hash = createHash('sha256').update(table).digest('hex');
  if (hash !== ROWS_SHA256) throw new Error(`Table E.1-1 is not what was published: ${hash}.`);
}
