import '@fontsource-variable/inter';
import { mount } from 'svelte';
import { blobSource } from '../../shared/dicom/blob-source.ts';
import { readInstance } from '../../shared/dicom/read-instance.ts';
import { openingDisplay } from './analysis/opening-display.ts';
import { Converter } from './conversion/converter.ts';
import { parsePictureRules } from './deidentify/burned-in-rules.ts';
import { Preparer } from './deidentify/preparer.ts';
import { DEFAULT_CHOICE } from './deidentify/profile-choice.ts';
import { attributesKeepingMore, parseProfileFile } from './deidentify/profile-file.ts';
import {
  deidentifyReport,
  reidentificationTable,
  reportRows,
  reportTable,
} from './deidentify/report.ts';
import { shownContent } from './deidentify/shown-content.ts';
import { unlessClosed } from './files/save-out.ts';
import { walkDirectory, walkDrop, walkFileList } from './files/walk.ts';
import type { Found } from './files/source-file.ts';
import { hangingActions } from './hanging-rules.ts';
import { loadDrawing, saveDrawing } from './drawing.ts';
import { loadImageMemory, saveImageMemory } from './image-memory.ts';
import { importFiles } from './library/import-files.ts';
import { Indexer } from './library/indexer.ts';
import { displaySetsOf } from './library/display-sets.ts';
import { FrameParts } from './library/frame-parts.ts';
import { MeasurementStore } from './library/measurement-store.ts';
import { Library, type LibraryInstance } from './library/library.ts';
import { ArchiveClient } from './remote/archive-client.ts';
import { BridgeClient, type Request } from './remote/bridge-client.ts';
import { JobStore } from './remote/job-store.ts';
import { formatReport } from './remote/report.ts';
import { Retrieves } from './remote/retrieves.ts';
import { Transfers } from './remote/transfers.ts';
import { measureActions } from './measuring.ts';
import { saveBlob, saveText, saveZip } from './save-files.ts';
import { planSend, transferInput } from './send-plans.ts';
import { shortcutActions } from './kept-shortcuts.ts';
import { PriorStudies } from './prior-studies.ts';
import { StudySources } from './study-sources.ts';
import type { Actions } from './ui/actions.ts';
import App from './ui/App.svelte';
import { AppState } from './ui/app-state.svelte.ts';
import { formatPersonName } from './ui/format.ts';
import './ui/base.css';
import './ui/menu.css';
import './ui/dialog.css';
import './ui/table.css';
import './ui/tokens.css';
import { archiveSource } from './archive-source.ts';
import { isSecondWindow, joinFirstWindow, openSecondWindow } from './second-window.ts';
import { WakeLock } from './wake-lock.ts';
import { readViewer } from './viewer/read-viewer.ts';
import type { ViewerHost } from './viewer/viewer-host.ts';
import { patientPoint, pointOn, referenceLine } from './viewer/image-area.ts';
import { offsetBetween } from './viewer/linked-scroll.ts';
import { frameInStep } from './viewer/loop-timing.ts';
import type { ViewerInstance } from './viewer/viewer-input.ts';

const app = new AppState();
const library = new Library();
const indexer = new Indexer(
  () => new Worker(new URL('./library/index.worker.ts', import.meta.url), { type: 'module' }),
);
const preparer = new Preparer(
  new Worker(new URL('./deidentify/deidentify.worker.ts', import.meta.url), { type: 'module' }),
);
const converter = new Converter(
  () => new Worker(new URL('./conversion/convert.worker.ts', import.meta.url), { type: 'module' }),
);
const client = new BridgeClient({
  onState: (connection) => (app.connection = connection),
  onSettings: (settings) => (app.settings = settings),
  onListeners: (listeners, isDicomExposed) => {
    const { connection } = app;
    if (connection.kind === 'connected') {
      app.connection = { ...connection, listeners, isDicomExposed };
    }
  },
  onTasks: ({ forwards, commitments }) => {
    app.forwards = forwards;
    app.commitments = commitments;
  },
  onArchiveChanged: () => {
    if (app.source.kind === 'archive') void sources.listArchive();
  },
});
const archive = new ArchiveClient(client);
const retrieves = new Retrieves(archive, showTransfers);
const transfers = new Transfers({
  client,
  store: new JobStore(),
  prepare: (file, keyId, look) => preparer.prepare(file, keyId, look ? { look } : {}),
  convert: (dataset, transferSyntaxUid, targetUid) =>
    converter.convert(dataset, transferSyntaxUid, targetUid),
  useKey: (keyId, key, profile) => preparer.useKey(keyId, key, profile),
  forgetKey: (keyId) => preparer.forgetKey(keyId),
  onChange: showTransfers,
});

const sources = new StudySources({ app, archive, library, transfers });
app.onLeave = () => sources.leave();
const wakeLock = new WakeLock();

