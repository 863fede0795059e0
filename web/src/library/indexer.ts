import type { IndexOutcome } from './index-file.ts';
import type { IndexReply, IndexRequest } from './index.worker.ts';

/** More than two workers wait for the same disk. */
const WORKERS = 2;

/** Reads files in workers. The caller bounds how many at once. */
export class Indexer {
  readonly #workers: Worker[] = [];
  readonly #waiting = new Map<number, (outcome: IndexOutcome) => void>();
  #lastId = 0;

  constructor(createWorker: () => Worker) {
    for (let i = 0; i < WORKERS; i++) {
      const worker = createWorker();
      worker.addEventListener('message', ({ data }: MessageEvent<IndexReply>) => {
        this.#waiting.get(data.id)?.(data.outcome);
        this.#waiting.delete(data.id);
      });
      this.#workers.push(worker);
    }
  }

  /** Reads one file; resolves in any case. */
  index(file: Blob): Promise<IndexOutcome> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#workers[id % WORKERS]?.postMessage({ id, file } satisfies IndexRequest);
    });
  }
}
