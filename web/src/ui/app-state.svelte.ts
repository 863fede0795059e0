import type { Drawing } from '../drawing.ts';
import type { CommitmentState, ForwardJobState } from '../../../shared/protocol/messages.ts';
import type { Settings } from '../../../shared/protocol/settings.ts';
import type { ImportProgress } from '../library/import-files.ts';
import type { LibraryStudy, StudyListing } from '../library/library.ts';
import type { ConnectionState } from '../remote/bridge-client.ts';
import type { RetrieveView } from '../remote/retrieves.ts';
import type { JobView } from '../remote/transfer-job.ts';
import type { SendPlan } from './actions.ts';
import type { SelectedPart } from './retrieve-selection.ts';
import type { Companion } from './companion.ts';
import type { WorklistRow } from './worklist-columns.ts';
import { SeenImages } from './seen-images.svelte.ts';

export type Screen =
  | { readonly kind: 'studies' }
  | {
      readonly kind: 'viewer';
      readonly study: LibraryStudy;
      /** Other studies of the patient that hang beside at the start. */
      readonly priors?: readonly LibraryStudy[];
      readonly seriesInstanceUid: string;
    }
  | { readonly kind: 'send'; readonly plan: SendPlan }
  | { readonly kind: 'settings' };

/** Whose studies the list shows. */
export type Source =
  | { readonly kind: 'computer' }
  | { readonly kind: 'archive' }
  /** `patientId`: whose studies are asked for as it opens. */
  | { readonly kind: 'peer'; readonly name: string; readonly patientId?: string }
  /** The modality worklist of a peer. */
  | { readonly kind: 'worklist'; readonly name: string };

/** Studies of the archive as last listed. */
export interface ArchiveList {
  readonly studies: readonly StudyListing[];
  /** All that the search finds, listed or not. */
  readonly total: number;
  /** Why it could not be listed again; what is shown is older. */
  readonly problem: string | undefined;
}

export type AnswerState = 'idle' | 'running' | 'done' | 'cancelled' | 'failed';

/** Answers of a peer to the last query. */
export interface PeerList {
  readonly studies: readonly StudyListing[];
  readonly state: AnswerState;
  readonly problem: string | undefined;
}

/** Steps of a peer's worklist as last asked for. */
export interface Worklist {
  readonly rows: readonly WorklistRow[];
  readonly state: AnswerState;
  readonly problem: string | undefined;
}

const NOT_ASKED = { state: 'idle', problem: undefined } as const;
const NO_ANSWERS: PeerList = { studies: [], ...NOT_ASKED };
const NO_WORKLIST: Worklist = { rows: [], ...NOT_ASKED };

/** What the screen shows. main.ts fills it; components read it and change what is theirs: screen and selection. */
export class AppState {
  screen = $state.raw<Screen>({ kind: 'studies' });
  /** This window is the second one of a study: it has nothing but the viewer, and closes when that is left. */
  isSecond = $state(false);
  /** The other window of the study on screen. */
  companion = $state.raw<Companion>();
  /** Of this computer. */
  studies = $state.raw<readonly LibraryStudy[]>([]);
  archive = $state.raw<ArchiveList>({ studies: [], total: 0, problem: undefined });
  peerList = $state.raw<PeerList>(NO_ANSWERS);
  worklist = $state.raw<Worklist>(NO_WORKLIST);
  progress = $state.raw<ImportProgress>();
  connection = $state.raw<ConnectionState>({ kind: 'connecting' });
  settings = $state.raw<Settings>({ aeTitle: '', peers: [] });
  jobs = $state.raw<readonly JobView[]>([]);
  retrieves = $state.raw<readonly RetrieveView[]>([]);
  /** What the bridge does by itself. */
  forwards = $state.raw<readonly ForwardJobState[]>([]);
  commitments = $state.raw<readonly CommitmentState[]>([]);
  /** Phantoms that are being made; undefined when none are. */
  samples = $state.raw<{ readonly done: number; readonly total: number }>();
  /** What decoded images may take. */
  imageMemoryMib = $state(0);
  drawing = $state<Drawing>('webgl');
  readonly seen = new SeenImages();
  isTransfersOpen = $state(false);
  #selected = $state.raw<ReadonlySet<string>>(new Set());

  /** Studies that are ticked, by UID. */
  get selected(): ReadonlySet<string> {
    return this.#selected;
  }

  /** Called before another source is turned to. */
  onLeave: () => void = () => undefined;
  #source = $state.raw<Source>({ kind: 'computer' });

  get source(): Source {
    return this.#source;
  }

  /** Studies of the source at hand. */
  readonly listed = $derived.by<readonly StudyListing[]>(() => {
    switch (this.#source.kind) {
      case 'computer':
        return this.studies;
      case 'archive':
        return this.archive.studies;
      case 'peer':
        return this.peerList.studies;
      case 'worklist':
        return [];
    }
  });

  readonly selectedStudies = $derived(
    this.listed.filter((study) => this.#selected.has(study.studyInstanceUid)),
  );

  readonly selectedInstanceCount = $derived(
    this.selectedStudies.reduce((sum, study) => sum + (study.instanceCount ?? 0), 0),
  );

  readonly activeTransfers = $derived(
    [...this.jobs, ...this.retrieves].filter(
      ({ state }) => state === 'running' || state === 'waiting' || state === 'cancelling',
    ).length,
  );

  readonly interruptedTransfers = $derived(
    this.jobs.filter((job) => job.state === 'interrupted').length,
  );

  /** Series and images of a peer that are ticked, by key. */
  parts = $state.raw<ReadonlyMap<string, SelectedPart>>(new Map());

  /** Those of studies that are still listed. */
  readonly selectedParts = $derived.by(() => {
    if (this.parts.size === 0) return [];
    const listed = new Set(this.listed.map(({ studyInstanceUid }) => studyInstanceUid));
    return [...this.parts.values()].filter(({ study }) => listed.has(study.studyInstanceUid));
  });

  togglePart(key: string, part: SelectedPart, isSelected: boolean): void {
    const parts = new Map(this.parts);
    if (isSelected) parts.set(key, part);
    else parts.delete(key);
    this.parts = parts;
  }

  toggleStudy(studyInstanceUid: string, isSelected: boolean): void {
    const selected = new Set(this.#selected);
    if (isSelected) selected.add(studyInstanceUid);
    else selected.delete(studyInstanceUid);
    this.#selected = selected;
  }

  select(studyInstanceUids: Iterable<string>): void {
    this.#selected = new Set(studyInstanceUids);
  }

  /** Turns to another source; what was ticked belongs to the one before. */
  open(source: Source): void {
    if (!isSamePeer(source, this.#source)) {
      this.onLeave();
      this.peerList = NO_ANSWERS;
      this.worklist = NO_WORKLIST;
      this.#source = source;
    }
    this.#selected = new Set();
    this.parts = new Map();
    this.show({ kind: 'studies' });
  }

  show(screen: Screen): void {
    if (this.isSecond && screen.kind !== 'viewer') {
      this.companion?.close();
      return;
    }
    if (this.screen.kind === 'send' && this.screen !== screen) this.screen.plan.discard();
    this.screen = screen;
  }
}

/** What a peer has answered stays while nothing else is turned to. */
const isSamePeer = (a: Source, b: Source): boolean =>
  'name' in a && 'name' in b && a.kind === b.kind && a.name === b.name;