/** Transfers change with every instance; the screen follows once a frame. */
let isTransferUpdateDue = false;
function showTransfers(): void {
  if (isTransferUpdateDue) return;
  isTransferUpdateDue = true;
  requestAnimationFrame(() => {
    isTransferUpdateDue = false;
    app.jobs = transfers.views;
    app.retrieves = retrieves.views;
    void wakeLock.hold(app.activeTransfers > 0);
  });
}

let importing = new AbortController();
let lastImport: Promise<void> = Promise.resolve();

/** What is dropped while another folder is read comes after it. */
function open(files: AsyncIterable<Found>): Promise<void> {
  lastImport = lastImport.then(() => read(files));
  return lastImport;
}

async function read(files: AsyncIterable<Found>): Promise<void> {
  importing = new AbortController();
  await importFiles(files, {
    library,
    index: (file) => indexer.index(file),
    signal: importing.signal,
    onProgress: (progress) => {
      app.progress = progress;
      app.studies = library.studies();
    },
  });
  await transfers.offer(allInstances().map(transferInput));
}

const allInstances = (): LibraryInstance[] =>
  library.studies().flatMap((study) => study.series.flatMap((series) => series.instances));

const MIB = 2 ** 20;
app.imageMemoryMib = loadImageMemory();
app.drawing = loadDrawing();
/** Cornerstone starts once: what is chosen later holds for the next page. */
const { drawing } = app;

let host: Promise<ViewerHost> | undefined;

/** Cornerstone is large: it starts when the first picture is wanted. */
const viewerHost = (): Promise<ViewerHost> =>
  (host ??= readViewer().then(({ createViewerHost }) =>
    createViewerHost({
      cacheBytes: app.imageMemoryMib * MIB,
      drawing,
      openingDisplay,
      createWorker: () =>
        new Worker(new URL('./viewer/decode.worker.ts', import.meta.url), { type: 'module' }),
    }),
  ));

const viewerInstances = new WeakMap<LibraryInstance, ViewerInstance>();
let lastKey = 0;

function viewerInstance(instance: LibraryInstance): ViewerInstance {
  let made = viewerInstances.get(instance);
  if (!made) {
    const { summary, source } = instance;
    made = {
      key: String(++lastKey),
      sopInstanceUid: summary.sopInstanceUid,
      instanceNumber: summary.instanceNumber,
      numberOfFrames: summary.numberOfFrames,
      patient: summary,
      plane: summary,
      open: async () => {
        const bytes = source.ranges?.() ?? blobSource(await source.open());
        return { instance: await readInstance(bytes) };
      },
    };
    viewerInstances.set(instance, made);
  }
  return made;
}

const frameParts = new FrameParts(
  async (instance) => (await viewerInstance(instance).open()).instance.dataset,
);

/** What the bridge tells all pages afterwards; one that can't be reached says so by itself. */
function askBridge(request: Request): void {
  client.request(request).ended.catch(() => undefined);
}

const retrieveStudy: Actions['retrieve'] = (peer, { patientName }, target) =>
  retrieves.start(peer, target, formatPersonName(patientName));

/** Undefined in a first window. */
const joined = isSecondWindow() ? joinFirstWindow(archiveSource) : undefined;

