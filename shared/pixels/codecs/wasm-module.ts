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

/** What the encoders are told of a frame. */
export interface WasmImageInfo extends Required<WasmFrameInfo> {
  /** OpenJPH: whether RGB becomes YBR_RCT; OpenJPEG does so always. */
  readonly isUsingColorTransform: boolean;
}

/** The encoders share one shape too, and have settings of their own. Buffers are views on the codec's memory. */
export interface WasmEncoder {
  /** Where the samples go, side by side and little endian. */
  getDecodedBuffer(info: WasmImageInfo): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  encode(): void;
  delete(): void;
}

export interface JpegLsEncoder extends WasmEncoder {
  setNearLossless(maxError: number): void;
  /** 0: a scan for each component; 2: one scan, sample by sample. */
  setInterleaveMode(mode: 0 | 1 | 2): void;
}

/** JPEG 2000 and its High-Throughput form. */
export interface Jpeg2000Encoder extends WasmEncoder {
  setQuality(isLossless: boolean, step: number): void;
  setDecompositions(levels: number): void;
}

export interface JpegEncoder extends WasmEncoder {
  /** 0 to 100. */
  setQuality(quality: number): void;
  setProgressive(isProgressive: boolean): void;
  /** 0: 4:4:4, 1: 4:2:2, 2: 4:2:0. */
  setSubSampling(subsampling: 0 | 1 | 2): void;
}

/** A codec's module, once it runs. */
export interface WasmModule {
  readonly JpegLSDecoder?: DecoderClass;
  readonly J2KDecoder?: DecoderClass;
  readonly HTJ2KDecoder?: DecoderClass;
  readonly JPEGDecoder?: DecoderClass;
  readonly JpegLSEncoder?: new () => JpegLsEncoder;
  readonly J2KEncoder?: new () => Jpeg2000Encoder;
  readonly HTJ2KEncoder?: new () => Jpeg2000Encoder;
  readonly JPEGEncoder?: new () => JpegEncoder;
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
