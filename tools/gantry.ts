/**
 * Gantry without a window:
 *
 *     npm run -s gantry -- dump FILE [--json] [--all]
 */
import { parseArgs } from 'node:util';
import { NotDicomError } from '../shared/dicom/read-instance.ts';
import { dump } from './gantry/dump.ts';

const USAGE = `Usage: npm run -s gantry -- COMMAND

  dump FILE           the file's elements, a line each
    --json            as DICOM JSON Model (PS3.18 annex F), values of up to 64 KiB within
    --all             values of any length
`;

/** Exit codes: 0 done, 1 the file can't be read, 2 a command that isn't one. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean' }, all: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [command, file, ...others] = positionals;
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (command !== 'dump' || file === undefined || others.length > 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  return dump(file, { isJson: values.json ?? false, isWhole: values.all ?? false });
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error;
  const isKnown = isUsage || error instanceof NotDicomError;
  const isFileProblem = error instanceof Error && 'syscall' in error;
  if (!isKnown && !isFileProblem) throw error;
  process.stderr.write(`${error.message}\n${isUsage ? USAGE : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
