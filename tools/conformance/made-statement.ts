import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { readCommandLine } from '../../bridge/src/configuration/command-line.ts';
import { loadConfiguration } from '../../bridge/src/configuration/configuration.ts';
import { conformanceStatement } from './statement.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export const STATEMENT_FILE = join(ROOT, 'CONFORMANCE.md');

const packageSchema = z.object({ version: z.string() });

/** CONFORMANCE.md as it should be. */
export async function madeStatement(): Promise<string> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'gantry-conformance-'));
  try {
    const configuration = await loadConfiguration(
      readCommandLine(['--data', dataDirectory], {}),
      {},
    );
    const { version } = packageSchema.parse(
      JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')),
    );
    const options = await resolveConfig(STATEMENT_FILE);
    const text = conformanceStatement(configuration, version);
    return await format(text, { ...options, parser: 'markdown' });
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}
