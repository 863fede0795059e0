import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveError } from './archive/archive-error.ts';
import { openArchive } from './archive/local-archive.ts';
import type { Archive } from './archive/store.ts';
import { HELP, readCommandLine } from './configuration/command-line.ts';
import { ConfigurationError } from './configuration/configuration-error.ts';
import { loadConfiguration, type Configuration } from './configuration/configuration.ts';
import { formatEndpoint, isLoopback } from './configuration/endpoint.ts';
import { SettingsStore } from './configuration/settings-store.ts';
import type { AssociationOptions } from './dimse/association-settings.ts';
import { Converter } from './conversion/converter.ts';
import { listen, type Listener } from './dimse/listener.ts';
import type { ScpService } from './dimse/scp-service.ts';
import { storageScp } from './dimse/storage-scp.ts';
import { verificationScp } from './dimse/verification.ts';
import { openBrowser } from './open-browser.ts';
import { makeSamples } from './samples/samples.ts';
import { SamplePacsSwitch } from './samples/sample-pacs-switch.ts';
import { ARCHIVE_SAMPLE_COUNT } from './samples/sample-studies.ts';
import { Arrivals } from './session/arrivals.ts';
import { incomingSink } from './session/incoming-sink.ts';
import { Metrics } from './session/metrics.ts';
import { PageConnection } from './session/page-connection.ts';
import { Requests } from './session/requests.ts';
import { Sessions } from './session/sessions.ts';
import { StaticFiles } from './session/static-files.ts';
import { WebServer } from './session/web-server.ts';

const projectRoot = join(import.meta.dirname, '..', '..');

const print = (text: string) => process.stdout.write(`${text}\n`);
const log = (text: string) => process.stderr.write(`${new Date().toISOString()} ${text}\n`);

/** Where ports that are taken are explained. */
function portTaken(option: string, endpoint: string, cause: unknown): ConfigurationError {
  return new ConfigurationError(
    `${endpoint} can't be listened on: another program has it, or it isn't allowed. ` +
      `Choose another port, for example: npm start -- ${option}`,
    { cause },
  );
}

async function startListener(
  configuration: Configuration,
  settings: SettingsStore,
  association: AssociationOptions,
  metrics: Metrics,
  services: readonly ScpService[],
): Promise<Listener | undefined> {
  const { dicom, associations, dicomUsers } = configuration;
  if (!dicom) return undefined;
  try {
    return await listen({
      ...dicom,
      ...association,
      ...configuration.dicomAccess,
      maxAssociations: associations.max,
      maxAssociationsPerHost: associations.maxPerHost,
      identity: dicomUsers && { users: dicomUsers.users, required: dicomUsers.required ?? true },
      aeTitles: [settings.current.aeTitle],
      services,
      onAssociation: () => metrics.countAssociation(),
      onHandlerFailure: (error) => log(`DICOM: a service failed (${safeWords(error)}).`),
    });
  } catch (error) {
    throw portTaken('--dicom 127.0.0.1:11113', formatEndpoint(dicom), error);
  }
}

/** An error may come from handling a data set: its class is all that is safe to write down, but of the archive's own. */
function safeWords(error: unknown): string {
  if (error instanceof ArchiveError) return `${error.name} ${error.code}: ${error.message}`;
  return error instanceof Error ? error.name : 'unknown';
}

async function startArchive({ dataDirectory, archive }: Configuration): Promise<Archive> {
  try {
    return await openArchive({ dataDirectory, ...archive });
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new ConfigurationError(error.message, { cause: error });
  }
}

