import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerMessage, StoreOutcome } from '../../shared/protocol/messages.ts';
import type { ListenerState, Peer } from '../../shared/protocol/settings.ts';
import { ArchiveError } from './archive/archive-error.ts';
import { ITEM_KEYS, MATCH_KEYS } from './archive/match-query.ts';
import { openArchive } from './archive/local-archive.ts';
import type { Archive } from './archive/store.ts';
import { HELP, readCommandLine } from './configuration/command-line.ts';
import { ConfigurationError } from './configuration/configuration-error.ts';
import { loadConfiguration, type Configuration } from './configuration/configuration.ts';
import { formatEndpoint } from './configuration/endpoint.ts';
import { SettingsStore } from './configuration/settings-store.ts';
import type { AssociationOptions } from './dimse/association-settings.ts';
import { Converter } from './conversion/converter.ts';
import { listen } from './dimse/listener.ts';
import { SharedPlaces } from './dimse/shared-places.ts';
import { queryScp, type QueryRules } from './dimse/query-scp.ts';
import { getScp, moveScp } from './dimse/retrieve-scp.ts';
import type { ScpService } from './dimse/scp-service.ts';
import { getSyntaxesFor, storageScp, takenSyntaxes } from './dimse/storage-scp.ts';
import type { IdentityPolicy } from './dimse/user-identity.ts';
import { verificationScpIn } from './dimse/verification.ts';
import { openBrowser } from './open-browser.ts';
import { makeSamples } from './samples/samples.ts';
import { SamplePacsSwitch } from './samples/sample-pacs-switch.ts';
import { ARCHIVE_SAMPLE_COUNT } from './samples/sample-studies.ts';
import { BackgroundTasks } from './session/background-tasks.ts';
import { aePlans, isOwnAeTitle, type AePlan } from './session/ae-plans.ts';
import type { ListeningRules } from './session/association-rules.ts';
import { Arrivals } from './session/arrivals.ts';
import { DicomListeners } from './session/dicom-listeners.ts';
import { getSender } from './session/get-sender.ts';
import { incomingSink } from './session/incoming-sink.ts';
import { Log } from './session/log.ts';
import { Metrics } from './session/metrics.ts';
import { Monitor } from './session/monitor.ts';
import { moveSenderTo } from './session/move-sender.ts';
import type { Convert } from './session/other-syntax.ts';
import { PageConnection } from './session/page-connection.ts';
import { PeerDirectory } from './session/peer-directory.ts';
import { Requests } from './session/requests.ts';
import { Sessions } from './session/sessions.ts';
import { StaticFiles } from './session/static-files.ts';
import { TransferTurns } from './session/transfer-turns.ts';
import { WebServer } from './session/web-server.ts';
import { openTaskDatabase } from './tasks/task-database.ts';

const projectRoot = join(import.meta.dirname, '..', '..');

/** Of all AEs together: each has a limit of its own. */
const DEFAULT_TOTAL_ASSOCIATIONS = 256;

