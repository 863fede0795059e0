import { PixelError } from '../../../shared/pixels/pixel-error.ts';
import type {
  DecodedFrame,
  DecodedThumbnail,
  DecodeReply,
  DecodeRequest,
} from './decode-messages.ts';

/** Lower is sooner: what is on screen, what will be next (so many images away), what can wait. */
export const PRIORITY = { screen: 0, prefetch: 1, thumbnail: 10_000 } as const;

/** What a job is made of when its turn comes: reading the frame's bytes is part of it. */
export type PrepareRequest = () => Promise<Omit<DecodeRequest, 'id'>>;

interface Job {
  readonly id: number;
  priority: number;
  isCancelled: boolean;
  readonly prepare: PrepareRequest;
  readonly resolve: (result: DecodedFrame | DecodedThumbnail) => void;
  readonly reject: (reason: unknown) => void;
}

/** A job's promise, and what can still be done about it. */
export interface DecodeTask {
  readonly promise: Promise<DecodedFrame | DecodedThumbnail>;
  /** False once it was cancelled, unless it was ranked again since. */
  readonly isWanted: boolean;
  /** Moves the job forward or back, if it still waits. */
  rank(priority: number): void;
  /** Drops the job unless a worker has it: its promise rejects with an AbortError. */
  cancel(): void;
}

/** Distributes frames to workers, one each at a time, in the order of priority. */
export class DecodePool {
  readonly #createWorker: () => Worker;
  readonly #limit: number;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #waiting: Job[] = [];
  #nextId = 1;
  #isDisposed = false;

  constructor(createWorker: () => Worker, limit: number) {
    this.#createWorker = createWorker;
    this.#limit = limit;
  }

  /** Frames that are decoded at the same time. */
  get size(): number {
    return this.#limit;
  }

  decode(prepare: PrepareRequest, priority: number): DecodeTask {
    const { promise, resolve, reject } = Promise.withResolvers<DecodedFrame | DecodedThumbnail>();
    const job: Job = { id: this.#nextId++, priority, isCancelled: false, prepare, resolve, reject };
    this.#waiting.push(job);
    this.#next();
    return {
      promise,
      get isWanted() {
        return !job.isCancelled;
      },
      rank: (changed) => {
        job.priority = changed;
        // Wanted again before its bytes were there.
        job.isCancelled = false;
      },
      cancel: () => {
        job.isCancelled = true;
        const index = this.#waiting.indexOf(job);
        if (index < 0) return;
        this.#waiting.splice(index, 1);
        reject(noLongerWanted());
      },
    };
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const worker of this.#all) worker.terminate();
    this.#all.clear();
    const reason = new DOMException('The viewer was closed.', 'AbortError');
    for (const job of this.#waiting.splice(0)) job.reject(reason);
  }

  #next(): void {
    if (this.#isDisposed || this.#waiting.length === 0) return;
    const worker = this.#idle.pop() ?? this.#newWorker();
    if (!worker) return;
    // Of equal ones the earliest.
    const best = this.#waiting.reduce((a, b) => (b.priority < a.priority ? b : a));
    this.#waiting.splice(this.#waiting.indexOf(best), 1);
    void this.#run(worker, best);
  }

  #newWorker(): Worker | undefined {
    if (this.#all.size >= this.#limit) return undefined;
    const worker = this.#createWorker();
    this.#all.add(worker);
    return worker;
  }

  async #run(worker: Worker, job: Job): Promise<void> {
    let usable = true;
    try {
      const request = { ...(await job.prepare()), id: job.id };
      // It may have gone by while its bytes were read.
      if (job.isCancelled) throw noLongerWanted();
      const reply = await ask(worker, request);
      if ('result' in reply) job.resolve(reply.result);
      else if (reply.error.code === 'crash') throw new Error(reply.error.message);
      else job.reject(new PixelError(reply.error.code, reply.error.message));
    } catch (error) {
      // A worker that failed to start or fell over is replaced.
      usable = !(error instanceof WorkerFailure);
      job.reject(error);
    }
    if (usable) this.#idle.push(worker);
    else {
      worker.terminate();
      this.#all.delete(worker);
    }
    this.#next();
  }
}

const noLongerWanted = () => new DOMException('No longer wanted.', 'AbortError');

class WorkerFailure extends Error {}

/** Sends a request and waits for its reply. */
function ask(worker: Worker, request: DecodeRequest): Promise<DecodeReply> {
  return new Promise((resolve, reject) => {
    const done = () => {
      worker.removeEventListener('message', onMessage);
      worker.removeEventListener('error', onError);
    };
    const onMessage = ({ data }: MessageEvent<DecodeReply>) => {
      if (data.id !== request.id) return;
      done();
      resolve(data);
    };
    const onError = () => {
      done();
      reject(new WorkerFailure('The decoder could not be started, or failed.'));
    };
    worker.addEventListener('message', onMessage);
    worker.addEventListener('error', onError);
    // Copied, because the bytes may be part of something larger that is still needed; then handed over.
    const bytes = request.bytes.slice();
    worker.postMessage({ ...request, bytes }, [bytes.buffer]);
  });
}
