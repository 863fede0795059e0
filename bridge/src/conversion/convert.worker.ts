// Decodes and encodes pixel data in a thread of its own: a frame takes up to a second, and the bridge has others to serve.
import { parentPort } from 'node:worker_threads';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { inflateDataset, MAX_INFLATED_BYTES } from '../../../shared/dicom/inflate.ts';
import { readDataset } from '../../../shared/dicom/read-instance.ts';
import { transferSyntaxOf } from '../../../shared/dicom/uids.ts';
import { Dataset } from '../../../shared/dicom/dataset.ts';
import { compress } from '../../../shared/pixels/compress.ts';
import { decompress } from '../../../shared/pixels/decompress.ts';
import { LOSSLESS_SYNTAXES } from '../../../shared/pixels/encode/compressed-syntaxes.ts';
import type { FromConverter, ToConverter } from './convert-messages.ts';
import { nodeCodecs } from './node-codecs.ts';

const codecs = nodeCodecs();
const MAX_VALUE_BYTES = 64 * 1024;
const running = new Map<number, AsyncGenerator<Uint8Array<ArrayBuffer>>>();

const tell = (message: FromConverter) => parentPort?.postMessage(message);

async function begin({ id, bytes, ...uids }: Extract<ToConverter, { kind: 'begin' }>) {
  const { explicitVr, littleEndian, deflated } = transferSyntaxOf(uids.transferSyntaxUid);
  const source = bufferSource(deflated ? inflateDataset(bytes, MAX_INFLATED_BYTES) : bytes);
  const parsed = await readDataset(source, {
    explicitVr,
    littleEndian,
    start: 0,
    end: source.size,
    maxValueBytes: MAX_VALUE_BYTES,
  });
  const { dataset, end, isComplete, problems } = parsed;
  const instance = {
    source,
    meta: new Dataset([], { explicitVr: true, littleEndian: true }),
    dataset,
    transferSyntaxUid: uids.transferSyntaxUid,
    fileDatasetStart: 0,
    datasetStart: 0,
    datasetEnd: end,
    isComplete,
    problems,
  };
  const target = LOSSLESS_SYNTAXES.find(({ uid }) => uid === uids.targetUid);
  const { length, chunks } = target
    ? await compress(instance, target, codecs)
    : await decompress(instance, codecs);
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
