/** Something that is due. */
export interface Task {
  /** Tasks of one key run one after another. */
  readonly key: string;
  /** What fails is tried again as the tasks themselves say: they note it where they are kept. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export interface TaskSource {
  /** A task that is due, of a key that isn't busy. */
  readonly take: (busy: ReadonlySet<string>, nowMs: number) => Task | undefined;
  /** When the next one of a key that isn't busy is due; undefined when nothing waits. */
  readonly nextDueMs: (busy: ReadonlySet<string>) => number | undefined;
}

/** A clock that is set anew meanwhile must not make tasks wait for days. */
const MAX_SLEEP_MS = 60_000;
const MAX_RUNNING = 8;
/** Between a task that has failed on a fault of the program and the next look. */
const FAULT_PAUSE_MS = 1000;

/** Runs tasks when they are due, some side by side. */
export class TaskRunner {
  readonly #source: TaskSource;
  readonly #onFault: (error: unknown) => void;
  readonly #stopped = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(source: TaskSource, onFault: (error: unknown) => void) {
    this.#source = source;
    this.#onFault = onFault;
  }

  /** Looks for what is due: call it when something was added. */
  readonly wake = (): void => {
    clearTimeout(this.#timer);
    if (this.#stopped.signal.aborted) return;
    const busy = new Set(this.#running.keys());
    while (busy.size < MAX_RUNNING) {
      const task = this.#source.take(busy, Date.now());
      if (!task) break;
      busy.add(task.key);
      this.#running.set(task.key, this.#run(task));
    }
    if (busy.size >= MAX_RUNNING) return;
    const due = this.#source.nextDueMs(busy);
    if (due === undefined) return;
    const sleep = Math.min(MAX_SLEEP_MS, Math.max(0, due - Date.now()));
    this.#timer = setTimeout(this.wake, sleep);
  };

  /** Aborts what runs, and waits for its end. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await Promise.all(this.#running.values());
  }

  async #run(task: Task): Promise<void> {
    const { signal } = this.#stopped;
    // Not before it is among those that run.
    await Promise.resolve();
    try {
      await task.run(signal);
    } catch (error) {
      if (!signal.aborted) {
        this.#onFault(error);
        await new Promise((resolve) => setTimeout(resolve, FAULT_PAUSE_MS));
      }
    }
    this.#running.delete(task.key);
    this.wake();
  }
}

/** From one attempt to the next: 2, 4, 8 … seconds, an hour at most. */
export function retryDelayMs(attempt: number, unitMs = 1000): number {
  return Math.min(3_600_000, unitMs * 2 ** Math.min(attempt, 30));
}
