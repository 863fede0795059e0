import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Content } from '../deidentify/content.ts';
import type { LibraryInstance } from '../library/library.ts';
import type { SendPlan } from './actions.ts';

/** An instance with a document, text, drawings or sound that can't be cleaned. */
interface Uncleanable {
  readonly instance: LibraryInstance;
  readonly kind: Content['kind'];
  readonly reason: string;
}

/** What is withheld for its content, and what of it someone has looked at and released, one by one. */
export class ContentReview {
  /** In the order in which they were found. */
  listed = $state.raw<readonly Uncleanable[]>([]);
  at = $state(0);
  readonly decisions = new SvelteMap<LibraryInstance, 'released' | 'withheld'>();
  /** What has been shown, opened or played: nothing else can be released. */
  readonly looked = new SvelteSet<LibraryInstance>();
  /** Decisions that the check of the screen doesn't know yet. */
  hasChanged = $state(false);
  readonly #plan: SendPlan;

  constructor(plan: SendPlan) {
    this.#plan = plan;
  }

  get current(): Uncleanable | undefined {
    return this.listed[this.at];
  }

  get undecided(): number {
    return this.listed.filter(({ instance }) => !this.decisions.has(instance)).length;
  }

  get canRelease(): boolean {
    return this.current !== undefined && this.looked.has(this.current.instance);
  }

  add(instance: LibraryInstance, kind: Content['kind'], reason: string): void {
    if (this.listed.some((known) => known.instance === instance)) return;
    this.listed = [...this.listed, { instance, kind, reason }];
  }

  /** What nobody has decided is asked for anew: another profile may clean it. */
  reset(): void {
    this.listed = this.listed.filter(({ instance }) => this.decisions.has(instance));
    this.at = 0;
  }

  show(at: number): void {
    this.at = Math.min(this.listed.length - 1, Math.max(0, at));
  }

  /** For this instance alone; then shows the next that is undecided. */
  decide(kind: 'released' | 'withheld'): void {
    const { current } = this;
    if (!current || (kind === 'released' && !this.canRelease)) return;
    this.#plan.decide([current.instance], { content: kind });
    this.decisions.set(current.instance, kind);
    this.hasChanged = true;
    const isOpen = ({ instance }: Uncleanable) => !this.decisions.has(instance);
    const behind = this.listed.findIndex((other, i) => i > this.at && isOpen(other));
    const next = behind === -1 ? this.listed.findIndex(isOpen) : behind;
    if (next !== -1) this.at = next;
  }
}
