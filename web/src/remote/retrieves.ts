import { TurnQueue } from '../../../shared/concurrency/turn-queue.ts';
import { MAX_RETRIEVES_ASKED } from '../../../shared/protocol/limits.ts';
import type { ArchiveClient, RetrieveProgress, RetrieveTarget } from './archive-client.ts';

/** What the screen shows of a retrieve. */
export interface RetrieveView extends RetrieveProgress {
  readonly id: string;
  readonly createdAt: number;
  readonly peer: string;
  /** What is brought, in the user's words: a patient's name. It stays in the page. */
  readonly title: string;
  readonly target: RetrieveTarget;
  readonly state: 'waiting' | 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled';
  /** Milliseconds since it began to run. */
  readonly activeMs: number;
  /** Instances that the peer could not send, as far as it names them. */
  readonly failedSopInstanceUids: readonly string[];
  /** Why it failed, or what is missing though it ended. */
  readonly problem: string | undefined;
}

const NOTHING_YET: RetrieveProgress = { completed: 0, failed: 0, warning: 0, arrived: 0 };

/** Retrieves of this page, running and ended. */
export class Retrieves {
  readonly #archive: ArchiveClient;
  readonly #onChange: () => void;
  readonly #views = new Map<string, RetrieveView>();
  readonly #running = new Map<string, AbortController>();
  /** Hundreds of studies may be ticked: the bridge takes so many requests of a page at a time. */
  readonly #turns = new TurnQueue(() => MAX_RETRIEVES_ASKED);

  constructor(archive: ArchiveClient, onChange: () => void) {
    this.#archive = archive;
    this.#onChange = onChange;
  }

  /** Newest first. */
  get views(): RetrieveView[] {
    return [...this.#views.values()].sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Brings a study or a series into the archive; true when all that the peer has is here. */
  async start(peer: string, target: RetrieveTarget, title: string): Promise<boolean> {
    const id = crypto.randomUUID();
    const view: RetrieveView = {
      ...NOTHING_YET,
      id,
      createdAt: Date.now(),
      peer,
      title,
      target,
      state: 'waiting',
      activeMs: 0,
      failedSopInstanceUids: [],
      problem: undefined,
    };
    this.#views.set(id, view);
    return this.#run(id);
  }

  async retry(id: string): Promise<void> {
    await this.#run(id);
  }

  cancel(id: string): void {
    const abort = this.#running.get(id);
    if (!abort || abort.signal.aborted) return;
    abort.abort();
    // The peer may take ten seconds to end it.
    this.#change(id, { state: 'cancelling' });
  }

  dismiss(id: string): void {
    if (this.#running.has(id)) return;
    this.#views.delete(id);
    this.#onChange();
  }

  async #run(id: string): Promise<boolean> {
    const view = this.#views.get(id);
    if (!view || this.#running.has(id)) return false;
    const abort = new AbortController();
    this.#running.set(id, abort);
    this.#change(id, { ...NOTHING_YET, state: 'waiting', activeMs: 0, problem: undefined });
    let startedAt: number | undefined;
    let endTurn: (() => void) | undefined;
    try {
      endTurn = await this.#turns.enter(abort.signal);
      this.#change(id, { state: 'running' });
      const told = {
        onProgress: (progress: RetrieveProgress) => {
          startedAt ??= Date.now();
          const activeMs = Date.now() - startedAt;
          const state = abort.signal.aborted ? 'cancelling' : 'running';
          this.#change(id, { ...progress, activeMs, state });
        },
        onWaiting: () => this.#change(id, { state: 'waiting' }),
      };
      const result = await this.#archive.retrieve(view.peer, view.target, told, abort.signal);
      const { completed, failed, warning, arrived, failedSopInstanceUids, warningText } = result;
      const isWhole = failed === 0 && warningText === undefined;
      const state = isWhole ? 'done' : 'failed';
      const counts = { completed, failed, warning, arrived, remaining: 0 };
      this.#change(id, { ...counts, failedSopInstanceUids, state, problem: warningText });
      return isWhole;
    } catch (error) {
      if (abort.signal.aborted) this.#change(id, { state: 'cancelled' });
      else {
        const problem = error instanceof Error ? error.message : String(error);
        this.#change(id, { state: 'failed', problem });
      }
      return false;
    } finally {
      endTurn?.();
      this.#running.delete(id);
      this.#onChange();
    }
  }

  #change(id: string, change: Partial<RetrieveView>): void {
    const view = this.#views.get(id);
    if (!view) return;
    this.#views.set(id, { ...view, ...change });
    this.#onChange();
  }
}
