import { Worker } from 'node:worker_threads';
import type { EngineOptions } from './archive-engine.ts';
import { ArchiveError, errorCode } from './archive-error.ts';
import type {
  CallArguments,
  CallName,
  CallResult,
  FromWorker,
  ToWorker,
} from './worker-messages.ts';

interface Call {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: ArchiveError) => void;
}

export interface ArchiveThreadOptions {
  readonly onChanged: (studyInstanceUids: readonly string[]) => void;
  /** Stands in for the thread, in tests. */
  readonly worker?: URL | undefined;
}

const WORKER = new URL('./archive.worker.ts', import.meta.url);

/** Calls what runs in the archive's thread. */
export class ArchiveThread {
  /** Resolves when the archive is open. Rejects with ArchiveError in-use, unusable, failed. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #isFull = false;
  #end: ArchiveError | undefined;

  constructor(engineOptions: EngineOptions, options: ArchiveThreadOptions) {
    const { onChanged, worker = WORKER } = options;
    this.#worker = new Worker(worker, { workerData: engineOptions });
    const ready = Promise.withResolvers<undefined>();
    this.ready = ready.promise;
    // Whoever opens it awaits it; afterwards a failure shows in the calls.
    this.ready.catch(() => undefined);
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') ready.resolve(undefined);
      else if (message.kind === 'changed') onChanged(message.studyInstanceUids);
      else if (message.kind === 'full') this.#isFull = message.isFull;
      else if (message.kind === 'result') this.#take(message.id)?.resolve(message.result);
      else {
        const error = new ArchiveError(message.code, message.message);
        if (message.id === undefined) ready.reject(error);
        else this.#take(message.id)?.reject(error);
      }
    });
    const end = (error: ArchiveError): void => {
      this.#end ??= error;
      ready.reject(this.#end);
      for (const id of [...this.#calls.keys()]) this.#take(id)?.reject(this.#end);
    };
    this.#worker.on('error', (error) =>
      end(new ArchiveError('closed', `The archive's thread has failed (${errorCode(error)}).`)),
    );
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        end(new ArchiveError('closed', 'The archive is closed.'));
        resolve();
      });
    });
  }

  /** Whether there was no room after the last call: `admits` knows of which instances some is left. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether it answers nothing any more. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** @throws ArchiveError */
  async call<Name extends CallName>(
    name: Name,
    args: CallArguments<Name>,
    signal?: AbortSignal,
  ): Promise<CallResult<Name>> {
    if (this.#end) throw this.#end;
    if (signal?.aborted) throw new ArchiveError('cancelled', 'The query was cancelled.');
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#calls.set(id, { resolve, reject });
    const cancel = (): void => {
      this.#say({ kind: 'cancel', id });
      this.#take(id)?.reject(new ArchiveError('cancelled', 'The query was cancelled.'));
    };
    signal?.addEventListener('abort', cancel, { once: true });
    this.#say({ kind: 'call', id, name, args });
    try {
      // A cast: the thread runs the method of this name.
      return (await promise) as CallResult<Name>;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Says what needs no answer. */
  tell(message: Extract<ToWorker, { kind: 'begun' | 'dropped' }>): void {
    if (!this.#end) this.#say(message);
  }

  /** Resolves when the thread has ended, which `close` brings about. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Ends a thread that couldn't open the archive. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }
}
