import type { ConvertReply, ConvertRequest } from './convert-messages.ts';

/** More would wait for the network. */
const WORKERS = 2;

/** Brings data sets into the transfer syntax that a peer takes, in workers that begin with the first one. */
export class Converter {
  readonly #createWorker: () => Worker;
  readonly #workers = new Map<number, Worker>();
  readonly #waiting = new Map<number, (dataset: Blob | undefined) => void>();
  #lastId = 0;

  constructor(createWorker: () => Worker) {
    this.#createWorker = createWorker;
  }

  /** The data set with its pixels decoded or encoded; undefined when that can't be done. */
  convert(dataset: Blob, transferSyntaxUid: string, targetUid: string): Promise<Blob | undefined> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      const request: ConvertRequest = { id, dataset, transferSyntaxUid, targetUid };
      this.#workerFor(id).postMessage(request);
    });
  }

  #workerFor(id: number): Worker {
    const place = id % WORKERS;
    const worker = this.#workers.get(place) ?? this.#begin(place);
    this.#workers.set(place, worker);
    return worker;
  }

  #begin(place: number): Worker {
    const worker = this.#createWorker();
    worker.addEventListener('message', ({ data }: MessageEvent<ConvertReply>) => {
      this.#waiting.get(data.id)?.(data.dataset);
      this.#waiting.delete(data.id);
    });
    worker.addEventListener('error', () => {
      // It could not begin, or ran out of memory: nobody shall wait for it.
      worker.terminate();
      this.#workers.delete(place);
      for (const resolve of this.#waiting.values()) resolve(undefined);
      this.#waiting.clear();
    });
    return worker;
  }
}
