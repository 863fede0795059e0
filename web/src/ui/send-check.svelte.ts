import type { LibraryInstance } from '../library/library.ts';
import type { SendPlan } from './actions.ts';

/** Instances that are checked side by side. */
const SIDE_BY_SIDE = 4;

/** SOP classes whose pictures often hold text, by the start of their UID. */
const SUSPECT_CLASSES = [
  '1.2.840.10008.5.1.4.1.1.6',
  '1.2.840.10008.5.1.4.1.1.3.1',
  '1.2.840.10008.5.1.4.1.1.7',
  '1.2.840.10008.5.1.4.1.1.77',
];

/** Goes through what is to be sent and counts what can be, before anything leaves. */
export class SendCheck {
  done = $state(0);
  ready = $state(0);
  failed = $state(0);
  /** Reasons with their numbers, the most frequent first. */
  withheld = $state.raw<readonly { reason: string; count: number }[]>([]);
  readonly total: number;
  /** Pictures of a kind that often holds text, without a word on it in their header. */
  readonly suspects: number;
  readonly #plan: SendPlan;
  readonly #reasons = new Map<string, number>();
  #isStopped = false;

  constructor(plan: SendPlan) {
    this.#plan = plan;
    this.total = plan.instances.length;
    this.suspects = plan.instances.filter(isSuspect).length;
  }

  get withheldCount(): number {
    return this.withheld.reduce((sum, { count }) => sum + count, 0);
  }

  get isDone(): boolean {
    return this.done === this.total;
  }

  /** Runs until all are checked or stop() is called. */
  async run(): Promise<void> {
    const waiting = this.#plan.instances[Symbol.iterator]();
    const work = async () => {
      for (const instance of waiting) {
        if (this.#isStopped) return;
        await this.#check(instance);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #check(instance: LibraryInstance): Promise<void> {
    const prepared = await this.#plan.prepare(instance, false);
    this.done++;
    if (prepared.kind === 'ready') {
      this.ready++;
      return;
    }
    if (prepared.kind === 'failed') this.failed++;
    this.#reasons.set(prepared.reason, (this.#reasons.get(prepared.reason) ?? 0) + 1);
    if (prepared.kind === 'withheld') {
      this.withheld = [...this.#reasons]
        .map(([reason, count]) => ({ reason, count }))
        .sort((a, b) => b.count - a.count);
    }
  }
}

const isSuspect = ({ summary }: LibraryInstance) =>
  summary.rows > 0 &&
  SUSPECT_CLASSES.some(
    (uid) => summary.sopClassUid === uid || summary.sopClassUid.startsWith(`${uid}.`),
  );
