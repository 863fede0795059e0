// The archive's thread, which dies of an instance: for tests.
import { parentPort } from 'node:worker_threads';
import type { ToWorker } from '../worker-messages.ts';
import { DEADLY_UID } from './deadly-uid.ts';

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'call' && JSON.stringify(message.args).includes(`"${DEADLY_UID}"`)) {
    throw new Error('A fault that nobody has thought of.');
  }
});
await import('../archive.worker.ts');
