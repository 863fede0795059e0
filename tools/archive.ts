// node tools/run.js tools/archive.ts check|rebuild --data DIR: looks after the archive of a bridge that isn't running.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ArchiveError } from '../bridge/src/archive/archive-error.ts';
import { openArchive } from '../bridge/src/archive/local-archive.ts';
import type { IntegrityReport } from '../bridge/src/archive/store.ts';
import { defaultDataDirectory } from '../bridge/src/configuration/data-directory.ts';

const USAGE = `Usage: node tools/run.js tools/archive.ts check|rebuild [--data DIR]

  check     compares the index with the files; exit code 1 when they disagree
  rebuild   makes the index anew from the files
`;

/** Enough to see what it is about; the number is always said. */
const SHOWN_PATHS = 20;

const print = (text: string) => process.stdout.write(`${text}\n`);

function show(what: string, paths: readonly string[]): void {
  if (paths.length === 0) return;
  print(`${what}: ${paths.length}`);
  for (const path of paths.slice(0, SHOWN_PATHS)) print(`  ${path}`);
}

function showReport(report: IntegrityReport): boolean {
  print(`${report.files} files, ${report.rows} rows of the index.`);
  show('Files that the index lacks', report.filesWithoutRow);
  show('Files that are missing', report.rowsWithoutFile);
  show('Files of another size than the index says', report.wrongSize);
  const { filesWithoutRow, rowsWithoutFile, wrongSize } = report;
  const isWell = filesWithoutRow.length + rowsWithoutFile.length + wrongSize.length === 0;
  if (isWell) print('All is well.');
  return isWell;
}

async function run(command: string, dataDirectory: string): Promise<boolean> {
  if (!existsSync(join(dataDirectory, 'archive'))) {
    throw new ArchiveError('unusable', `There is no archive in ${dataDirectory}.`);
  }
  const archive = await openArchive({ dataDirectory });
  try {
    if (command === 'check') return showReport(await archive.check());
    const { indexed, unreadable } = await archive.rebuild();
    print(`${indexed} files are in the new index.`);
    show('Files that can not be read', unreadable);
    return unreadable.length === 0;
  } finally {
    await archive.close();
  }
}

try {
  const options = { data: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [command] = positionals;
  if ((command !== 'check' && command !== 'rebuild') || positionals.length > 1) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
  } else {
    const dataDirectory = values.data ?? defaultDataDirectory(process.platform, process.env);
    if (!(await run(command, dataDirectory))) process.exitCode = 1;
  }
} catch (error) {
  const isKnown = error instanceof ArchiveError || error instanceof TypeError;
  if (!isKnown) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
