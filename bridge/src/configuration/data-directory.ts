import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigurationError } from './configuration-error.ts';

/** The folder where programs of this platform keep a user's data, and "gantry" in it. */
export function defaultDataDirectory(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
  home = homedir(),
): string {
  switch (platform) {
    case 'win32':
      return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'gantry');
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'gantry');
    default:
      return join(environment['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'gantry');
  }
}

/**
 * Makes the folder, readable by its owner alone, and checks that it can be written to.
 * @throws ConfigurationError
 */
export function prepareDataDirectory(path: string): string {
  const absolute = resolve(path);
  try {
    mkdirSync(absolute, { recursive: true, mode: 0o700 });
    accessSync(absolute, constants.W_OK);
  } catch (error) {
    throw new ConfigurationError(
      `The data directory ${absolute} can't be used. Name another with --data DIR.`,
      { cause: error },
    );
  }
  return absolute;
}
