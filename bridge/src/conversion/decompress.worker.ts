// Decompresses instances in a thread of its own: a frame takes up to a second, and the bridge has others to serve.
import { parentPort } from 'node:worker_threads';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { readDataset } from '../../../shared/dicom/read-instance.ts';
import { transferSyntaxOf } from '../../../shared/dicom/uids.ts';
import { Dataset } from '../../../shared/dicom/dataset.ts';
import { decompress } from '../../../shared/pixels/decompress.ts';
import type { FromDecompressor, ToDecompressor } from './decompress-messages.ts';
import { nodeCodecs } from './node-codecs.ts';

const codecs = nodeCodecs();
const MAX_VALUE_BYTES = 64 * 1024;
const running = new Map<number, AsyncGenerator<Uint8Array<ArrayBuffer>>>();

const tell = (message: FromDecompressor) => parentPort?.postMessage(message);

async function begin(id: number, bytes: Uint8Array<ArrayBuffer>, uid: string): Promise<void> {
  const source = bufferSource(bytes);
  const { explicitVr, littleEndian } = transferSyntaxOf(uid);
  const parsed = await readDataset(source, {
    explicitVr,
    littleEndian,
    start: 0,
    end: source.size,
    maxValueBytes: MAX_VALUE_BYTES,
  });
  const { dataset, end, isComplete, problems } = parsed;
  const { length, chunks } = await decompress(
    {
      source,
      meta: new Dataset([], { explicitVr: true, littleEndian: true }),
      dataset,
      transferSyntaxUid: uid,
      fileDatasetStart: 0,
      datasetStart: 0,
      datasetEnd: end,
      isComplete,
      problems,
    },
    codecs,
  );
  running.set(id, chunks);
  tell({ id, kind: 'begun', length });
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

parentPort?.on('message', (message: ToDecompressor) => {
  const { id } = message;
  if (message.kind === 'begin') {
    begin(id, message.bytes, message.transferSyntaxUid).catch((error: unknown) => fail(id, error));
  } else if (message.kind === 'next') {
    next(id).catch((error: unknown) => fail(id, error));
  } else {
    running.delete(id);
  }
});
