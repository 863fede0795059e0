import { on } from 'node:events';
import { Worker } from 'node:worker_threads';

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
  try {
    // Ends when the thread does, throws when it fails.
    for await (const [instance] of on(worker, 'message', { signal, close: ['exit'] })) {
      // A cast: what phantoms.worker.ts posts.
      yield instance as SampleInstance;
    }
  } finally {
    await worker.terminate();
  }
}
