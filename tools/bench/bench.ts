// npm run bench -- [NAME …] [--OPTION]: runs the benchmarks of this folder, one after another. Each prints its figures beside a
// reference that ran in the same turn; what counts is the ratio.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What runs the others, and what they share. */
const NOT_ALONE = new Set(['bench', 'viewer-probe']);

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))
  .filter((name) => !NOT_ALONE.has(name));
const given = process.argv.slice(2);
const wanted = given.filter((word) => !word.startsWith('--'));
const options = given.filter((word) => word.startsWith('--'));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${names.join(', ')}.`);
  process.exit(1);
}

for (const name of wanted.length > 0 ? wanted : names) {
  if (!options.includes('--json')) console.log(`\n${name}`);
  const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...options], {
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) process.exitCode = 1;
}
