// node tools/run.js tools/generate-conformance.ts: writes CONFORMANCE.md from the tables that the code runs on.
import { writeFile } from 'node:fs/promises';
import { madeStatement, STATEMENT_FILE } from './conformance/made-statement.ts';

await writeFile(STATEMENT_FILE, await madeStatement());
