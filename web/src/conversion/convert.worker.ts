import { blobSource } from '../../../shared/dicom/blob-source.ts';
import { convertDataset } from '../../../shared/pixels/convert.ts';
import { workerCodecs } from '../codec-urls.ts';
import type { ConvertReply, ConvertRequest } from './convert-messages.ts';

const codecs = workerCodecs();

/** One at a time: frames are large, and the other worker has its own. */
let turn: Promise<void> = Promise.resolve();

self.addEventListener('message', ({ data }: MessageEvent<ConvertRequest>) => {
  turn = turn.then(() => answer(data));
});

async function answer({ id, dataset, transferSyntaxUid, targetUid }: ConvertRequest) {
  const reply: ConvertReply = {
    id,
    // The bridge tries again what fails here, and has the words for what can't be done.
    dataset: await converted(dataset, transferSyntaxUid, targetUid).catch(() => undefined),
  };
  self.postMessage(reply);
}

async function converted(dataset: Blob, from: string, to: string): Promise<Blob> {
  const { chunks } = await convertDataset(blobSource(dataset), from, to, codecs);
  const parts: Blob[] = [];
  // The browser may keep a Blob on the disk; a buffer it can't.
  for await (const chunk of chunks) parts.push(new Blob([chunk]));
  return new Blob(parts);
}
