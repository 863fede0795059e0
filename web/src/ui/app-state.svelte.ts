import type { Settings } from '../../../shared/protocol/settings.ts';
import type { ImportProgress } from '../library/import-files.ts';
import type { LibraryInstance, LibraryStudy } from '../library/library.ts';
import type { ConnectionState } from '../remote/bridge-client.ts';
import type { JobView } from '../remote/transfer-job.ts';
import type { SendPlan } from './actions.ts';

export type Screen =
  | { readonly kind: 'studies' }
  | {
      readonly kind: 'viewer';
      readonly studyInstanceUid: string;
      readonly seriesInstanceUid: string;
    }
  | { readonly kind: 'send'; readonly plan: SendPlan }
  | { readonly kind: 'settings' };

/** What the screen shows. main.ts fills it; components read it and change what is theirs: screen and selection. */
export class AppState {
  screen = $state.raw<Screen>({ kind: 'studies' });
  studies = $state.raw<readonly LibraryStudy[]>([]);
  progress = $state.raw<ImportProgress>();
  connection = $state.raw<ConnectionState>({ kind: 'connecting' });
  settings = $state.raw<Settings>({ aeTitle: '', peers: [] });
  jobs = $state.raw<readonly JobView[]>([]);
  isTransfersOpen = $state(false);
  #selected = $state.raw<ReadonlySet<string>>(new Set());

  /** Studies that are ticked, by UID. */
  get selected(): ReadonlySet<string> {
    return this.#selected;
  }

  readonly selectedStudies = $derived(
    this.studies.filter((study) => this.#selected.has(study.studyInstanceUid)),
  );

  readonly selectedInstances = $derived<LibraryInstance[]>(
    this.selectedStudies.flatMap((study) => study.series.flatMap((series) => series.instances)),
  );

  readonly activeTransfers = $derived(this.jobs.filter((job) => job.state === 'running').length);

  readonly interruptedTransfers = $derived(
    this.jobs.filter((job) => job.state === 'interrupted').length,
  );

  toggleStudy(studyInstanceUid: string, isSelected: boolean): void {
    const selected = new Set(this.#selected);
    if (isSelected) selected.add(studyInstanceUid);
    else selected.delete(studyInstanceUid);
    this.#selected = selected;
  }

  select(studyInstanceUids: Iterable<string>): void {
    this.#selected = new Set(studyInstanceUids);
  }

  show(screen: Screen): void {
    if (this.screen.kind === 'send' && this.screen !== screen) this.screen.plan.discard();
    this.screen = screen;
  }

  study(studyInstanceUid: string): LibraryStudy | undefined {
    return this.studies.find((study) => study.studyInstanceUid === studyInstanceUid);
  }
}
