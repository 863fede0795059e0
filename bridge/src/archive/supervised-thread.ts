import type { EngineOptions } from './archive-engine.ts';
import { ArchiveError } from './archive-error.ts';
import { ArchiveThread, type ArchiveThreadOptions } from './archive-thread.ts';
import type { ArchiveHealth } from './store.ts';
import type { CallArguments, CallName, CallResult } from './worker-messages.ts';

/** A thread that dies more often than this within a minute isn't started again: what kills it doesn't go away. */
const MAX_RESTARTS = 5;
const RESTARTS_MS = 60_000;

/** The archive's thread, which is started anew when it dies. */
export class SupervisedThread {
  readonly #engineOptions: EngineOptions;
  readonly #threadOptions: ArchiveThreadOptions;
  #thread: ArchiveThread;
  #deaths: number[] = [];
  #health: ArchiveHealth = 'ok';
  #isClosing = false;

  constructor(engineOptions: EngineOptions, threadOptions: ArchiveThreadOptions) {
    this.#engineOptions = engineOptions;
    this.#threadOptions = threadOptions;
    this.#thread = new ArchiveThread(engineOptions, threadOptions);
  }

  get health(): ArchiveHealth {
    return this.#health === 'ok' && this.#thread.hasEnded ? 'restarting' : this.#health;
  }

  get isFull(): boolean {
    return this.#thread.isFull;
  }

  /**
   * Resolves when the archive is open for the first time; from then on the thread is watched.
   * @throws ArchiveError in-use, unusable, failed; the thread has ended then
   */
  async opened(): Promise<void> {
    try {
      await this.#thread.ready;
    } catch (error) {
      await this.#thread.terminate();
      throw error;
    }
    void this.#watch(this.#thread);
  }

  /** @throws ArchiveError; closed when the thread dies before it has answered */
  call<Name extends CallName>(
    name: Name,
    args: CallArguments<Name>,
    signal?: AbortSignal,
  ): Promise<CallResult<Name>> {
    return this.#thread.call(name, args, signal);
  }

  /** Says what needs no answer. A thread that dies forgets it, which costs the next one a read. */
  tell(message: Parameters<ArchiveThread['tell']>[0]): void {
    this.#thread.tell(message);
  }

  /** Ends the thread in order. */
  async close(): Promise<void> {
    this.#isClosing = true;
    try {
      await this.#thread.call('close', []);
    } catch (error) {
      // One that has died is closed too; the next start makes up for what it left.
      if (!(error instanceof ArchiveError) || error.code !== 'closed') {
        await this.#thread.terminate();
        throw error;
      }
    }
    await this.#thread.ended();
  }

  async #watch(first: ArchiveThread): Promise<void> {
    let thread = first;
    for (;;) {
      await thread.ended();
      if (this.#isClosing) return;
      const now = performance.now();
      this.#deaths = [...this.#deaths.filter((then) => now - then < RESTARTS_MS), now];
      if (this.#deaths.length > MAX_RESTARTS) {
        this.#health = 'failed';
        return;
      }
      this.#health = 'restarting';
      thread = new ArchiveThread({ ...this.#engineOptions, isRestart: true }, this.#threadOptions);
      this.#thread = thread;
      await thread.ready.then(
        () => (this.#health = 'ok'),
        // It can't open the archive: ended, it counts as one that has died.
        () => thread.terminate(),
      );
    }
  }
}
