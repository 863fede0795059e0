import { universalKeys } from '../../shared/dicom/query-keys.ts';
import type { Row } from '../../shared/protocol/messages.ts';
import type { SourceFile } from './files/source-file.ts';
import {
  archiveSeriesOf,
  listingOf,
  remoteImagesOf,
  remoteSeriesOf,
} from './library/archive-rows.ts';
import type { Library, LibrarySeries, RemoteImage, StudyListing } from './library/library.ts';
import { fetchInstance, instanceRanges, type ArchiveClient } from './remote/archive-client.ts';
import type { Transfers } from './remote/transfers.ts';
import { transferInput } from './send-plans.ts';
import type { AppState, PeerList } from './ui/app-state.svelte.ts';

/** While a peer answers, the list follows this often, milliseconds: drawing 100,000 rows takes a moment. */
const SHOW_INTERVAL_MS = 250;

interface Parts {
  readonly app: AppState;
  readonly archive: ArchiveClient;
  readonly library: Library;
  readonly transfers: Transfers;
}

/** Fills the lists of the screen from where studies are: this page, the archive, a peer. */
export class StudySources {
  readonly #parts: Parts;
  #search = '';
  #querying = new AbortController();
  /** Of the series and images that are asked for. */
  #opening = new AbortController();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Lists the archive by a search, or by the last one again. */
  async listArchive(search = this.#search): Promise<void> {
    this.#search = search;
    const { app, archive } = this.#parts;
    try {
      const { rows, total } = await archive.studies(search);
      // A later search has been asked meanwhile.
      if (search !== this.#search) return;
      app.archive = { studies: rows.map(listingOf), total, problem: undefined };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      app.archive = { ...app.archive, problem };
    }
  }

  /** The series of a study of the source at hand; those of a peer come without instances. */
  async loadSeries(study: StudyListing): Promise<readonly LibrarySeries[]> {
    const { app, archive, library } = this.#parts;
    const { studyInstanceUid } = study;
    switch (app.source.kind) {
      case 'computer': {
        const known = library
          .studies()
          .find((entry) => entry.studyInstanceUid === studyInstanceUid);
        return known?.series ?? [];
      }
      case 'archive':
        return this.#archiveSeries(study, await archive.instances(studyInstanceUid));
      case 'peer': {
        const keys = { ...universalKeys('SERIES'), StudyInstanceUID: studyInstanceUid };
        return remoteSeriesOf(study, await this.#answers(app.source.name, 'SERIES', keys));
      }
    }
  }

  /** The images of a peer's series; series elsewhere have their instances. */
  async loadImages(
    { studyInstanceUid }: StudyListing,
    { seriesInstanceUid }: LibrarySeries,
  ): Promise<readonly RemoteImage[]> {
    const { source } = this.#parts.app;
    if (source.kind !== 'peer') return [];
    const above = { StudyInstanceUID: studyInstanceUid, SeriesInstanceUID: seriesInstanceUid };
    const keys = { ...universalKeys('IMAGE'), ...above };
    return remoteImagesOf(await this.#answers(source.name, 'IMAGE', keys));
  }

  async #answers(peer: string, level: 'SERIES' | 'IMAGE', keys: Row): Promise<Row[]> {
    const rows: Row[] = [];
    const { signal } = this.#opening;
    await this.#parts.archive.query(peer, level, keys, (more) => rows.push(...more), signal);
    return rows;
  }

  async #archiveSeries(study: StudyListing, rows: readonly Row[]): Promise<LibrarySeries[]> {
    const series = archiveSeriesOf(study, rows, archiveSource);
    // A transfer from the archive that a reload interrupted finds its instances again.
    const instances = series.flatMap((entry) => entry.instances);
    await this.#parts.transfers.offer(instances.map(transferInput));
    return series;
  }

  /** Asks a peer; its answers come into the list as they come. An earlier query is cancelled. */
  async queryPeer(peer: string, keys: Readonly<Record<string, string>>): Promise<void> {
    this.leave();
    this.#querying = new AbortController();
    const { signal } = this.#querying;
    const studies: StudyListing[] = [];
    const known = new Set<string>();
    const { app } = this.#parts;
    const show = (state: PeerList['state'], problem?: string) => {
      // The user has asked again, or turned to another source.
      if (this.#querying.signal !== signal) return;
      if (signal.aborted && state === 'running') return;
      if (app.source.kind !== 'peer' || app.source.name !== peer) this.cancelQuery();
      else app.peerList = { studies: [...studies], state, problem };
    };
    let due: ReturnType<typeof setTimeout> | undefined;
    const showSoon = () => {
      // The first answers are shown at once.
      if (studies.length > 0 && app.peerList.studies.length === 0) show('running');
      due ??= setTimeout(() => {
        due = undefined;
        show('running');
      }, SHOW_INTERVAL_MS);
    };
    const onRows = (rows: Row[]) => {
      for (const row of rows) {
        const listing = listingOf(row);
        // Some peers answer a study twice: the list has it as it came first, and only ever grows.
        if (known.has(listing.studyInstanceUid)) continue;
        known.add(listing.studyInstanceUid);
        studies.push(listing);
      }
      showSoon();
    };
    show('running');
    // A peer may take ten seconds to end what was cancelled, or never answer: the user is free at once.
    signal.addEventListener('abort', () => show('cancelled'), { once: true });
    try {
      const all = { ...universalKeys('STUDY'), ...keys };
      await this.#parts.archive.query(peer, 'STUDY', all, onRows, signal);
      clearTimeout(due);
      show('done');
    } catch (error) {
      clearTimeout(due);
      if (signal.aborted) show('cancelled');
      else show('failed', error instanceof Error ? error.message : String(error));
    }
  }

  cancelQuery(): void {
    this.#querying.abort();
  }

  /** Nobody waits for a peer's answers any more: what was asked is cancelled. */
  leave(): void {
    this.#querying.abort();
    this.#opening.abort();
    this.#opening = new AbortController();
  }
}

const archiveSource = (sopInstanceUid: string, size: number): SourceFile => ({
  path: `archive/${sopInstanceUid}`,
  open: () => fetchInstance(sopInstanceUid),
  ranges: () => instanceRanges(sopInstanceUid, size),
});
