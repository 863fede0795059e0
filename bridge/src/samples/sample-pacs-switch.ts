import { Worker } from 'node:worker_threads';
import { SAMPLE_PACS, isSamplePacs, type Peer } from '../../../shared/protocol/settings.ts';
import type { Destination } from './sample-pacs.ts';

/**
 * Runs the sample PACS while the settings name it as a peer, on the port that they name: it is back after a restart,
 * and gone when the peer is removed.
 */
export class SamplePacsSwitch {
  readonly #log: (text: string) => void;
  #running: { readonly worker: Worker; readonly port: number } | undefined;
  #destination: Destination | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(log: (text: string) => void) {
    this.#log = log;
  }

  /** Follows the settings, and where Gantry listens for what it moves; undefined when it doesn't. */
  follow(peers: readonly Peer[], destination: Destination | undefined): Promise<void> {
    this.#destination = destination;
    return this.#inTurn(async () => {
      const port = peers.find(isSamplePacs)?.port;
      if (port !== this.#running?.port) await this.#stop();
      if (port !== undefined && !this.#running) {
        await this.#start(port).catch(() => {
          this.#log(`The sample PACS can't listen on port ${port}: another program has it.`);
        });
      }
      this.#running?.worker.postMessage({ destination });
    });
  }

  /**
   * Starts it on a port that is free.
   * @returns the port, for the settings
   */
  startAnywhere(): Promise<number> {
    return this.#inTurn(async () => {
      const port = this.#running?.port ?? (await this.#start(0));
      this.#running?.worker.postMessage({ destination: this.#destination });
      return port;
    });
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #start(wanted: number): Promise<number> {
    const worker = new Worker(new URL('./sample-pacs.worker.ts', import.meta.url), {
      workerData: { port: wanted },
    });
    const port = await new Promise<number>((resolve, reject) => {
      worker.once('message', (message: { readonly port: number }) => resolve(message.port));
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('The sample PACS ended while it started.')));
    });
    worker.on('error', () => this.#log(`${SAMPLE_PACS.name} has failed.`));
    worker.on('exit', () => {
      if (this.#running?.worker === worker) this.#running = undefined;
    });
    this.#running = { worker, port };
    return port;
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.worker.terminate();
  }
}
