import type { RenamedPatient } from '../deidentify/report.ts';
import type { LibraryInstance } from '../library/library.ts';
import type { SendPlan } from './actions.ts';
import type { ContentReview } from './content-review.svelte.ts';
import type { FaceReview } from './face-review.svelte.ts';
import type { PictureReview } from './picture-review.svelte.ts';

/** Instances that are checked side by side. */
const SIDE_BY_SIDE = 4;

/** Goes through what is to be sent and counts what can be, before anything leaves. */
export class SendCheck {
  done = $state(0);
  ready = $state(0);
  failed = $state(0);
  /** Of those that are ready: their content leaves as it is, because someone has looked at it. */
  released = $state(0);
  /** Instances, and cells of their pixels, in which bits were cleared that hold no sample. */
  cleared = $state.raw({ instances: 0, cells: 0 });
  /** Reasons with their numbers, the most frequent first. */
  withheld = $state.raw<readonly { reason: string; count: number }[]>([]);
  /** What patients of the source are called afterwards. It names them: it leaves this object only by the user's wish. */
  readonly patients = new Map<string, RenamedPatient>();
  readonly total: number;
  readonly #plan: SendPlan;
  readonly #review: PictureReview;
  readonly #content: ContentReview;
  readonly #faces: FaceReview;
  readonly #reasons = new Map<string, number>();
  #isStopped = false;

  constructor(plan: SendPlan, review: PictureReview, content: ContentReview, faces: FaceReview) {
    this.#plan = plan;
    this.#review = review;
    this.#content = content;
    this.#faces = faces;
    this.total = plan.instances.length;
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
      const { patientId, patientName } = instance.summary;
      const { subject } = prepared;
      this.patients.set(`${patientId}\n${subject}`, { patientId, patientName, subject });
      this.ready++;
      if (prepared.mayShowFace) this.#faces.add(instance);
      if (prepared.isReleased) this.released++;
      if (prepared.clearedCells > 0) {
        const { instances, cells } = this.cleared;
        this.cleared = { instances: instances + 1, cells: cells + prepared.clearedCells };
      }
      return;
    }
    if (prepared.kind === 'failed') this.failed++;
    this.#reasons.set(prepared.reason, (this.#reasons.get(prepared.reason) ?? 0) + 1);
    if (prepared.kind === 'withheld') {
      if (prepared.content) this.#content.add(instance, prepared.content, prepared.reason);
      if (prepared.needsLook?.mayShowFace) this.#faces.add(instance);
      if (prepared.needsLook) this.#review.add(instance, prepared.needsLook, prepared.reason);
      this.withheld = [...this.#reasons]
        .map(([reason, count]) => ({ reason, count }))
        .sort((a, b) => b.count - a.count);
    }
  }
}
