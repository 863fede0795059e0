/** What the codecs tell of a decoded frame. */
export interface WasmFrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned?: boolean;
}

/** The decoders of @cornerstonejs share one shape. Buffers are views on the codec's memory: copy, don't keep. */
export interface WasmDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): WasmFrameInfo;
  decode(): void;
  /** CharLS: 0 where each component has a plane of its own. */
  getInterleaveMode?(): number;
  delete(): void;
}

type DecoderClass = new () => WasmDecoder;

/** A codec's module, once it runs. */
export interface WasmModule {
  readonly JpegLSDecoder?: DecoderClass;
  readonly J2KDecoder?: DecoderClass;
  readonly HTJ2KDecoder?: DecoderClass;
  readonly JPEGDecoder?: DecoderClass;
  readonly JXLDecoder?: DecoderClass;
}

export interface WasmOptions {
  readonly locateFile?: (name: string) => string;
  readonly wasmBinary?: Uint8Array;
  readonly print: (text: string) => void;
  readonly printErr: (text: string) => void;
}

/** What a codec package exports (Emscripten's MODULARIZE). */
export type WasmFactory = (options: WasmOptions) => Promise<WasmModule>;
