/** One value per sample, in the type that holds the stored values without loss. */
export type SampleArray =
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** The defined terms of Photometric Interpretation that a picture can be made of (PS3.3 C.7.6.3.1.2). */
export const PHOTOMETRIC_INTERPRETATIONS = [
  'MONOCHROME1',
  'MONOCHROME2',
  'PALETTE COLOR',
  'RGB',
  'YBR_FULL',
  'YBR_FULL_422',
  'YBR_PARTIAL_422',
  'YBR_ICT',
  'YBR_RCT',
  'XYB',
] as const;

export type PhotometricInterpretation = (typeof PHOTOMETRIC_INTERPRETATIONS)[number];

/** A decoded frame: the stored values of PS3.3 C.7.6.3, sign extended, free of overlay bits. */
export interface StoredFrame {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  /**
   * Of the samples as they are here, which decoding may have changed: JPEG and JPEG 2000 decoders give RGB for most
   * YBR images. Never one of the subsampled or of the JPEG 2000 terms.
   */
  readonly photometricInterpretation: PhotometricInterpretation;
  /** Row by row, the samples of a pixel side by side: rows × columns × samplesPerPixel values. */
  readonly samples: SampleArray;
}
