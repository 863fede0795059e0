// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- ambient declarations can't be imported, and each program that reaches this file needs them
/// <reference path="./codec-modules.d.ts" />
import type { WasmFactory, WasmModule } from './wasm-module.ts';

export type DecoderName = 'charls' | 'openjpeg' | 'openjph' | 'libjpeg-turbo' | 'jxl-oxide';

/** Modules with encoders are larger than those that only decode; OpenJPH comes in one piece. */
export type EncoderName =
  'charls-encoder' | 'openjpeg-encoder' | 'openjph' | 'libjpeg-turbo-encoder';

export type CodecName = DecoderName | EncoderName;

/** Where a codec's .wasm is: an address of the page's own origin, or its bytes. */
export type WasmSource = { readonly url: string } | { readonly bytes: Uint8Array<ArrayBuffer> };

/** The codecs in WebAssembly, each loaded on its first use; whoever only decodes needs the decoders alone. */
export interface Codecs<Name extends CodecName = DecoderName> {
  module(name: Name): Promise<WasmModule>;
  /** Forgets a codec that crashed: its memory can't be trusted any more. The next use loads it afresh. */
  discard(name: Name): void;
}

/** The JavaScript side of each codec; bundlers split these into chunks of their own. */
const FACTORIES: Readonly<Record<CodecName, () => Promise<{ default: WasmFactory }>>> = {
  charls: () => import('@cornerstonejs/codec-charls/decodewasmjs'),
  openjpeg: () => import('@cornerstonejs/codec-openjpeg/decodewasmjs'),
  openjph: () => import('@cornerstonejs/codec-openjph/wasmjs'),
  'libjpeg-turbo': () => import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs'),
  'charls-encoder': () => import('@cornerstonejs/codec-charls/wasmjs'),
  'openjpeg-encoder': () => import('@cornerstonejs/codec-openjpeg/wasmjs'),
  'libjpeg-turbo-encoder': () => import('@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs'),
  'jxl-oxide': () => import('./jxl-module.ts'),
};

const silent = () => undefined;

/**
 * Codecs that take their .wasm from where the caller says: a worker knows addresses, Node knows files, this module
 * knows neither.
 */
export function createCodecs<Name extends CodecName>(
  wasmSource: (name: Name) => WasmSource | Promise<WasmSource>,
): Codecs<Name> {
  const modules = new Map<Name, Promise<WasmModule>>();
  const load = async (name: Name): Promise<WasmModule> => {
    const [{ default: factory }, source] = await Promise.all([FACTORIES[name](), wasmSource(name)]);
    const where = 'url' in source ? { locateFile: () => source.url } : { wasmBinary: source.bytes };
    return factory({ ...where, print: silent, printErr: silent });
  };
  return {
    module(name) {
      let module = modules.get(name);
      if (!module) {
        module = load(name);
        modules.set(name, module);
        module.catch(() => modules.delete(name));
      }
      return module;
    },
    discard: (name) => void modules.delete(name),
  };
}
