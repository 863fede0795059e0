import charlsEncoderWasm from '@cornerstonejs/codec-charls/wasm?url';
import charlsWasm from '@cornerstonejs/codec-charls/decodewasm?url';
import libjpegTurboEncoderWasm from '@cornerstonejs/codec-libjpeg-turbo-8bit/wasm?url';
import libjpegTurboWasm from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url';
import openjpegEncoderWasm from '@cornerstonejs/codec-openjpeg/wasm?url';
import openjpegWasm from '@cornerstonejs/codec-openjpeg/decodewasm?url';
import openjphWasm from '@cornerstonejs/codec-openjph/wasm?url';
import jxlOxideWasm from 'jxl-oxide-wasm/module.wasm?url';
import { blobSource } from '../../../shared/dicom/blob-source.ts';
import { createCodecs, type CodecName } from '../../../shared/pixels/codecs/codecs.ts';
import { convertDataset } from '../../../shared/pixels/convert.ts';
import type { ConvertReply, ConvertRequest } from './convert-messages.ts';

const WASM_URLS: Readonly<Record<CodecName, string>> = {
  charls: charlsWasm,
  openjpeg: openjpegWasm,
  openjph: openjphWasm,
  'libjpeg-turbo': libjpegTurboWasm,
  'charls-encoder': charlsEncoderWasm,
  'openjpeg-encoder': openjpegEncoderWasm,
  'libjpeg-turbo-encoder': libjpegTurboEncoderWasm,
  'jxl-oxide': jxlOxideWasm,
};

const codecs = createCodecs((name: CodecName) => ({ url: WASM_URLS[name] }));

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
