import { join, resolve } from 'node:path';
import { aeTitleSchema, type Settings } from '../../../shared/protocol/settings.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { CommandLine } from './command-line.ts';
import { readConfigurationFile, type ConfigurationFile } from './configuration-file.ts';
import { defaultDataDirectory, prepareDataDirectory } from './data-directory.ts';
import { parseEndpoint, type Endpoint } from './endpoint.ts';

const DEFAULT_HTTP = '127.0.0.1:8080';
const DEFAULT_DICOM = '127.0.0.1:11112';
const DEFAULT_AE_TITLE = 'GANTRY';

/** `configuration-file.ts` says what each means. */
export interface ArchiveSettings {
  readonly duplicates: 'replace' | 'keep' | 'refuse';
  readonly acceptUnknownClasses: boolean;
  /** undefined: as much as the disk holds. */
  readonly quotaBytes: number | undefined;
  readonly cacheQuotaBytes: number | undefined;
}

/** How the bridge runs: command line over environment over file over default. */
export interface Configuration {
  readonly http: Endpoint;
  /** Undefined when it is off. */
  readonly dicom: Endpoint | undefined;
  readonly dataDirectory: string;
  readonly file: string;
  readonly settings: Settings;
  readonly timers: NonNullable<ConfigurationFile['timers']>;
  readonly maxPduLength: number | undefined;
  readonly archive: ArchiveSettings;
  readonly openBrowser: boolean;
}

/** @throws ConfigurationError */
export async function loadConfiguration(
  commandLine: CommandLine,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Configuration> {
  const dataDirectory = prepareDataDirectory(
    commandLine.dataDirectory ?? defaultDataDirectory(process.platform, environment),
  );
  const file = resolve(commandLine.configurationFile ?? join(dataDirectory, 'gantry.json'));
  const fromFile = await readConfigurationFile(file);
  const dicom = commandLine.dicom ?? fromFile.dicom ?? DEFAULT_DICOM;
  return {
    http: parseEndpoint(commandLine.http ?? fromFile.http ?? DEFAULT_HTTP, '--http'),
    dicom: dicom.trim() === '0' ? undefined : parseEndpoint(dicom, '--dicom'),
    dataDirectory,
    file,
    settings: {
      aeTitle: aeTitle(commandLine.aeTitle ?? fromFile.aeTitle ?? DEFAULT_AE_TITLE),
      peers: fromFile.peers ?? [],
    },
    timers: fromFile.timers ?? {},
    maxPduLength: fromFile.maxPduLength,
    archive: {
      duplicates: fromFile.archive?.duplicates ?? 'replace',
      acceptUnknownClasses: fromFile.archive?.acceptUnknownClasses ?? false,
      quotaBytes: fromFile.archive?.quotaBytes,
      cacheQuotaBytes: fromFile.archive?.cacheQuotaBytes,
    },
    openBrowser: commandLine.open,
  };
}

function aeTitle(text: string): string {
  const result = aeTitleSchema.safeParse(text);
  if (result.success) return result.data;
  throw new ConfigurationError(`--ae: ${result.error.issues[0]?.message ?? 'not an AE title.'}`);
}
