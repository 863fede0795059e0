import '@fontsource-variable/inter';
import { mount } from 'svelte';
import { blobSource } from '../../shared/dicom/blob-source.ts';
import type { Row } from '../../shared/protocol/messages.ts';
import { readInstance } from '../../shared/dicom/read-instance.ts';
import { Preparer } from './deidentify/preparer.ts';
import { walkDirectory, walkDrop, walkFileList } from './files/walk.ts';
import type { Found, SourceFile } from './files/source-file.ts';
import { importFiles } from './library/import-files.ts';
import { Indexer } from './library/indexer.ts';
import { archiveSeriesOf, listingOf, remoteSeriesOf } from './library/archive-rows.ts';
import {
  Library,
  type LibraryInstance,
  type LibrarySeries,
  type StudyListing,
} from './library/library.ts';
import { ArchiveClient, fetchInstance, instanceRanges } from './remote/archive-client.ts';
import { BridgeClient } from './remote/bridge-client.ts';
import { JobStore } from './remote/job-store.ts';
import { formatReport } from './remote/report.ts';
import { Retrieves } from './remote/retrieves.ts';
import { Transfers } from './remote/transfers.ts';
import { planSend, transferInput } from './send-plans.ts';
import type { Actions } from './ui/actions.ts';
import App from './ui/App.svelte';
import { AppState, type PeerList } from './ui/app-state.svelte.ts';
import { formatPersonName } from './ui/format.ts';
import './ui/base.css';
import './ui/dialog.css';
import './ui/tokens.css';
import { WakeLock } from './wake-lock.ts';
import type { ViewerHost } from './viewer/viewer-host.ts';
import type { ViewerInstance } from './viewer/viewer-input.ts';

/** What is asked for of each study and series; empty keys ask for a value without narrowing the search. */
const STUDY_KEYS = {
  PatientName: '',
  PatientID: '',
  PatientBirthDate: '',
  PatientSex: '',
  StudyInstanceUID: '',
  StudyDate: '',
  StudyTime: '',
  StudyDescription: '',
  AccessionNumber: '',
  ModalitiesInStudy: '',
  NumberOfStudyRelatedSeries: '',
  NumberOfStudyRelatedInstances: '',
};
const SERIES_KEYS = {
  SeriesInstanceUID: '',
  SeriesNumber: '',
  SeriesDescription: '',
  Modality: '',
  NumberOfSeriesRelatedInstances: '',
};

const app = new AppState();
const library = new Library();
const indexer = new Indexer(
  () => new Worker(new URL('./library/index.worker.ts', import.meta.url), { type: 'module' }),
);
const preparer = new Preparer(
  new Worker(new URL('./deidentify/deidentify.worker.ts', import.meta.url), { type: 'module' }),
);
const client = new BridgeClient({
  onState: (connection) => (app.connection = connection),
  onSettings: (settings) => (app.settings = settings),
  onArchiveChanged: () => {
    if (app.source.kind === 'archive') void listArchive(archiveSearch);
  },
});
const archive = new ArchiveClient(client);
const retrieves = new Retrieves(archive, showTransfers);
const transfers = new Transfers({
  client,
  store: new JobStore(),
  prepare: (file, keyId) => preparer.prepare(file, keyId),
  useKey: (keyId, key) => preparer.useKey(keyId, key),
  forgetKey: (keyId) => preparer.forgetKey(keyId),
  onChange: showTransfers,
});

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

let archiveSearch = '';

async function listArchive(search: string): Promise<void> {
  archiveSearch = search;
  const { rows, total } = await archive.studies(search);
  // A later search has been asked meanwhile.
  if (search === archiveSearch) app.archive = { studies: rows.map(listingOf), total };
}

