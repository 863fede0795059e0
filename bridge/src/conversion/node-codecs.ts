import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createCodecs, type CodecName, type Codecs } from '../../../shared/pixels/codecs/codecs.ts';

const WASM_FILES: Readonly<Record<CodecName, string>> = {
  charls: '@cornerstonejs/codec-charls/decodewasm',
  openjpeg: '@cornerstonejs/codec-openjpeg/decodewasm',
  openjph: '@cornerstonejs/codec-openjph/wasm',
  'libjpeg-turbo': '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm',
  'charls-encoder': '@cornerstonejs/codec-charls/wasm',
  'openjpeg-encoder': '@cornerstonejs/codec-openjpeg/wasm',
  'libjpeg-turbo-encoder': '@cornerstonejs/codec-libjpeg-turbo-8bit/wasm',
};

/** The codecs for Node: their .wasm files are read from the installed packages. */
export function nodeCodecs(): Codecs<CodecName> {
  const { resolve } = createRequire(import.meta.url);
  return createCodecs((name: CodecName) => ({
    bytes: new Uint8Array(readFileSync(resolve(WASM_FILES[name]))),
  }));
}
