// Decodes and encodes pixel data in a thread of its own: a frame takes up to a second, and the bridge has others to serve.
import { parentPort } from 'node:worker_threads';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { convertDataset } from '../../../shared/pixels/convert.ts';
import type { FromConverter, ToConverter } from './convert-messages.ts';
import { nodeCodecs } from './node-codecs.ts';

const codecs = nodeCodecs();
const running = new Map<number, AsyncGenerator<Uint8Array<ArrayBuffer>>>();

const tell = (message: FromConverter) => parentPort?.postMessage(message);

async function begin({ id, bytes, ...uids }: Extract<ToConverter, { kind: 'begin' }>) {
  const { transferSyntaxUid, targetUid } = uids;
  const made = await convertDataset(bufferSource(bytes), transferSyntaxUid, targetUid, codecs);
  running.set(id, made.chunks);
  tell({ id, kind: 'begun', length: made.length });
}

async function next(id: number): Promise<void> {
  const step = await running.get(id)?.next();
  if (!step || step.done) {
    running.delete(id);
    tell({ id, kind: 'ended' });
  } else {
    tell({ id, kind: 'chunk', bytes: step.value });
  }
}

function fail(id: number, error: unknown): void {
  running.delete(id);
  // The words of shared/pixels name attributes and numbers, never values.
  tell({ id, kind: 'failed', message: error instanceof Error ? error.message : 'unknown' });
}

parentPort?.on('message', (message: ToConverter) => {
  const { id } = message;
  if (message.kind === 'begin') {
    begin(message).catch((error: unknown) => fail(id, error));
  } else if (message.kind === 'next') {
    next(id).catch((error: unknown) => fail(id, error));
  } else {
    running.delete(id);
  }
});
