import { Worker } from 'node:worker_threads';
import type { Destination } from './sample-pacs.ts';

/** A phantom as the archive takes it. */
export interface SampleInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** Without file meta information. */
  readonly dataset: Uint8Array;
}

/**
 * The archive's phantoms, as they are made.
 * @throws when the thread that makes them fails, or the signal's reason
 */
export async function* makeSamples(signal: AbortSignal): AsyncGenerator<SampleInstance> {
  const worker = new Worker(new URL('./phantoms.worker.ts', import.meta.url));
  const made: SampleInstance[] = [];
  let isOver = false;
  let failure: Error | undefined;
  let wake: () => void = () => undefined;
  worker.on('message', (instance: SampleInstance) => {
    made.push(instance);
    wake();
  });
  worker.on('error', (error: unknown) => {
    failure = error instanceof Error ? error : new Error('The phantoms could not be made.');
  });
  worker.on('exit', () => {
    isOver = true;
    wake();
  });
  const stop = () => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const instance = made.shift();
      if (instance) yield instance;
      else if (failure) throw failure;
      else if (isOver) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