const QUERYABLE = { levels: MATCH_KEYS, items: ITEM_KEYS };

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Where ports that are taken are explained. */
function portTaken(option: string, endpoint: string, cause: unknown): ConfigurationError {
  return new ConfigurationError(
    `${endpoint} can't be listened on: another program has it, or it isn't allowed. ` +
      `Choose another port, for example: npm start -- ${option}`,
    { cause },
  );
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
  const log = new Log(configuration.log);
  const metrics = new Metrics();
  const observer = new Monitor(metrics, log.write);
  const association = {
    timers: definedOnly(timers),
    ...(maxPduLength ? { maxPduLength } : {}),
    observer,
  };
  const sessions = new Sessions();
  const pages = new Set<PageConnection>();
  const archive = await startArchive(configuration);
  const arrivals = new Arrivals();
  const isOwn = (title: string) => isOwnAeTitle(settings.current, title);
  const peers = new PeerDirectory(settings, association, configuration.negotiation);
  const converter = new Converter();
  const convert: Convert = (bytes, from, to) => converter.convert(bytes, from, to);
  const sendToPages = (message: ServerMessage) => {
    for (const page of pages) page.send(message);
  };
  const tasks = new BackgroundTasks({
    database: openTaskDatabase(configuration.dataDirectory, (path) =>
      log.write('error', 'tasks.damaged', { text: `Begun anew; the damaged file is ${path}.` }),
    ),
    archive,
    peers,
    settings,
    commitment: configuration.commitment,
    retryUnitMs: configuration.retryUnitMs,
    convert,
    metrics,
    log,
    takesClass: (sopClassUid) =>
      aePlans(configuration, settings.current).some(({ rules }) =>
        takenSyntaxes(takenBy(rules))(sopClassUid),
      ),
    send: sendToPages,
  });
  const transferTurns = new TransferTurns(settings);
  const onOutcome = (outcome: StoreOutcome) => metrics.countResults([outcome]);
  const enter = (peer: Peer, signal: AbortSignal) => transferTurns.enter(peer, signal);
  const moving = { archive, settings, peers, convert, enter, onOutcome };
  const queryRetrieve = (rules: QueryRules): ScpService[] => [
    queryScp({ archive, keys: QUERYABLE, rules }),
    moveScp({
      archive,
      senderTo: (aeTitle) => moveSenderTo(moving, aeTitle),
      onEnd: observer.retrieveEnded,
    }),
    getScp({
      archive,
      sendBack: getSender(archive, convert),
      storageSyntaxesFor: getSyntaxesFor,
      onEnd: observer.retrieveEnded,
    }),
  ];
  const places = new SharedPlaces(configuration.associations.total ?? DEFAULT_TOTAL_ASSOCIATIONS);
  const listeners = new DicomListeners<AePlan>(({ rules, tls, ...plan }) =>
    listen({
      host: plan.host,
      port: plan.port,
      aeTitles: plan.aeTitles,
      callingAeTitles: plan.callingAeTitles ?? 'any',
      callingHosts: plan.callingHosts ?? 'any',
      identity: identityPolicy(configuration.dicomUsers),
      ...rules.options,
      places,
      ...(tls && { tls }),
      services: [
        verificationScpIn(rules.verification),
        tasks.commitmentScp,
        ...(rules.query ? queryRetrieve(rules.query) : []),
        storageScp({
          ...takenBy(rules),
          sink: incomingSink(
            archive,
            arrivals,
            isOwn,
            { keepAs: plan.keepAs, rules: rules.admission },
            (kept) => tasks.received(kept),
          ),
        }),
      ],
      observer,
      onHandlerFailure: (error, { associationId }) =>
        log.write('error', 'service.failed', {
          association: associationId,
          text: safeWords(error),
        }),
      onTlsFailure: (host, words) =>
        log.write('warning', 'tls.failed', { role: 'acceptor', host, text: words }),
    }),
  );
  const hasFirst = configuration.dicom !== undefined;
  const firstPort = () => (hasFirst ? listeners.portOf(0) : undefined);
  const dicomListener = () =>
    firstPort() === undefined ? undefined : listeners.states[0]?.endpoint;
  const listenerStates = () => listeners.states.slice(hasFirst ? 1 : 0);
  const followListeners = () => listeners.follow(aePlans(configuration, settings.current));
  await followListeners();
  if (configuration.dicom && firstPort() === undefined) {
    const problem = listeners.states[0]?.problem;
    await listeners.close();
    await archive.close();
    throw portTaken('--dicom 127.0.0.1:11113', formatEndpoint(configuration.dicom), problem);
  }

  const samplePacs = new SamplePacsSwitch((text) => log.write('warning', 'samples', { text }));
  const followSettings = () => {
    const port = firstPort();
    const { aeTitle, peers } = settings.current;
    return samplePacs.follow(peers, port === undefined ? undefined : { aeTitle, port });
  };
  const requests = new Requests({
    version,
    settings,
    peers,
    tasks,
    negotiation: configuration.negotiation,
    metrics,
    archive,
    arrivals,
    dicomListener,
    isDicomExposed: () => listeners.isExposed,
    listenerStates,
    transferTurns,
    convert,
    samples: {
      count: ARCHIVE_SAMPLE_COUNT,
      make: makeSamples,
      startPacs: () => samplePacs.startAnywhere(),
      // A list of who may call beyond loopback doesn't name it.
      canMove: () => firstPort() !== undefined && configuration.dicomAccess === undefined,
    },
    onSettingsChanged: (changed) => {
      sendToPages({ type: 'settingsChanged', settings: changed });
      tasks.settingsChanged();
      followListeners()
        .then(() => {
          const { isExposed: isDicomExposed } = listeners;
          const states = { isDicomExposed, listeners: listenerStates() };
          sendToPages({ type: 'listenersChanged', ...states });
        })
        .then(followSettings)
        .catch((error: unknown) => log.failure('settings.failed', error));
    },
  });
  const printLink = () => print(`Open Gantry: ${server.url}/#token=${sessions.launchToken}`);
  const server: WebServer = new WebServer({
    endpoint: configuration.http,
    sessions,
    files,
    metrics,
    metricsToken: configuration.metricsToken,
    gauges: async () => ({
      queues: { ...requests.queues, ...tasks.queues, associations: listeners.waiting },
      archive: await archive.counts().catch(() => undefined),
    }),
    health: () => ({
      status: archive.health === 'failed' || hasProblem(listeners.states) ? 'failed' : 'ok',
      version,
      http: server.url,
      dicom: dicomListener() ?? 'off',
      listeners: listenerStates(),
      archive: archive.health,
    }),
    onPage: (socket) => {
      const page = new PageConnection(
        socket,
        (message, context) => requests.handle(message, context),
        (error) => log.failure('request.failed', error),
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
    onFailure: (error) => log.failure('http.failed', error),
  });
  archive.onStudiesChanged(() => sendToPages({ type: 'archiveChanged' }));
  try {
    await server.open();
  } catch (error) {
    await listeners.close();
    await archive.close();
    throw portTaken('--http 127.0.0.1:8081', formatEndpoint(configuration.http), error);
  }
  await followSettings();
  tasks.start();
  print(`Gantry ${version}`);
  print(`DICOM:       ${dicomListener() ?? 'off'} as ${settings.current.aeTitle}`);
  for (const { aeTitle, endpoint, isSecure, problem } of listenerStates()) {
    print(
      `             ${endpoint} as ${aeTitle}${isSecure ? ', TLS' : ''}${problem ? ' (off)' : ''}`,
    );
    if (problem !== undefined) log.write('error', 'listener.failed', { aeTitle, text: problem });
  }
  if (listeners.isExposed) print('             reachable from the network without encryption');
  print(`Data:        ${configuration.dataDirectory}`);
  printLink();
  log.write('info', 'started', { version, http: server.url, dicom: dicomListener() ?? 'off' });
  if (configuration.openBrowser) openBrowser(`${server.url}/#token=${sessions.launchToken}`);
  return async () => {
    await server.close();
    await samplePacs.close();
    await listeners.close();
    await tasks.stop();
    await converter.close();
    await archive.close();
    log.write('info', 'stopped');
    await log.close();
  };
}

const identityPolicy = (users: Configuration['dicomUsers']): IdentityPolicy | undefined =>
  users && { users: users.users, required: users.required ?? true };

/** What a listener takes of storage. */
const takenBy = ({ storage, groups, acceptUnknownClasses }: ListeningRules) => ({
  ...storage,
  groups,
  acceptUnknownClasses,
});

const hasProblem = (states: readonly ListenerState[]) =>
  states.some(({ problem }) => problem !== undefined);

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
