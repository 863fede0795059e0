import { universalKeys } from '../../shared/dicom/query-keys.ts';
import type { Row } from '../../shared/protocol/messages.ts';
import { archiveSource } from './archive-source.ts';
import {
  archiveSeriesOf,
  listingOf,
  remoteImagesOf,
  remoteSeriesOf,
} from './library/archive-rows.ts';
import type { Library, LibrarySeries, RemoteImage, StudyListing } from './library/library.ts';
import type { ArchiveClient } from './remote/archive-client.ts';
import type { Transfers } from './remote/transfers.ts';
import { transferInput } from './send-plans.ts';
import type { AnswerState, AppState, Source } from './ui/app-state.svelte.ts';
import { WorklistRow } from './ui/worklist-columns.ts';

/** While a peer answers, the list follows this often, milliseconds: drawing 100,000 rows takes a moment. */
const SHOW_INTERVAL_MS = 250;

interface Parts {
  readonly app: AppState;
  readonly archive: ArchiveClient;
  readonly library: Library;
  readonly transfers: Transfers;
}

/** A question to a peer, and where its answers are shown. */
interface Asked<Item> {
  readonly rows: (onRows: (rows: Row[]) => void, signal: AbortSignal) => Promise<void>;
  /** Undefined for what is listed already. */
  readonly itemOf: (row: Row) => Item | undefined;
  readonly show: (items: readonly Item[], state: AnswerState, problem: string | undefined) => void;
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
    const { source } = this.#parts.app;
    switch (source.kind) {
      case 'computer':
      case 'archive':
        return this.loadSeriesOf(source.kind, study);
      case 'peer': {
        const keys = { ...universalKeys('SERIES'), StudyInstanceUID: study.studyInstanceUid };
        return remoteSeriesOf(study, await this.#answers(source.name, 'SERIES', keys));
      }
      case 'worklist':
        return [];
    }
  }

  /** The series of a study that is here, whatever the list shows. */
  async loadSeriesOf(
    place: 'computer' | 'archive',
    study: StudyListing,
  ): Promise<readonly LibrarySeries[]> {
    const { archive, library } = this.#parts;
    const { studyInstanceUid } = study;
    if (place === 'archive') {
      return this.#archiveSeries(study, await archive.instances(studyInstanceUid));
    }
    const known = library.studies().find((entry) => entry.studyInstanceUid === studyInstanceUid);
    return known?.series ?? [];
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
    const { app, archive } = this.#parts;
    const all = { ...universalKeys('STUDY'), ...keys };
    const known = new Set<string>();
    await this.#ask<StudyListing>(
      { kind: 'peer', name: peer },
      {
        rows: (onRows, signal) => archive.query(peer, 'STUDY', all, onRows, signal),
        itemOf: (row) => {
          const listing = listingOf(row);
          // Some peers answer a study twice: the list has it as it came first, and only ever grows.
          if (known.has(listing.studyInstanceUid)) return undefined;
          known.add(listing.studyInstanceUid);
          return listing;
        },
        show: (studies, state, problem) => (app.peerList = { studies, state, problem }),
      },
    );
  }

  /** Asks a peer for its worklist, as `queryPeer`. */
  async askWorklist(peer: string, keys: Readonly<Record<string, string>>): Promise<void> {
    const { app, archive } = this.#parts;
    await this.#ask<WorklistRow>(
      { kind: 'worklist', name: peer },
      {
        rows: (onRows, signal) => archive.worklist(peer, keys, onRows, signal),
        itemOf: (row) => new WorklistRow(row),
        show: (rows, state, problem) => (app.worklist = { rows, state, problem }),
      },
    );
  }

  async #ask<Item>(
    { kind, name }: Extract<Source, { name: string }>,
    { rows, itemOf, show }: Asked<Item>,
  ): Promise<void> {
    this.leave();
    this.#querying = new AbortController();
    const { signal } = this.#querying;
    const { app } = this.#parts;
    const items: Item[] = [];
    const tell = (state: AnswerState, problem?: string) => {
      // The user has asked again, or turned to another source.
      if (this.#querying.signal !== signal) return;
      if (signal.aborted && state === 'running') return;
      const { source } = app;
      if (source.kind !== kind || source.name !== name) this.cancelQuery();
      else show([...items], state, problem);
    };
    let due: ReturnType<typeof setTimeout> | undefined;
    const onRows = (more: readonly Row[]) => {
      const isFirst = items.length === 0;
      for (const row of more) {
        const item = itemOf(row);
        if (item !== undefined) items.push(item);
      }
      // The first answers are shown at once.
      if (isFirst && items.length > 0) tell('running');
      due ??= setTimeout(() => {
        due = undefined;
        tell('running');
      }, SHOW_INTERVAL_MS);
    };
    tell('running');
    // A peer may take ten seconds to end what was cancelled, or never answer: the user is free at once.
    signal.addEventListener('abort', () => tell('cancelled'), { once: true });
    try {
      await rows(onRows, signal);
      clearTimeout(due);
      tell('done');
    } catch (error) {
      clearTimeout(due);
      if (signal.aborted) tell('cancelled');
      else tell('failed', error instanceof Error ? error.message : String(error));
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
