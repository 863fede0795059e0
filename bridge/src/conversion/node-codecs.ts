import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createCodecs, type CodecName, type Codecs } from '../../../shared/pixels/codecs/codecs.ts';

const { resolve } = createRequire(import.meta.url);

const WASM_FILES: Readonly<Record<CodecName, () => string>> = {
  charls: () => resolve('@cornerstonejs/codec-charls/decodewasm'),
  openjpeg: () => resolve('@cornerstonejs/codec-openjpeg/decodewasm'),
  openjph: () => resolve('@cornerstonejs/codec-openjph/wasm'),
  'libjpeg-turbo': () => resolve('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm'),
  'charls-encoder': () => resolve('@cornerstonejs/codec-charls/wasm'),
  'openjpeg-encoder': () => resolve('@cornerstonejs/codec-openjpeg/wasm'),
  'libjpeg-turbo-encoder': () => resolve('@cornerstonejs/codec-libjpeg-turbo-8bit/wasm'),
  // It exports its .wasm to import alone.
  'jxl-oxide': () =>
    join(dirname(resolve('jxl-oxide-wasm/package.json')), 'jxl_oxide_wasm_bg.wasm'),
};

/** The codecs for Node: their .wasm files are read from the installed packages. */
export function nodeCodecs(): Codecs<CodecName> {
  return createCodecs((name: CodecName) => ({
    bytes: new Uint8Array(readFileSync(WASM_FILES[name]())),
  }));
}
