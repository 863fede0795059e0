import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { madeStatement, STATEMENT_FILE } from './made-statement.ts';

describe('CONFORMANCE.md', () => {
  it('says what the tables of the code say: node tools/run.js tools/generate-conformance.ts', async () => {
    expect(await readFile(STATEMENT_FILE, 'utf8')).toBe(await madeStatement());
  });
});
