import { join, resolve } from 'node:path';
import { aeTitleSchema, type Settings } from '../../../shared/protocol/settings.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { CommandLine } from './command-line.ts';
import { readConfigurationFile, type ConfigurationFile } from './configuration-file.ts';
import { defaultDataDirectory, prepareDataDirectory } from './data-directory.ts';
import { isLoopback, parseEndpoint, parseLoopbackEndpoint, type Endpoint } from './endpoint.ts';

const DEFAULT_HTTP = '127.0.0.1:8080';
const DEFAULT_DICOM = '127.0.0.1:11112';
const DEFAULT_AE_TITLE = 'GANTRY';
const DEFAULT_CACHE_DAYS = 30;

const HOUR_MS = 3_600_000;
const DEFAULT_REPORT_RETRIES = 72;
const DEFAULT_REPORT_WAIT_MS = 5000;
const DEFAULT_EXPIRY_MS = 7 * 24 * HOUR_MS;
const DEFAULT_RETRY_UNIT_MS = 1000;

/** `configuration-file.ts` says what each means. */
export interface CommitmentSettings {
  readonly reportRetryMs: number;
  readonly reportRetries: number;
  readonly waitMs: number;
  readonly expireMs: number;
}

/** `configuration-file.ts` says what each means. */
export interface ArchiveSettings {
  /** undefined: as a preset has it. */
  readonly duplicates: 'replace' | 'keep' | 'refuse' | undefined;
  readonly finalAfterMs: number | undefined;
  /** undefined: as a preset has it. */
  readonly requireImageAttributes: boolean | undefined;
  readonly acceptUnknownClasses: boolean;
  /** undefined: as much as the disk holds. */
  readonly quotaBytes: number | undefined;
  readonly cacheQuotaBytes: number | undefined;
  /** 0: what is cached doesn't go by age. */
  readonly cacheDays: number;
}

/** What is taken from peers; undefined: the default of the Storage SCP. */
export interface StorageSettings {
  readonly sopClasses: readonly string[] | undefined;
  readonly transferSyntaxes: readonly string[] | undefined;
}

/** How the bridge runs: command line over environment over file over default. */
export interface Configuration {
  readonly http: Endpoint;
  /** Undefined when it is off. */
  readonly dicom: Endpoint | undefined;
  /** Who may call; undefined on loopback, where it is anybody. */
  readonly dicomAccess: ConfigurationFile['dicomAccess'];
  readonly dataDirectory: string;
  readonly file: string;
  readonly settings: Settings;
  readonly timers: NonNullable<ConfigurationFile['timers']>;
  readonly maxPduLength: number | undefined;
  readonly associations: NonNullable<ConfigurationFile['associations']>;
  readonly dicomUsers: ConfigurationFile['dicomUsers'];
  readonly negotiation: NonNullable<ConfigurationFile['negotiation']>;
  readonly storage: StorageSettings;
  readonly archive: ArchiveSettings;
  readonly commitment: CommitmentSettings;
  readonly retryUnitMs: number;
  readonly queryRetrieve: boolean;
  readonly query: NonNullable<ConfigurationFile['query']>;
  readonly log: {
    readonly level: 'error' | 'warning' | 'info' | 'debug';
    readonly format: 'json' | 'text';
    readonly file: string | undefined;
  };
  readonly metricsToken: string | undefined;
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
    http: parseLoopbackEndpoint(commandLine.http ?? fromFile.http ?? DEFAULT_HTTP, '--http'),
    dicom: dicomEndpoint(dicom, fromFile, file),
    dicomAccess: fromFile.dicomAccess,
    dataDirectory,
    file,
    settings: {
      aeTitle: aeTitle(commandLine.aeTitle ?? fromFile.aeTitle ?? DEFAULT_AE_TITLE),
      peers: fromFile.peers ?? [],
      ...(fromFile.listeners && { listeners: fromFile.listeners }),
      ...(fromFile.preset && { preset: fromFile.preset }),
      ...(fromFile.forwarding && { forwarding: fromFile.forwarding }),
    },
    commitment: {
      reportRetryMs: fromFile.commitment?.reportRetryMs ?? HOUR_MS,
      reportRetries: fromFile.commitment?.reportRetries ?? DEFAULT_REPORT_RETRIES,
      waitMs: fromFile.commitment?.waitMs ?? DEFAULT_REPORT_WAIT_MS,
      expireMs: fromFile.commitment?.expireMs ?? DEFAULT_EXPIRY_MS,
    },
    retryUnitMs: fromFile.retryUnitMs ?? DEFAULT_RETRY_UNIT_MS,
    timers: fromFile.timers ?? {},
    maxPduLength: fromFile.maxPduLength,
    associations: fromFile.associations ?? {},
    dicomUsers: fromFile.dicomUsers,
    negotiation: fromFile.negotiation ?? {},
    archive: {
      duplicates: fromFile.archive?.duplicates,
      finalAfterMs: minutes(fromFile.archive?.finalAfterMinutes),
      requireImageAttributes: fromFile.archive?.requireImageAttributes,
      acceptUnknownClasses: fromFile.archive?.acceptUnknownClasses ?? false,
      quotaBytes: fromFile.archive?.quotaBytes,
      cacheQuotaBytes: fromFile.archive?.cacheQuotaBytes,
      cacheDays: fromFile.archive?.cacheDays ?? DEFAULT_CACHE_DAYS,
    },
    storage: {
      sopClasses: fromFile.storage?.sopClasses,
      transferSyntaxes: fromFile.storage?.transferSyntaxes,
    },
    queryRetrieve: fromFile.queryRetrieve ?? true,
    query: fromFile.query ?? {},
    log: {
      level: fromFile.log?.level ?? 'warning',
      format: fromFile.log ? 'json' : 'text',
      file:
        fromFile.log?.file === undefined ? undefined : resolve(dataDirectory, fromFile.log.file),
    },
    metricsToken: fromFile.metricsToken,
    openBrowser: commandLine.open,
  };
}

const minutes = (count: number | undefined): number | undefined =>
  count === undefined ? undefined : count * 60_000;

/** DICOM beyond loopback is an explicit setting with a list of who may call. */
function dicomEndpoint(
  text: string,
  { dicomAccess }: ConfigurationFile,
  file: string,
): Endpoint | undefined {
  if (text.trim() === '0') return undefined;
  const endpoint = parseEndpoint(text, '--dicom');
  if (!isLoopback(endpoint) && dicomAccess === undefined) {
    throw new ConfigurationError(
      `--dicom: "${endpoint.host}" can be reached from the network. Say in ${file} who may call: ` +
        '"dicomAccess": {"callingAeTitles": ["PACS"], "callingHosts": ["192.0.2.10"]}.',
    );
  }
  return endpoint;
}

function aeTitle(text: string): string {
  const result = aeTitleSchema.safeParse(text);
  if (result.success) return result.data;
  throw new ConfigurationError(`--ae: ${result.error.issues[0]?.message ?? 'not an AE title.'}`);
}