const actions: Actions = {
  pickFolder: window.showDirectoryPicker
    ? async () => {
        const directory = await unlessClosed(
          window.showDirectoryPicker?.({ id: 'gantry', mode: 'read' }),
        );
        if (directory) await open(walkDirectory(directory));
      }
    : undefined,
  openFiles: (files) => void open(walkFileList(files)),
  openDrop: (transfer) => {
    app.open({ kind: 'computer' });
    void open(walkDrop(transfer));
  },
  stopImport: () => importing.abort(),
  closeStudies: () => {
    importing.abort();
    library.clear();
    app.select([]);
    app.progress = undefined;
    app.studies = [];
  },
  loadSeries: (study) => sources.loadSeries(study),
  startSamples: async () => {
    app.samples = { done: 0, total: 0 };
    try {
      await client.request({ type: 'startSamples' }, (message) => {
        if (message.type === 'samplesProgress') app.samples = message;
      }).ended;
      app.open({ kind: 'archive' });
    } finally {
      app.samples = undefined;
    }
  },
  loadImages: (study, series) => sources.loadImages(study, series),
  listArchive: (search) => void sources.listArchive(search),
  deleteStudies: async (studies) => {
    for (const { studyInstanceUid } of studies) await archive.deleteStudy(studyInstanceUid);
    await sources.listArchive();
  },
  queryPeer: (peer, keys) => void sources.queryPeer(peer, keys),
  askWorklist: (peer, keys) => void sources.askWorklist(peer, keys),
  cancelQuery: () => sources.cancelQuery(),
  retrieve: retrieveStudy,
  retryRetrieve: (id) => void retrieves.retry(id),
  cancelRetrieve: (id) => retrieves.cancel(id),
  dismissRetrieve: (id) => retrieves.dismiss(id),
  saveSettings: async (settings) => {
    await client.request({ type: 'saveSettings', settings }).ended;
  },
  echo: async (peer) => {
    const result = await client.request({ type: 'echo', peer }).ended;
    return result.of === 'echo' ? result.milliseconds : 0;
  },
  examine: (peer, onProgress, signal) => archive.examine(peer, onProgress, signal),
  planSend: (mode, instances) => planSend(mode, instances, preparer, transfers),
  resumeTransfer: (id) => void transfers.resume(id),
  retryTransfer: (id) => void transfers.retryFailed(id),
  cancelTransfer: (id) => transfers.cancel(id),
  dismissTransfer: (id) => {
    transfers.dismiss(id);
    askBridge({ type: 'dismissCommitment', transfer: id });
  },
  dismissCommitment: (transfer) => askBridge({ type: 'dismissCommitment', transfer }),
  retryForward: (rule, studyInstanceUid) =>
    askBridge({ type: 'retryForward', rule, studyInstanceUid }),
  deleteForward: (rule, studyInstanceUid) =>
    askBridge({ type: 'deleteForward', rule, studyInstanceUid }),
  transferItems: (id) => transfers.items(id),
  saveReport: (id) => {
    const job = transfers.views.find((view) => view.id === id);
    if (job) saveText('gantry-report.csv', formatReport(job, transfers.items(id)), 'text/csv');
  },
  deidentification: {
    initialChoice: DEFAULT_CHOICE,
    readProfile: parseProfileFile,
    attributesKeepingMore,
    readRules: parsePictureRules,
    contentOf: async (instance) => {
      const { instance: parsed } = await viewerInstance(instance).open();
      return shownContent(parsed, () => instance.source.open());
    },
    report: (choice, counts) => {
      // A cast: vite.config.ts puts it there.
      const version = import.meta.env['VITE_GANTRY_VERSION'] as string;
      const report = deidentifyReport(choice, counts, version, new Date());
      const rows = reportRows(report);
      const json = `${JSON.stringify(report, undefined, 2)}\n`;
      return { json, csv: reportTable(rows), rows };
    },
    reidentificationTable,
  },
  saveText,
  saveBlob,
  saveZip,
  setImageMemory: (mib) => {
    app.imageMemoryMib = mib;
    saveImageMemory(mib);
    void host?.then((running) => running.setCacheBytes(mib * MIB));
  },
  setDrawing: (chosen) => {
    app.drawing = chosen;
    saveDrawing(chosen);
  },
  viewerHost,
  openSecondWindow: (studies, seriesInstanceUid) =>
    openSecondWindow(
      studies,
      seriesInstanceUid,
      archiveSource,
      actions.priors,
      (companion) => (app.companion = companion),
    ),
  displaySetsOf: (series) => displaySetsOf(series, frameParts.of),
  readFrameParts: (series) => frameParts.read(series),
  offsetBetween,
  guides: { patientPoint, pointOn, referenceLine, frameInStep },
  viewerSeries: (series, hanging) => ({
    title: series.seriesDescription,
    instances: series.instances.map(viewerInstance),
    ...(series.frames && { frames: series.frames }),
    ...(hanging && { hanging }),
  }),
  hanging: hangingActions,
  shortcuts: shortcutActions,
  // The first window has the way to the peers.
  priors: joined
    ? {
        find: async (...asked) => (await joined).priors.find(...asked),
        load: async (prior) => (await joined).priors.load(prior),
      }
    : new PriorStudies({ app, archive, library, sources, retrieve: retrieveStudy }),
  viewerInstance,
  measure: measureActions(new MeasurementStore(), async (instance, frameIndex) =>
    (await viewerHost()).measuredFrame(viewerInstance(instance), frameIndex),
  ),
  windowPresets: () => import('./viewer/window-presets.ts').then(({ CT_PRESETS }) => CT_PRESETS),
};

/** The link's token is for one exchange; the address bar and the history shall not keep it. */
function takeLaunchToken(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;
  if (token !== undefined) history.replaceState(null, '', location.pathname);
  return token;
}

const target = document.getElementById('app');
if (!target) throw new Error('The page has no element for the application.');
mount(App, { target, props: { app, actions } });
if (joined) {
  // The first window has the session's socket, its transfers and its list.
  app.isSecond = true;
  void joined.then(async ({ studies, seriesInstanceUid, companion }) => {
    app.companion = companion;
    await frameParts.read(studies.flatMap(({ series }) => series));
    const [study, ...priors] = studies;
    if (study) app.show({ kind: 'viewer', study, priors, seriesInstanceUid });
  });
} else {
  void client.start(takeLaunchToken());
  void transfers.restore();
  // It is read while nobody waits for it; whoever opens a study first waits for its start alone. Safari knows no idleness.
  const whenIdle = 'requestIdleCallback' in window ? requestIdleCallback : setTimeout;
  whenIdle(() => void readViewer());
}