async function loadSeries(study: StudyListing): Promise<readonly LibrarySeries[]> {
  const { studyInstanceUid } = study;
  if (app.source.kind === 'peer') {
    const rows: Row[] = [];
    const keys = { StudyInstanceUID: studyInstanceUid, ...SERIES_KEYS };
    const { signal } = new AbortController();
    await archive.query(app.source.name, 'SERIES', keys, (more) => rows.push(...more), signal);
    return remoteSeriesOf(study, rows);
  }
  if (app.source.kind === 'computer') {
    const known = library.studies().find((entry) => entry.studyInstanceUid === studyInstanceUid);
    return known?.series ?? [];
  }
  const series = archiveSeriesOf(study, await archive.instances(studyInstanceUid), archiveSource);
  // A transfer from the archive that a reload interrupted finds its instances again.
  await transfers.offer(series.flatMap(({ instances }) => instances.map(transferInput)));
  return series;
}

const archiveSource = (sopInstanceUid: string, size: number): SourceFile => ({
  path: `archive/${sopInstanceUid}`,
  open: () => fetchInstance(sopInstanceUid),
  ranges: () => instanceRanges(sopInstanceUid, size),
});

let querying = new AbortController();

async function queryPeer(peer: string, keys: Readonly<Record<string, string>>): Promise<void> {
  querying.abort();
  querying = new AbortController();
  const { signal } = querying;
  const studies = new Map<string, StudyListing>();
  const show = (state: PeerList['state'], problem?: string) => {
    // The user has turned to another peer, or asked again.
    if (querying.signal !== signal) return;
    app.peerList = { studies: [...studies.values()], state, problem };
  };
  show('running');
  try {
    const onRows = (rows: Row[]) => {
      for (const row of rows) {
        const listing = listingOf(row);
        studies.set(listing.studyInstanceUid, listing);
      }
      show('running');
    };
    await archive.query(peer, 'STUDY', { ...STUDY_KEYS, ...keys }, onRows, signal);
    show('done');
  } catch (error) {
    if (signal.aborted) show('cancelled');
    else show('failed', error instanceof Error ? error.message : String(error));
  }
}

let host: Promise<ViewerHost> | undefined;

/** Cornerstone is large: it comes when the first picture is wanted. */
const viewerHost = (): Promise<ViewerHost> =>
  (host ??= import('./viewer/viewer-host.ts').then(({ createViewerHost }) =>
    createViewerHost({
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

function saveFile(name: string, content: string, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const actions: Actions = {
  pickFolder: window.showDirectoryPicker
    ? async () => {
        const directory = await window
          .showDirectoryPicker?.({ id: 'gantry', mode: 'read' })
          .catch((error: unknown) => {
            // The user closed the dialog.
            if (error instanceof DOMException && error.name === 'AbortError') return undefined;
            throw error;
          });
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
  loadSeries,
  listArchive: (search) => void listArchive(search),
  deleteStudies: async (studies) => {
    for (const { studyInstanceUid } of studies) await archive.deleteStudy(studyInstanceUid);
    await listArchive(archiveSearch);
  },
  queryPeer: (peer, keys) => void queryPeer(peer, keys),
  cancelQuery: () => querying.abort(),
  retrieve: (peer, { studyInstanceUid, patientName }, seriesInstanceUid) => {
    const target = { studyInstanceUid, ...(seriesInstanceUid ? { seriesInstanceUid } : {}) };
    return retrieves.start(peer, target, formatPersonName(patientName));
  },
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
  planSend: (mode, instances) => planSend(mode, instances, preparer, transfers),
  resumeTransfer: (id) => void transfers.resume(id),
  retryTransfer: (id) => void transfers.retryFailed(id),
  cancelTransfer: (id) => transfers.cancel(id),
  dismissTransfer: (id) => transfers.dismiss(id),
  transferItems: (id) => transfers.items(id),
  saveReport: (id) => {
    const job = transfers.views.find((view) => view.id === id);
    if (job) saveFile('gantry-report.csv', formatReport(job, transfers.items(id)), 'text/csv');
  },
  viewerHost,
  viewerSeries: (series) => ({
    title: series.seriesDescription,
    instances: series.instances.map(viewerInstance),
  }),
  viewerInstance,
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
void client.start(takeLaunchToken());
void transfers.restore();
