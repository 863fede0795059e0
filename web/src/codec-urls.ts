import charlsEncoderWasm from '@cornerstonejs/codec-charls/wasm?url';
import charlsWasm from '@cornerstonejs/codec-charls/decodewasm?url';
import libjpegTurboEncoderWasm from '@cornerstonejs/codec-libjpeg-turbo-8bit/wasm?url';
import libjpegTurboWasm from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url';
import openjpegEncoderWasm from '@cornerstonejs/codec-openjpeg/wasm?url';
import openjpegWasm from '@cornerstonejs/codec-openjpeg/decodewasm?url';
import openjphWasm from '@cornerstonejs/codec-openjph/wasm?url';
import jxlOxideWasm from 'jxl-oxide-wasm/module.wasm?url';
import { createCodecs, type CodecName, type Codecs } from '../../shared/pixels/codecs/codecs.ts';

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

/** The codecs for a worker of the page: each comes from the page's own origin when it is first needed. */
export const workerCodecs = (): Codecs<CodecName> =>
  createCodecs((name: CodecName) => ({ url: WASM_URLS[name] }));
