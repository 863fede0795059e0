import { SvelteMap } from 'svelte/reactivity';
import type { FoundFace } from '../deidentify/face/search-face.ts';
import type { LibraryInstance } from '../library/library.ts';
import type { SendPlan } from './actions.ts';

/** Slices of a head: a face can be made of them. */
export interface HeadSeries {
  readonly uid: string;
  readonly title: string;
  readonly instances: readonly LibraryInstance[];
}

export type FaceDecision = 'removed' | 'kept';

/** Series of heads, what was found in them, and what was decided. */
export class FaceReview {
  heads = $state.raw<readonly HeadSeries[]>([]);
  at = $state(0);
  /** Of the series that is looked at; undefined while it is searched. */
  found = $state.raw<FoundFace | undefined>(undefined);
  readonly decisions = new SvelteMap<string, FaceDecision>();
  /** Decisions that the check of the screen doesn't know yet. */
  hasChanged = $state(false);
  readonly #plan: SendPlan;
  readonly #known = new Set<string>();

  constructor(plan: SendPlan) {
    this.#plan = plan;
  }

  get current(): HeadSeries | undefined {
    return this.heads[this.at];
  }

  get undecided(): number {
    return this.heads.filter(({ uid }) => !this.decisions.has(uid)).length;
  }

  get removed(): number {
    return [...this.decisions.values()].filter((decision) => decision === 'removed').length;
  }

  /** The series of an instance that is a slice of a head. */
  add({ summary }: LibraryInstance): void {
    const uid = summary.seriesInstanceUid;
    if (this.#known.has(uid)) return;
    this.#known.add(uid);
    const instances = this.#plan.instances.filter(
      (instance) => instance.summary.seriesInstanceUid === uid,
    );
    const title = summary.seriesDescription || summary.studyDescription || summary.modality;
    this.heads = [...this.heads, { uid, title, instances }];
  }

  async show(at: number): Promise<void> {
    this.at = at;
    this.found = undefined;
    const { current } = this;
    if (!current) return;
    const found = await this.#plan.findFace(current.instances);
    if (this.current === current) this.found = found;
  }

  async step(by: number): Promise<void> {
    const at = Math.min(this.heads.length - 1, Math.max(0, this.at + by));
    if (at !== this.at) await this.show(at);
  }

  async decide(decision: FaceDecision): Promise<void> {
    const { current, found } = this;
    if (!current || (decision === 'removed' && found?.kind !== 'found')) return;
    const boxes = decision === 'removed' && found?.kind === 'found' ? found.boxes : undefined;
    this.#plan.removeFace(current.instances, boxes);
    this.decisions.set(current.uid, decision);
    this.hasChanged = true;
    const next = this.heads.findIndex(({ uid }) => !this.decisions.has(uid));
    if (next !== -1) await this.show(next);
  }
}