async function start(configuration: Configuration): Promise<() => Promise<void>> {
  const packageFile = await readFile(join(projectRoot, 'package.json'), 'utf8');
  // A cast: our own file.
  const { version } = JSON.parse(packageFile) as { version: string };
  const files = await StaticFiles.load(join(projectRoot, 'web', 'dist'));
  const settings = new SettingsStore(configuration.file, configuration.settings);
  const { timers, maxPduLength } = configuration;
  const association = { timers: definedOnly(timers), ...(maxPduLength ? { maxPduLength } : {}) };
  const metrics = new Metrics();
  const sessions = new Sessions();
  const pages = new Set<PageConnection>();
  const archive = await startArchive(configuration);
  const arrivals = new Arrivals();
  const services = [
    verificationScp,
    storageScp({
      ...configuration.storage,
      acceptUnknownClasses: configuration.archive.acceptUnknownClasses,
      sink: incomingSink(archive, arrivals, () => settings.current.aeTitle),
    }),
  ];
  let listener = await startListener(configuration, settings, association, metrics, services).catch(
    async (error: unknown) => {
      await archive.close();
      throw error;
    },
  );
  const dicomListener = () =>
    listener && formatEndpoint({ host: configuration.dicom?.host ?? '', port: listener.port });

  const converter = new Converter();
  const samplePacs = new SamplePacsSwitch(log);
  const followSettings = () =>
    samplePacs.follow(
      settings.current.peers,
      listener && { aeTitle: settings.current.aeTitle, port: listener.port },
    );
  const requests = new Requests({
    version,
    settings,
    association,
    negotiation: configuration.negotiation,
    metrics,
    archive,
    arrivals,
    dicomListener,
    isDicomExposed: configuration.dicom !== undefined && !isLoopback(configuration.dicom),
    convert: (bytes, from, to) => converter.convert(bytes, from, to),
    samples: {
      count: ARCHIVE_SAMPLE_COUNT,
      make: makeSamples,
      startPacs: () => samplePacs.startAnywhere(),
      // A list of who may call beyond loopback doesn't name it.
      canMove: () => listener !== undefined && configuration.dicomAccess === undefined,
    },
    onSettingsChanged: (changed) => {
      for (const page of pages) page.send({ type: 'settingsChanged', settings: changed });
      restartListener()
        .then(followSettings)
        .catch((error: unknown) => log(`DICOM: ${describe(error)}`));
    },
  });
  const printLink = () => print(`Open Gantry: ${server.url}/#token=${sessions.launchToken}`);
  const server: WebServer = new WebServer({
    endpoint: configuration.http,
    sessions,
    files,
    metrics,
    health: () => ({
      status: archive.health === 'failed' ? 'failed' : 'ok',
      version,
      http: server.url,
      dicom: dicomListener() ?? 'off',
      archive: archive.health,
    }),
    onPage: (socket) => {
      const page = new PageConnection(
        socket,
        (message, context) => requests.handle(message, context),
        log,
      );
      pages.add(page);
      socket.on('close', () => pages.delete(page));
    },
    findTransfer: (id) => requests.transfer(id),
    findInstance: (uid) => archive.locate(uid),
    onSession: () => {
      print('A browser has opened this link. For another one:');
      printLink();
    },
    log,
  });
  archive.onStudiesChanged(() => {
    for (const page of pages) page.send({ type: 'archiveChanged' });
  });
  let listeningTitle = settings.current.aeTitle;

  /** The listener answers to Gantry's AE title: a new title needs a new listener, on the port of the old. */
  async function restartListener(): Promise<void> {
    if (!listener || settings.current.aeTitle === listeningTitle) return;
    listeningTitle = settings.current.aeTitle;
    const { port } = listener;
    await listener.close();
    const dicom = { host: configuration.dicom?.host ?? '127.0.0.1', port };
    const moved = { ...configuration, dicom };
    listener = await startListener(moved, settings, association, metrics, services);
  }

  try {
    await server.open();
  } catch (error) {
    await listener?.close();
    await archive.close();
    throw portTaken('--http 127.0.0.1:8081', formatEndpoint(configuration.http), error);
  }
  await followSettings();
  print(`Gantry ${version}`);
  print(`DICOM:       ${dicomListener() ?? 'off'} as ${settings.current.aeTitle}`);
  if (configuration.dicom && !isLoopback(configuration.dicom)) {
    print('             reachable from the network without encryption');
  }
  print(`Data:        ${configuration.dataDirectory}`);
  printLink();
  if (configuration.openBrowser) openBrowser(`${server.url}/#token=${sessions.launchToken}`);
  return async () => {
    await server.close();
    await samplePacs.close();
    await converter.close();
    await listener?.close();
    await archive.close();
  };
}

const describe = (error: unknown) => (error instanceof Error ? error.message : 'unknown');

/** Timers that aren't set must be absent, not undefined. */
function definedOnly(timers: Configuration['timers']): NonNullable<AssociationOptions['timers']> {
  return Object.fromEntries(Object.entries(timers).filter(([, value]) => value !== undefined));
}

async function main(): Promise<void> {
  const commandLine = readCommandLine(process.argv.slice(2), process.env);
  if (commandLine.help) {
    print(HELP);
    return;
  }
  const stop = await start(await loadConfiguration(commandLine, process.env));
  const shutDown = () => {
    // A second signal ends the process at once.
    process.once('SIGINT', () => process.exit(130));
    void stop().then(() => process.exit(0));
  };
  process.once('SIGINT', shutDown);
  process.once('SIGTERM', shutDown);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
