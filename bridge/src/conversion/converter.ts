import { Worker } from 'node:worker_threads';
import type { FromConverter, ToConverter } from './convert-messages.ts';

/** A data set in its new transfer syntax, on its way out of the thread. */
export interface ConvertedDataset {
  /** In bytes. */
  readonly length: number;
  readonly dataset: AsyncGenerator<Uint8Array, void, undefined>;
}

/** An instance could not be converted; the message says why, without any value. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
}

interface Job {
  readonly resolve: (message: FromConverter) => void;
  readonly reject: (error: Error) => void;
}

/** The thread that decodes and encodes; it begins with the first instance that needs it. */
export class Converter {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Job>();
  #lastId = 0;

  /**
   * Decodes the pixels of a data set, frame by frame as they are taken, or encodes them.
   * @param targetUid Explicit VR Little Endian, or a compressed syntax that loses nothing
   * @throws ConversionError, here or from the data set
   */
  async convert(
    bytes: Uint8Array<ArrayBuffer>,
    transferSyntaxUid: string,
    targetUid: string,
  ): Promise<ConvertedDataset> {
    const id = ++this.#lastId;
    const begun = await this.#ask({ id, kind: 'begin', bytes, transferSyntaxUid, targetUid });
    if (begun.kind !== 'begun') throw new ConversionError('The thread began with something else.');
    return { length: begun.length, dataset: this.#chunks(id) };
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  async *#chunks(id: number): AsyncGenerator<Uint8Array, void, undefined> {
    let isOver = false;
    try {
      for (;;) {
        const answer = await this.#ask({ id, kind: 'next' });
        isOver = answer.kind !== 'chunk';
        if (answer.kind !== 'chunk') return;
        yield answer.bytes;
      }
    } finally {
      if (!isOver) this.#worker?.postMessage({ id, kind: 'drop' } satisfies ToConverter);
    }
  }

  #ask(message: ToConverter): Promise<FromConverter> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(message.id, { resolve, reject });
      this.#thread().postMessage(message);
    });
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./convert.worker.ts', import.meta.url));
    // It shall not keep a bridge alive that ends.
    worker.unref();
    worker.on('message', (message: FromConverter) => {
      const job = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.kind === 'failed') job?.reject(new ConversionError(message.message));
      else job?.resolve(message);
    });
    const end = () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) {
        reject(new ConversionError('The thread that converts has ended.'));
      }
      this.#waiting.clear();
    };
    worker.on('error', end);
    worker.on('exit', end);
    this.#worker = worker;
    return worker;
  }
}
