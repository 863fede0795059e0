/**
 * How pixel data is encoded. `jpeg` stands for the whole family of ISO 10918-1: which of its processes a frame
 * uses is written in the frame itself, and is read from there.
 */
export type PixelEncoding =
  'native' | 'encapsulated-native' | 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k' | 'jpeg-xl';

/** The transfer syntaxes of PS3.5 annex A that a decoder here reads. */
const ENCODINGS: ReadonlyMap<string, PixelEncoding> = new Map([
  ['1.2.840.10008.1.2', 'native'],
  ['1.2.840.10008.1.2.1', 'native'],
  ['1.2.840.10008.1.2.1.99', 'native'],
  ['1.2.840.10008.1.2.2', 'native'],
  ['1.2.840.10008.1.2.1.98', 'encapsulated-native'],
  ['1.2.840.10008.1.2.4.50', 'jpeg'],
  ['1.2.840.10008.1.2.4.51', 'jpeg'],
  ['1.2.840.10008.1.2.4.57', 'jpeg'],
  ['1.2.840.10008.1.2.4.70', 'jpeg'],
  ['1.2.840.10008.1.2.4.80', 'jpeg-ls'],
  ['1.2.840.10008.1.2.4.81', 'jpeg-ls'],
  ['1.2.840.10008.1.2.4.90', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.91', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.110', 'jpeg-xl'],
  ['1.2.840.10008.1.2.4.111', 'jpeg-xl'],
  ['1.2.840.10008.1.2.4.112', 'jpeg-xl'],
  ['1.2.840.10008.1.2.4.201', 'htj2k'],
  ['1.2.840.10008.1.2.4.202', 'htj2k'],
  ['1.2.840.10008.1.2.4.203', 'htj2k'],
  ['1.2.840.10008.1.2.5', 'rle'],
]);

/** The encoding of a transfer syntax's pixel data; undefined where no decoder here reads it. */
export const pixelEncodingOf = (transferSyntaxUid: string): PixelEncoding | undefined =>
  ENCODINGS.get(transferSyntaxUid);
